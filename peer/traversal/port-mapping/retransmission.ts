/** When to send a request again, and when to give it up: RFC 6886 §3.1, with fewer tries. */
export class Retransmission {
  #sent = 0;
  #at = Number.POSITIVE_INFINITY;
  readonly #tries: number;
  readonly #firstMs: number;

  constructor(tries: number = MAX_TRIES, firstMs: number = FIRST_MS) {
    this.#tries = tries;
    this.#firstMs = firstMs;
  }

  /** When something is due; Infinity while nobody waits for an answer. */
  get timeout(): number {
    return this.#at;
  }

  /** A new request: it is due at once. */
  start(now: number): void {
    this.#sent = 0;
    this.#at = now;
  }

  stop(): void {
    this.#at = Number.POSITIVE_INFINITY;
  }

  /** What is due now, if anything: to send (once more), or to give up. */
  due(now: number): "send" | "give-up" | undefined {
    if (now < this.#at) return undefined;
    if (this.#sent === this.#tries) {
      this.stop();
      return "give-up";
    }
    this.#at = now + this.#firstMs * 2 ** this.#sent;
    this.#sent += 1;
    return "send";
  }
}

/** RFC 6886 §3.1. */
const FIRST_MS = 250;
/**
 * RFC 6886 §3.1 sends nine times in 64 s, for one who has nothing else. A router that is one hop away
 * answers the first or does not know the protocol, and there are others to try.
 */
const MAX_TRIES = 3;
