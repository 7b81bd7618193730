import { UsageError } from "./command.ts";
import type { OptionTable } from "./options.ts";

/**
 * What the library calls a bad field is a bad option here: its RangeErrors, `field: why`, become
 * UsageErrors that name the option of `table`. Any other error stays as it is.
 */
export function optionError(error: unknown, table: OptionTable): unknown {
  if (!(error instanceof RangeError)) return error;
  const { field = "", why = "" } =
    /^(?<field>\w+)[.\w]*: (?<why>.*)$/s.exec(error.message)?.groups ?? {};
  const option = OPTIONS.get(field) ?? field;
  const isOption = Object.hasOwn(table, option);
  return new UsageError(isOption ? `--${option}: ${why}` : error.message);
}

/** Of the fields that are options by another name. */
const OPTIONS: ReadonlyMap<string, string> = new Map([["tokensFor", "token-for"]]);
