import { messageOf, RtmfpError } from "../protocol/errors.ts";
import { type Command, UsageError } from "./command.ts";
import { helpOf, overview } from "./help.ts";
import { readArguments } from "./options.ts";
import { createOutput, type Output } from "./output.ts";

export interface Surroundings {
  readonly argv: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly version: string;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

/** Runs one of `commands`. Answers the exit code: 0 done, 1 failed, 2 wrong usage. */
export async function main(
  commands: readonly Command[],
  surroundings: Surroundings,
): Promise<number> {
  const { argv, version, stdout, stderr } = surroundings;
  const [name] = argv;
  if (name === undefined) {
    stderr.write(overview(commands));
    return 2;
  }
  if (name === "--version" || name === "-v") {
    stdout.write(`${version}\n`);
    return 0;
  }
  if (name === "--help" || name === "-h" || name === "help") {
    stdout.write(overview(commands));
    return 0;
  }
  const command = commands.find((candidate) => isNamed(candidate, argv));
  if (!command) {
    const family = commands.filter((candidate) => wordsOf(candidate)[0] === name);
    const rest = argv.slice(1);
    if (family.length > 0 && rest.every(isHelp)) {
      (rest.length > 0 ? stdout : stderr).write(overview(family));
      return rest.length > 0 ? 0 : 2;
    }
    stderr.write(
      `rtmfp: there is no command "${wanted(commands, argv)}"; rtmfp --help lists them\n`,
    );
    return 2;
  }
  const rest = argv.slice(wordsOf(command).length);
  if (rest.some(isHelp)) {
    stdout.write(helpOf(command));
    return 0;
  }
  return run(command, rest, surroundings);
}

function isHelp(argument: string): boolean {
  return argument === "--help" || argument === "-h";
}

/** A command of two words is one of a family. */
function wordsOf({ name }: Command): string[] {
  return name.split(" ");
}

function isNamed(command: Command, argv: readonly string[]): boolean {
  return wordsOf(command).every((word, index) => argv[index] === word);
}

/** The words that are no command: both, if the first names a family. */
function wanted(commands: readonly Command[], [first = "", second]: readonly string[]): string {
  const isFamily = commands.some((command) => wordsOf(command)[0] === first);
  return isFamily && second !== undefined ? `${first} ${second}` : first;
}

async function run(
  command: Command,
  argv: readonly string[],
  { environment, stdout, stderr }: Surroundings,
): Promise<number> {
  const outputOf = (isJson: boolean): Output =>
    createOutput({ stdout, stderr, name: command.name, isJson });
  let output = outputOf(argv.includes("--json"));
  const stop = new AbortController();
  const onStop = (): void => stop.abort(new Stopped());
  for (const signal of STOP_SIGNALS) process.once(signal, onStop);
  // Nobody reads any more, as after `| head -1`: there is nobody to do it for.
  stdout.on("error", onStop);
  stderr.on("error", onStop);
  try {
    const { values, operand } = readArguments(command, argv, environment);
    output = outputOf(Boolean(values.json));
    await command.run(values, { output, operand, signal: stop.signal });
    return 0;
  } catch (error) {
    if (error instanceof Stopped) return 0;
    const isUsage = error instanceof UsageError;
    const code = error instanceof RtmfpError ? error.code : isUsage ? "USAGE" : "FAILED";
    output.error(code, describe(error));
    return isUsage ? 2 : 1;
  } finally {
    for (const signal of STOP_SIGNALS) process.off(signal, onStop);
  }
}

/** One line: the message, and the system's reason where the message does not say it. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return messageOf(error);
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  const isSaid = error instanceof RtmfpError && error.code === "ADDRESS_IN_USE";
  return typeof cause?.code === "string" && !isSaid
    ? `${error.message} (${cause.code})`
    : error.message;
}

/** Ctrl-C, `kill`, and the terminal that is closed. */
const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Why everything ends when the user presses Ctrl-C. */
class Stopped extends Error {}
