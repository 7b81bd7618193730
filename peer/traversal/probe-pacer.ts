/**
 * One clock for all probes of a peer, RFC 8445 §14: whatever it attempts at the same time, no two
 * datagrams leave closer together than this.
 */
export class ProbePacer {
  readonly gapMs: number;
  #next = Number.NEGATIVE_INFINITY;

  constructor(gapMs: number = PROBE_GAP_MS) {
    this.gapMs = gapMs;
  }

  /** When the next datagram may leave, ms: that moment is the caller's. */
  reserve(now: number): number {
    const at = Math.max(now, this.#next);
    this.#next = at + this.gapMs;
    return at;
  }
}

/** The place of one attempt in the queue for the pacer: never more than one, so that all advance. */
export class ProbeSlot {
  readonly #pacer: ProbePacer;
  #at: number | undefined;

  constructor(pacer: ProbePacer) {
    this.#pacer = pacer;
  }

  /** May a datagram that is due at `dueAt` leave now? If so it must. */
  take(dueAt: number, now: number): boolean {
    if (dueAt > now) return false;
    // A slot that was not used is over: others have sent since.
    if (this.#at === undefined || this.#at + this.#pacer.gapMs < now) {
      this.#at = this.#pacer.reserve(now);
    }
    if (this.#at > now) return false;
    this.#at = undefined;
    return true;
  }

  /** When to ask again for a datagram that is due at `dueAt`. */
  timeout(dueAt: number): number {
    return Math.max(dueAt, this.#at ?? dueAt);
  }
}

/** RFC 8445 §14.2: never faster, all agents together. */
const PROBE_GAP_MS = 5;
