import type { Row } from "./row.ts";

/** Something that is measured. */
export interface Work {
  /** Names of the rows it answers. */
  readonly rows: readonly string[];
  /** How long it measures by default. */
  readonly seconds: number;
  run(seconds: number): Promise<Row[]>;
}
