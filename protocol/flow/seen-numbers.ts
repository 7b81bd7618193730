import { SequenceSet } from "../bytes/sequence-set.ts";
import { MAX_SEQUENCE_RANGES, SEQUENCE_RANGE_BYTES } from "../params.ts";
import type { RecvBudget } from "./recv-budget.ts";

/** The sequence numbers that a receiving flow has seen. Their gaps are counted against the receive budget. */
export class SeenNumbers extends SequenceSet {
  readonly #budget: RecvBudget;
  /** Ranges that the budget knows of. */
  #countedRanges = 0;

  constructor(budget: RecvBudget) {
    super(MAX_SEQUENCE_RANGES);
    this.#budget = budget;
  }

  /** To be called after each change. */
  count(): void {
    const { length } = this.ranges;
    if (length === this.#countedRanges) return;
    this.#budget.change((length - this.#countedRanges) * SEQUENCE_RANGE_BYTES);
    this.#countedRanges = length;
  }
}
