import { MAX_BURST_PACKETS } from "../params.ts";
import { acksInOne } from "./congestion.ts";

/** Bytes of a full packet on the way to the far end. */
export interface PathSize {
  readonly datagramBytes: number;
}

/**
 * Keeps bursts small, RFC 7016 §3.5.2.3. Six packets' worth may go out at once. Where the round trip
 * is known, the allowance comes back with time, at a rate somewhat above the window's, so that a far
 * end that acknowledges seldom does not starve a fast path; else with each acknowledgement. When it
 * stops being known, the allowance is there at once: nothing may be left to be acknowledged.
 */
export class Pacer {
  readonly #path: PathSize;
  #allowanceBytes: number;
  #asOf = Number.NEGATIVE_INFINITY;
  #resumeAt = Number.POSITIVE_INFINITY;
  #hasHeldBack = false;
  #wasRateKnown = false;

  constructor(path: PathSize) {
    this.#path = path;
    this.#allowanceBytes = this.#burstBytes;
  }

  /** When data that was held back may go on, ms. */
  get timeout(): number {
    return this.#resumeAt;
  }

  /** May a packet be sent, if the path is to get `bytesPerMs`? Undefined: the rate is unknown. */
  maySend(bytesPerMs: number | undefined, now: number): boolean {
    this.#noteRate(bytesPerMs !== undefined);
    if (bytesPerMs !== undefined) this.#refill(bytesPerMs, now);
    this.#asOf = now;
    this.rest();
    if (this.#allowanceBytes > 0) return true;
    this.#hasHeldBack = true;
    if (bytesPerMs !== undefined) {
      const packetMs = (this.#path.datagramBytes - this.#allowanceBytes) / bytesPerMs;
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
   * A packet came that acknowledged so many bytes. Answers whether data was held back since the one
   * before: then the path was kept as busy as the window allows.
   */
  noteAcknowledgement(acknowledgedBytes: number, isRateKnown: boolean): boolean {
    this.#noteRate(isRateKnown);
    const acks = acksInOne(acknowledgedBytes, this.#path.datagramBytes);
    if (!isRateKnown) this.#allowanceBytes = this.#burstBytes * acks;
    const hasHeldBack = this.#hasHeldBack;
    this.#hasHeldBack = false;
    return hasHeldBack;
  }

  /** A retransmission timeout, or another path: whatever was sent has left this one. */
  reset(): void {
    this.#allowanceBytes = this.#burstBytes;
    this.rest();
  }

  #noteRate(isKnown: boolean): void {
    if (this.#wasRateKnown && !isKnown) {
      this.#allowanceBytes = Math.max(this.#allowanceBytes, this.#burstBytes);
    }
    this.#wasRateKnown = isKnown;
  }

  #refill(bytesPerMs: number, now: number): void {
    const limit = Math.max(this.#burstBytes, bytesPerMs * 2 * TIMER_MS);
    const allowance = this.#allowanceBytes + (now - this.#asOf) * bytesPerMs;
    this.#allowanceBytes = Math.min(limit, allowance);
  }

  get #burstBytes(): number {
    return MAX_BURST_PACKETS * this.#path.datagramBytes;
  }
}

/** Timers are no finer: on faster paths each ring releases more than one packet. */
const TIMER_MS = 1;
