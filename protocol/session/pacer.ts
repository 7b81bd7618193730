import { DATAGRAM_BYTES, MAX_BURST_PACKETS } from "../params.ts";

/**
 * Keeps bursts small, RFC 7016 §3.5.2.3. Six packets' worth may go out at once. Where the round trip
 * is known, the allowance comes back with time, at a rate somewhat above the window's, so that a far
 * end that acknowledges seldom does not starve a fast path; else with each acknowledgement.
 */
export class Pacer {
  #allowanceBytes = BURST_BYTES;
  #asOf = Number.NEGATIVE_INFINITY;
  #resumeAt = Number.POSITIVE_INFINITY;
  #hasHeldBack = false;

  /** When data that was held back may go on, ms. */
  get timeout(): number {
    return this.#resumeAt;
  }

  /** May a packet be sent, if the path is to get `bytesPerMs`? Undefined: the rate is unknown. */
  maySend(bytesPerMs: number | undefined, now: number): boolean {
    if (bytesPerMs !== undefined) this.#refill(bytesPerMs, now);
    this.#asOf = now;
    this.rest();
    if (this.#allowanceBytes > 0) return true;
    this.#hasHeldBack = true;
    if (bytesPerMs !== undefined) {
      const packetMs = (DATAGRAM_BYTES - this.#allowanceBytes) / bytesPerMs;
      this.#resumeAt = now + Math.max(packetMs, TIMER_MS);
    }
    return false;
  }

  /** Time has come to `timeout`, or something else than the pace holds data back. */
  rest(): void {
    this.#resumeAt = Number.POSITIVE_INFINITY;
  }

  /** A packet with user data was sent. */
  noteSent(bytes: number): void {
    this.#allowanceBytes -= bytes;
  }

  /**
   * A packet with acknowledgements came. Answers whether data was held back since the one before: then
   * the path was kept as busy as the window allows.
   */
  noteAcknowledgement(isRateKnown: boolean): boolean {
    if (!isRateKnown) this.#allowanceBytes = BURST_BYTES;
    const hasHeldBack = this.#hasHeldBack;
    this.#hasHeldBack = false;
    return hasHeldBack;
  }

  /** A retransmission timeout: whatever was sent has left the path. */
  reset(): void {
    this.#allowanceBytes = BURST_BYTES;
    this.rest();
  }

  #refill(bytesPerMs: number, now: number): void {
    const limit = Math.max(BURST_BYTES, bytesPerMs * 2 * TIMER_MS);
    const allowance = this.#allowanceBytes + (now - this.#asOf) * bytesPerMs;
    this.#allowanceBytes = Math.min(limit, allowance);
  }
}

const BURST_BYTES = MAX_BURST_PACKETS * DATAGRAM_BYTES;
/** Timers are no finer: on faster paths each ring releases more than one packet. */
const TIMER_MS = 1;
