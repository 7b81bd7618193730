/** When media of a recording is to be sent: its own time, counted from where playing started. */
export class Pace {
  /** The far end wants to have so much before its time, ms. */
  #aheadMs = DEFAULT_AHEAD_MS;
  #start: { readonly timestampMs: number; readonly at: number } | undefined;

  set aheadMs(ms: number) {
    this.#aheadMs = Math.max(ms, MIN_AHEAD_MS);
  }

  /** The next media starts a new count. */
  restart(): void {
    this.#start = undefined;
  }

  /** Not after `now`: at once. */
  dueAt(timestampMs: number, now: number): number {
    this.#start ??= { timestampMs, at: now };
    return this.#start.at + (timestampMs - this.#start.timestampMs) - this.#aheadMs;
  }
}

/** What servers and players take if nobody says anything. */
const DEFAULT_AHEAD_MS = 3_000;
/** Players that want nothing ahead would stutter with each delay of the network. */
const MIN_AHEAD_MS = 500;
