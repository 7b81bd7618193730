import type { Row } from "./row.ts";

/** Something that is measured. */
export interface Work {
  /** Names of the rows it answers. */
  readonly rows: readonly string[];
  /** How long it measures by default. */
  readonly seconds: number;
  run(span: Span): Promise<Row[]>;
}

export interface Span {
  /** Work before that: a server runs for days, and V8 compiles its code for seconds. */
  readonly warmUpMs: number;
  readonly measuredMs: number;
}
