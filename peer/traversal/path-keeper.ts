import { ATTEMPTS_A_LAP, type PunchRole } from "./strategy.ts";

export interface PathKeeperOptions {
  readonly role: PunchRole;
  /** A whole number from 0 up to, not including, `limit`. */
  readonly random: (limit: number) => number;
}

/** RELAY: waiting for the next attempt. */
type State = "IDLE" | "RELAY" | "PUNCHING" | "DIRECT";

/**
 * Decides when a session that is on the relay tries for a direct path: when it opens, soon after the
 * direct path was lost, at once after the network has changed, and now and then for as long as it lasts.
 *
 * Attempts are counted in laps: a lap begins with the best plan, and goes through the others. Both ends
 * count; the initiator begins, and the responder follows, or begins if the initiator does not.
 */
export class PathKeeper {
  readonly #options: PathKeeperOptions;
  #state: State = "IDLE";
  #attempt = -1;
  /** Attempts that failed, or direct paths that did not last, one after the other. */
  #failures = 0;
  #directSince = 0;
  #dueAt = Number.POSITIVE_INFINITY;

  constructor(options: PathKeeperOptions) {
    this.#options = options;
  }

  /** The latest attempt; -1 before the first. */
  get attempt(): number {
    return this.#attempt;
  }

  /** When `take` has something; Infinity: not before something happens. */
  get timeout(): number {
    return this.#state === "RELAY" ? this.#dueAt : Number.POSITIVE_INFINITY;
  }

  /** The session goes over the relay: from its beginning, or since its direct path was lost. */
  onRelay(now: number): void {
    if (this.#state === "IDLE") this.#wait(now, 0);
    if (this.#state !== "DIRECT") return;
    // A path that comes and goes is tried less and less often.
    if (now - this.#directSince >= STABLE_MS) this.#failures = 0;
    this.#nextLap();
    this.#wait(now, this.#pauseMs(RETURN_MS));
    this.#failures += 1;
  }

  onDirect(now: number): void {
    if (this.#state !== "DIRECT") this.#directSince = now;
    this.#state = "DIRECT";
  }

  /** The attempt under way is over, without a path. */
  onFailed(now: number): void {
    if (this.#state !== "PUNCHING") return;
    this.#failures += 1;
    const isPlanLeft = this.#failures < QUICK_ATTEMPTS;
    this.#wait(now, isPlanLeft ? NEXT_PLAN_MS : this.#pauseMs(FIRST_PAUSE_MS));
  }

  /** The far end has begun an attempt. Answers whether it is a new one, to be joined now. */
  onFarAttempt(attempt: number): boolean {
    if (attempt <= this.#attempt) return false;
    this.#attempt = attempt;
    if (this.#state === "DIRECT") return false;
    this.#state = "PUNCHING";
    return true;
  }

  /** An interface came or went, or servers see us elsewhere: what failed before may work now. */
  onNetworkChange(now: number): void {
    this.#failures = 0;
    if (this.#state === "DIRECT" || this.#state === "IDLE") return;
    this.#nextLap();
    this.#wait(now, SETTLE_MS);
  }

  /** The number of the attempt that is to begin now, once. */
  take(now: number): number | undefined {
    if (now < this.timeout) return undefined;
    this.#state = "PUNCHING";
    this.#attempt += 1;
    return this.#attempt;
  }

  #wait(now: number, pauseMs: number): void {
    const { role } = this.#options;
    // At first both have been told at the same time; later the responder leaves it to the initiator.
    const lagMs = role === "responder" && this.#attempt >= 0 ? RESPONDER_LAG_MS + pauseMs / 2 : 0;
    this.#state = "RELAY";
    this.#dueAt = now + pauseMs + lagMs;
  }

  /** Longer with every failure, and never the same for two sessions. */
  #pauseMs(firstMs: number): number {
    const failures = Math.min(this.#failures, MAX_DOUBLINGS);
    const pauseMs = Math.min(MAX_PAUSE_MS, firstMs * 2 ** failures);
    return pauseMs + this.#options.random(Math.ceil(pauseMs / 8));
  }

  #nextLap(): void {
    const lap = Math.floor(this.#attempt / ATTEMPTS_A_LAP) + 1;
    this.#attempt = lap * ATTEMPTS_A_LAP - 1;
  }
}

/** A direct path that lasts for so long is no accident. */
const STABLE_MS = 60_000;
/** After the direct path was lost: whatever broke it may pass. */
const RETURN_MS = 1_000;
/** The next plan needs no pause but for the far end to give up as well. */
const NEXT_PLAN_MS = 250;
/** As many plans are tried one right after the other, … */
const QUICK_ATTEMPTS = 4;
/** … then with growing pauses. */
const FIRST_PAUSE_MS = 500;
/** Networks change without telling: a session that lasts is worth a try every five minutes. */
const MAX_PAUSE_MS = 300_000;
const MAX_DOUBLINGS = 16;
/** After a change come others: addresses are assigned one by one. */
const SETTLE_MS = 300;
/** The initiator's signal is faster. */
const RESPONDER_LAG_MS = 1_500;
