import { MAX_MESSAGE_BYTES, RECV_BUDGET_BYTES } from "../params.ts";

/**
 * What the receiving flows of a session hold together. A far end opens as many flows as it likes, so
 * a limit for each is none.
 */
export class RecvBudget {
  #usedBytes = 0;

  /** For what has to wait. Messages in progress have the rest: they go on when nothing else is taken. */
  get freeBytes(): number {
    return RECV_BUDGET_BYTES - MAX_MESSAGE_BYTES - this.#usedBytes;
  }

  /** Messages in progress have become too much: the flow whose fragment came last has to go. */
  get isExceeded(): boolean {
    return this.#usedBytes > RECV_BUDGET_BYTES;
  }

  /** More is held, or less if `bytes` is negative. */
  change(bytes: number): void {
    this.#usedBytes += bytes;
  }
}
