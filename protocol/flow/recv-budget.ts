import { MAX_UDP_PAYLOAD_BYTES, MESSAGE_BUDGET_BYTES, RECV_BUDGET_BYTES } from "../params.ts";

/**
 * What the receiving flows of a session hold together. A far end opens as many flows as it likes, so
 * a limit for each is none.
 */
export class RecvBudget {
  #waitingBytes = 0;
  #progressBytes = 0;

  /** For what has to wait. Messages in progress have the rest: they go on when nothing else is taken. */
  get freeBytes(): number {
    // It is asked for before a fragment comes, and the last one that has to wait is not to be too much.
    const progressBytes = this.#progressBytes + MAX_UDP_PAYLOAD_BYTES;
    const forMessages = Math.max(MESSAGE_BUDGET_BYTES, progressBytes);
    return RECV_BUDGET_BYTES - forMessages - this.#waitingBytes;
  }

  /** Messages in progress have become too much: the flow whose fragment came last has to go. */
  get isExceeded(): boolean {
    return this.heldBytes > RECV_BUDGET_BYTES;
  }

  get heldBytes(): number {
    return this.#waitingBytes + this.#progressBytes;
  }

  /** More waits, or less if `bytes` is negative. */
  change(bytes: number): void {
    this.#waitingBytes += bytes;
  }

  /** Messages in progress have become longer, or fewer if `bytes` is negative. */
  changeProgress(bytes: number): void {
    this.#progressBytes += bytes;
  }
}
