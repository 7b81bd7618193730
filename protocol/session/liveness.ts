/**
 * Whether the far end is still there, RFC 7016 §3.5.4.1: after a time of silence a Ping, repeated
 * with growing pauses; after a longer time without any answer, the session is dead.
 */
export class Liveness {
  readonly #keepaliveMs: number;
  readonly #retransmitLimitMs: number;
  #heardAt: number;
  #pingAt: number;
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
    this.#waitingSince = Number.POSITIVE_INFINITY;
  }

  /** Something was sent that the far end has to answer. */
  noteExpecting(now: number): void {
    this.#waitingSince = Math.min(this.#waitingSince, now);
  }

  isDead(now: number): boolean {
    return now >= this.#deadAt;
  }

  /** Answers true when a Ping is due; the next one is due `intervalMs` later. */
  takePing(now: number, intervalMs: number): boolean {
    if (now < this.#pingAt) return false;
    this.#pingAt = now + intervalMs;
    this.noteExpecting(now);
    return true;
  }

  get #deadAt(): number {
    return this.#waitingSince + this.#retransmitLimitMs;
  }
}
