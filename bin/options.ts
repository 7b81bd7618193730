import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { UsageError } from "./command.ts";

/** One option: `--name VALUE`, the environment variable RTMFP_NAME, or `"name"` in the config file. */
export interface OptionSpec {
  readonly type: "string" | "boolean" | "number" | "list";
  /** What stands for the value in `--help`. */
  readonly value?: string;
  readonly help: string;
  readonly default?: string | number | boolean | readonly string[];
  readonly isRequired?: boolean;
}

export type OptionTable = Readonly<Record<string, OptionSpec>>;

type ValueOf<Spec extends OptionSpec> = Spec["type"] extends "boolean"
  ? boolean
  : Spec["type"] extends "number"
    ? Spec extends { readonly default: number }
      ? number
      : number | undefined
    : Spec["type"] extends "list"
      ? readonly string[]
      : Spec extends { readonly default: string } | { readonly isRequired: true }
        ? string
        : string | undefined;

export type OptionValues<Table extends OptionTable> = {
  readonly [Name in keyof Table]: ValueOf<Table[Name]>;
};

type RawValue = string | boolean | string[] | undefined;

/**
 * Values of all options: from the command line, else the environment, else the file that `--config`
 * names, else the default. Throws UsageError with one clear line.
 */
export function readOptions<Table extends OptionTable>(
  table: Table,
  argv: readonly string[],
  environment: NodeJS.ProcessEnv,
): OptionValues<Table> {
  const given = parse(table, argv);
  const configFile = given.config ?? environment.RTMFP_CONFIG;
  const config =
    typeof configFile === "string" && table.config ? readConfig(configFile, table) : {};
  const values: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(table)) {
    const raw = given[name] ?? environment[variableOf(name)] ?? config[name];
    const value = raw === undefined || raw === "" ? spec.default : convert(name, spec, raw);
    if (value === undefined && spec.isRequired) throw new UsageError(`--${name} is missing`);
    values[name] =
      value ?? (spec.type === "list" ? [] : spec.type === "boolean" ? false : undefined);
  }
  return values as OptionValues<Table>;
}

/** RTMFP_LOG_LEVEL for log-level. */
export function variableOf(name: string): string {
  return `RTMFP_${name.toUpperCase().replaceAll("-", "_")}`;
}

function parse(table: OptionTable, argv: readonly string[]): Record<string, RawValue> {
  const options = Object.fromEntries(
    Object.entries(table).map(([name, { type }]) => [
      name,
      { type: type === "boolean" ? ("boolean" as const) : ("string" as const) },
    ]),
  );
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? (error.message.split(". ")[0] ?? "") : "");
  }
}

function readConfig(file: string, table: OptionTable): Record<string, unknown> {
  let config: unknown;
  try {
    config = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--config ${file}: ${why}`);
  }
  if (typeof config !== "object" || config === null || Array.isArray(config)) {
    throw new UsageError(`--config ${file}: not a JSON object`);
  }
  for (const name of Object.keys(config)) {
    if (!Object.hasOwn(table, name))
      throw new UsageError(`--config ${file}: unknown key "${name}"`);
  }
  return config as Record<string, unknown>;
}

function convert(name: string, spec: OptionSpec, raw: unknown): unknown {
  switch (spec.type) {
    case "boolean":
      return toBoolean(name, raw);
    case "number":
      return toNumber(name, raw);
    case "list":
      return toList(name, raw);
    case "string":
      if (typeof raw === "string") return raw;
      throw new UsageError(`${name}: ${JSON.stringify(raw)} is not a text`);
  }
}

function toBoolean(name: string, raw: unknown): boolean {
  if (raw === true || raw === "1" || raw === "true") return true;
  if (raw === false || raw === "0" || raw === "false") return false;
  throw new UsageError(`${name}: ${JSON.stringify(raw)} is neither true nor false`);
}

function toNumber(name: string, raw: unknown): number {
  const number = typeof raw === "string" && raw.trim() !== "" ? Number(raw) : raw;
  if (typeof number === "number" && Number.isFinite(number) && number >= 0) return number;
  throw new UsageError(`${name}: ${JSON.stringify(raw)} is not a number`);
}

function toList(name: string, raw: unknown): string[] {
  if (typeof raw === "string")
    return raw
      .split(",")
      .map((item) => item.trim())
      .filter(Boolean);
  if (Array.isArray(raw) && raw.every((item) => typeof item === "string")) return raw;
  throw new UsageError(`${name}: ${JSON.stringify(raw)} is not a list of texts`);
}
