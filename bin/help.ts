import type { Command } from "./command.ts";
import { type OptionSpec, variablesOf } from "./options.ts";

/** `rtmfp --help` */
export function overview(commands: readonly Command[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return [
    "rtmfp: peer-to-peer live media over UDP, with RTMP as its second language",
    "",
    "usage: rtmfp <command> [options]",
    "",
    ...lines,
    "",
    "rtmfp <command> --help tells the options of a command; rtmfp --version the version.",
    "",
  ].join("\n");
}

/** `rtmfp <command> --help` */
export function helpOf(command: Command): string {
  const { operand } = command;
  const rows = Object.entries(command.options).map(([name, spec]) => ({
    flag: spec.value === undefined ? `--${name}` : `--${name} ${spec.value}`,
    text: spec.help + defaultOf(spec),
  }));
  if (operand) rows.unshift({ flag: operand.value, text: operand.help });
  const width = Math.max(...rows.map(({ flag }) => flag.length));
  const usage = operand ? `${command.name} ${operand.value}` : command.name;
  return [
    `usage: rtmfp ${usage} [options]`,
    "",
    command.summary,
    "",
    ...rows.map(({ flag, text }) => `  ${flag.padEnd(width)}  ${text}`),
    "",
    ...otherWays(command),
    ...(command.notes === undefined ? [] : ["", command.notes]),
    "",
  ].join("\n");
}

/** An example of a name that has to be changed for the environment says most. */
function otherWays({ name: command, options }: Command): string[] {
  const names = Object.keys(options);
  const lists = names.filter((name) => options[name]?.type === "list");
  const example = names.find((name) => name.includes("-")) ?? names[0] ?? "";
  const [own, any] = variablesOf(command, example);
  return [
    ...(lists.length > 0
      ? [`Several values: A,B or the option again; that is for ${flags(lists)}.`]
      : []),
    `Each option can also be given as an environment variable: ${any} for --${example},`,
    `or ${own}, which goes before it and is for this command alone.`,
    ...("config" in options
      ? ["The command line goes before the environment, then --config."]
      : []),
  ];
}

function flags(names: readonly string[]): string {
  return names.map((name) => `--${name}`).join(", ");
}

function defaultOf({ default: value, isRequired }: OptionSpec): string {
  if (isRequired) return " (required)";
  if (value === undefined || value === false) return "";
  return ` (default: ${Array.isArray(value) ? value.join(",") : value})`;
}
