import { ERTO_BACKOFF, PINGS_BEFORE_DEATH, PROOF_PING_MS } from "../params.ts";

/**
 * Whether the far end is still there, RFC 7016 §3.5.4.1: after a time of silence a Ping, repeated
 * with growing pauses; after a longer time without any answer, the session is dead.
 */
export class Liveness {
  readonly #keepaliveMs: number;
  readonly #retransmitLimitMs: number;
  #heardAt: number;
  #pingAt: number;
  #unansweredPings = 0;
  /** Since when the far end owes us an answer. */
  #waitingSince = Number.POSITIVE_INFINITY;

  constructor(
    options: { readonly keepaliveMs: number; readonly retransmitLimitMs: number },
    now: number,
  ) {
    this.#keepaliveMs = options.keepaliveMs;
    this.#retransmitLimitMs = options.retransmitLimitMs;
    this.#heardAt = now;
    this.#pingAt = now + this.#keepaliveMs;
  }

  get heardAt(): number {
    return this.#heardAt;
  }

  get timeout(): number {
    return Math.min(this.#pingAt, this.#deadAt);
  }

  /** An authentic packet arrived. */
  noteHeard(now: number): void {
    this.#heardAt = now;
    this.#pingAt = now + this.#keepaliveMs;
    this.#unansweredPings = 0;
    this.#waitingSince = Number.POSITIVE_INFINITY;
  }

  /**
   * The far end opened the session and may have nothing to say yet, but has to prove that it holds
   * the keys: it is asked soon.
   */
  awaitProof(now: number): void {
    this.noteExpecting(now);
    this.#pingAt = Math.min(this.#pingAt, now + PROOF_PING_MS);
  }

  /** Something was sent that the far end has to answer. */
  noteExpecting(now: number): void {
    this.#waitingSince = Math.min(this.#waitingSince, now);
  }

  isDead(now: number): boolean {
    return now >= this.#deadAt;
  }

  /** Answers true when a Ping is due; the next one `timeoutMs` (ERTO) later, and then longer. */
  takePing(now: number, timeoutMs: number): boolean {
    if (now < this.#pingAt) return false;
    const backedOffMs = timeoutMs * ERTO_BACKOFF ** this.#unansweredPings;
    const longestMs = Math.max(timeoutMs, this.#retransmitLimitMs / PINGS_BEFORE_DEATH);
    this.#pingAt = now + Math.min(backedOffMs, longestMs);
    this.#unansweredPings += 1;
    this.noteExpecting(now);
    return true;
  }

  get #deadAt(): number {
    return this.#waitingSince + this.#retransmitLimitMs;
  }
}
