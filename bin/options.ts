import { parseArgs } from "node:util";
import { messageOf } from "../protocol/errors.ts";
import { type Command, UsageError } from "./command.ts";
import { readSecretJson } from "./files.ts";

/** One option: `--name VALUE`, an environment variable (see `variablesOf`), or `"name"` in the config file. */
export interface OptionSpec {
  readonly type: "string" | "boolean" | "number" | "list";
  /** What stands for the value in `--help`. */
  readonly value?: string;
  readonly help: string;
  readonly default?: string | number | boolean | readonly string[];
  /** Of a text or a list: the only values that there are. */
  readonly choices?: readonly string[];
  /** Of a number, both ends included. */
  readonly range?: readonly [from: number, to: number];
  readonly isRequired?: boolean;
}

export type OptionTable = Readonly<Record<string, OptionSpec>>;

type TextOf<Spec extends OptionSpec> = Spec extends {
  readonly choices: readonly (infer Choice)[];
}
  ? Choice
  : string;

type ValueOf<Spec extends OptionSpec> = Spec["type"] extends "boolean"
  ? boolean
  : Spec["type"] extends "number"
    ? Spec extends { readonly default: number }
      ? number
      : number | undefined
    : Spec["type"] extends "list"
      ? readonly TextOf<Spec>[]
      : Spec extends { readonly default: string } | { readonly isRequired: true }
        ? TextOf<Spec>
        : TextOf<Spec> | undefined;

export type OptionValues<Table extends OptionTable> = {
  readonly [Name in keyof Table]: ValueOf<Table[Name]>;
};

/** A value and where it comes from, as an error names it. */
interface Given {
  readonly source: string;
  readonly raw: unknown;
}

export interface Arguments<Table extends OptionTable> {
  readonly values: OptionValues<Table>;
  /** "" if there is none. */
  readonly operand: string;
}

/**
 * Values of all options: from the command line, else the environment, else the file that `--config`
 * names, else the default. An empty text counts as not given. Besides options the command line names
 * one `operand`, or nothing. Throws UsageError with one clear line, or as `fileError` says.
 */
export function readArguments<Table extends OptionTable>(
  command: Pick<Command<Table>, "name" | "options" | "operand">,
  argv: readonly string[],
  environment: NodeJS.ProcessEnv,
): Arguments<Table> {
  const { name, options, operand } = command;
  const { values: given, positionals } = parse(options, argv, operand !== undefined);
  const [first = "", second] = positionals;
  if (operand && first === "") throw new UsageError(`${operand.value} is missing`);
  if (second !== undefined) throw new UsageError(`Unexpected argument '${second}'`);
  const variables = (option: string): readonly Given[] =>
    variablesOf(name, option).map((source) => ({ source, raw: environment[source] }));
  return { values: valuesOf(options, given, variables), operand: first };
}

function valuesOf<Table extends OptionTable>(
  table: Table,
  given: Record<string, unknown>,
  variables: (option: string) => readonly Given[],
): OptionValues<Table> {
  const configFile = [given.config, ...variables("config").map(({ raw }) => raw)].find(Boolean);
  const hasConfig =
    table.config !== undefined && typeof configFile === "string" && configFile !== "";
  const config = hasConfig ? readConfig(configFile, table) : {};
  const values: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(table)) {
    const sources: readonly Given[] = [
      { source: `--${name}`, raw: given[name] },
      ...variables(name),
      { source: `--config ${String(configFile)}: ${name}`, raw: config[name] },
    ];
    const first = sources.find(({ raw }) => raw !== undefined && raw !== "");
    const value = first ? convert(first, spec) : spec.default;
    if (value === undefined && spec.isRequired) throw new UsageError(`--${name} is missing`);
    values[name] =
      value ?? (spec.type === "list" ? [] : spec.type === "boolean" ? false : undefined);
  }
  return values as OptionValues<Table>;
}

/**
 * RTMFP_PEER_LOG_LEVEL and RTMFP_LOG_LEVEL for log-level of peer, in this order of weight: commands have
 * options of one name that mean two things, as --rtmp.
 */
export function variablesOf(command: string, option: string): readonly [own: string, any: string] {
  const suffix = upper(option);
  return [`RTMFP_${upper(command)}_${suffix}`, `RTMFP_${suffix}`];
}

function upper(words: string): string {
  return words.toUpperCase().replaceAll(/[- ]/g, "_");
}

/** A list may be given in one, `a,b`, or one by one. */
function parse(
  table: OptionTable,
  argv: readonly string[],
  allowPositionals: boolean,
): { values: Record<string, unknown>; positionals: readonly string[] } {
  const options = Object.fromEntries(
    Object.entries(table).map(([name, { type }]) => [
      name,
      {
        type: type === "boolean" ? ("boolean" as const) : ("string" as const),
        multiple: type === "list",
      },
    ]),
  );
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals });
  } catch (error) {
    // The first of several sentences says what is wrong, the others how to write odd arguments.
    const [what = ""] = messageOf(error).split(/\.\s|\n/);
    throw new UsageError(what.endsWith("ambiguous") ? ambiguity(what, argv) : what);
  }
}

/** "-1" may be the value of the option before it, or an option itself. */
function ambiguity(what: string, argv: readonly string[]): string {
  const option = /'(-[^ ']*)/.exec(what)?.[1] ?? "";
  const value = argv[argv.indexOf(option) + 1] ?? "";
  return `${option}: the value is missing; if ${value} is the value, write ${option}=${value}`;
}

function readConfig(file: string, table: OptionTable): Record<string, unknown> {
  // The secret and the passwords may be in it.
  const config = readSecretJson(file, `--config ${file}`);
  if (typeof config !== "object" || config === null || Array.isArray(config)) {
    throw new UsageError(`--config ${file}: not a JSON object`);
  }
  for (const name of Object.keys(config)) {
    if (name === "config" || !Object.hasOwn(table, name))
      throw new UsageError(`--config ${file}: unknown key "${name}"`);
  }
  return config as Record<string, unknown>;
}

function convert({ source, raw }: Given, spec: OptionSpec): unknown {
  switch (spec.type) {
    case "boolean":
      return toBoolean(source, raw);
    case "number":
      return toNumber(source, raw, spec);
    case "list":
      return toList(source, raw).map((text) => chosen(source, text, spec));
    case "string":
      if (typeof raw === "string") return chosen(source, raw, spec);
      throw new UsageError(`${source}: ${JSON.stringify(raw)} is not a text`);
  }
}

function chosen(source: string, text: string, { choices }: OptionSpec): string {
  if (choices === undefined || choices.includes(text)) return text;
  throw new UsageError(`${source}: ${JSON.stringify(text)} is none of ${choices.join(", ")}`);
}

function toBoolean(source: string, raw: unknown): boolean {
  if (raw === true || raw === "1" || raw === "true") return true;
  if (raw === false || raw === "0" || raw === "false") return false;
  throw new UsageError(`${source}: ${JSON.stringify(raw)} is neither true nor false`);
}

function toNumber(source: string, raw: unknown, { range = ANY_RANGE }: OptionSpec): number {
  const number = typeof raw === "string" && raw.trim() !== "" ? Number(raw) : raw;
  const [from, to] = range;
  if (typeof number === "number" && number >= from && number <= to) return number;
  throw new UsageError(`${source}: ${JSON.stringify(raw)} is not a number from ${from} to ${to}`);
}

function toList(source: string, raw: unknown): string[] {
  const items = typeof raw === "string" ? [raw] : raw;
  if (!Array.isArray(items) || !items.every((item) => typeof item === "string")) {
    throw new UsageError(`${source}: ${JSON.stringify(raw)} is not a list of texts`);
  }
  return items
    .flatMap((item: string) => item.split(","))
    .map((item) => item.trim())
    .filter(Boolean);
}

const ANY_RANGE: readonly [from: number, to: number] = [0, Number.MAX_SAFE_INTEGER];
