import type { OptionTable, OptionValues } from "./options.ts";
import type { Output } from "./output.ts";

/** One of the things that `rtmfp` can do. */
export interface Command<Table extends OptionTable = OptionTable> {
  /** One word, or two for one of a family: "lab matrix". */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  readonly options: Table;
  /** What has to be named besides options. */
  readonly operand?: Operand | undefined;
  /** What `--help` says below the options. */
  readonly notes?: string | undefined;
  /** Runs until it is done or `signal` aborts (Ctrl-C), then cleans up and resolves. */
  run(values: OptionValues<Table>, context: CommandContext): Promise<void>;
}

interface Operand {
  /** What stands for it in `--help`. */
  readonly value: string;
  readonly help: string;
}

export interface CommandContext {
  /** "" if the command has none. */
  readonly operand: string;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** The command line or the configuration makes no sense: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
