export interface TcpKeeperOptions {
  /** Of a whole: 0 up to, not including, 1. */
  readonly random: () => number;
}

type State = "IDLE" | "WAITING" | "TRYING" | "TCP";

/**
 * Decides when a session that runs over the relay tries TCP: not before UDP had its chance, and then
 * less and less often. A NAT that does not let it through hardly changes.
 */
export class TcpKeeper {
  readonly #options: TcpKeeperOptions;
  #state: State = "IDLE";
  #dueAt = Number.POSITIVE_INFINITY;
  #failures = 0;
  #tcpSince = 0;

  constructor(options: TcpKeeperOptions) {
    this.#options = options;
  }

  /** When `take` answers true; Infinity: not before something happens. */
  get timeout(): number {
    return this.#state === "WAITING" ? this.#dueAt : Number.POSITIVE_INFINITY;
  }

  /** The session goes over the relay; `hasUdp`: it may soon go directly. */
  onRelay(hasUdp: boolean, now: number): void {
    if (this.#state === "IDLE") this.#wait(now, hasUdp ? UDP_FIRST_MS : NO_UDP_MS);
    if (this.#state !== "TCP") return;
    // What came and went comes again at once; what comes and goes is not worth it.
    if (now - this.#tcpSince >= STABLE_MS) this.#failures = 0;
    this.#wait(now, this.#failures === 0 ? RETURN_MS : this.#pauseMs());
  }

  /** One of the two ends cannot use UDP at all. */
  onUdpBlocked(now: number): void {
    if (this.#state !== "WAITING" || this.#failures > 0) return;
    this.#dueAt = Math.min(this.#dueAt, now + NO_UDP_MS);
  }

  onTcp(now: number): void {
    if (this.#state !== "TCP") this.#tcpSince = now;
    this.#state = "TCP";
  }

  onDirect(): void {
    this.#state = "IDLE";
    this.#failures = 0;
  }

  onFailed(now: number): void {
    if (this.#state === "TRYING") this.#wait(now, this.#pauseMs());
  }

  /** Is an attempt to begin now? Counts as begun. */
  take(now: number): boolean {
    if (now < this.timeout) return false;
    this.#state = "TRYING";
    this.#failures += 1;
    return true;
  }

  #wait(now: number, pauseMs: number): void {
    this.#state = "WAITING";
    this.#dueAt = now + pauseMs;
  }

  #pauseMs(): number {
    const pauseMs = PAUSES_MS[this.#failures - 1] ?? LONGEST_PAUSE_MS;
    return pauseMs * (1 + this.#options.random() / 4);
  }
}

/** By then a punch has met, or needs so long that TCP is worth having meanwhile. */
const UDP_FIRST_MS = 3_000;
/** The far end has just got to know of the session, and asks if it is the one without UDP. */
const NO_UDP_MS = 200;
/** Whatever broke the connection may pass. */
const RETURN_MS = 2_000;
/** A connection that lasts for so long is no accident. */
const STABLE_MS = 60_000;
/** The first failure may have been a matter of timing. */
const PAUSES_MS: readonly number[] = [5_000, 60_000];
const LONGEST_PAUSE_MS = 300_000;
