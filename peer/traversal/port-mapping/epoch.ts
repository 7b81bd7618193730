/**
 * The server's count of seconds since it lost its mappings, held against our clock: RFC 6887 §8.5, a
 * refinement of RFC 6886 §3.6 that serves both protocols.
 */
export class Epoch {
  #server: number | undefined;
  #at = 0;

  /** Does `epochSeconds`, received at `now`, show that the server has restarted? */
  note(epochSeconds: number, now: number): boolean {
    const previous = this.#server;
    const clientDelta = Math.floor((now - this.#at) / 1_000);
    this.#server = epochSeconds;
    this.#at = now;
    if (previous === undefined) return false;
    const serverDelta = epochSeconds - previous;
    if (serverDelta < -REORDERING_SECONDS) return true;
    return (
      clientDelta + SLACK_SECONDS < serverDelta - serverDelta / DRIFT ||
      serverDelta + SLACK_SECONDS < clientDelta - clientDelta / DRIFT
    );
  }
}

/** §8.5: answers may overtake each other, … */
const REORDERING_SECONDS = 1;
/** … both clocks count whole seconds, … */
const SLACK_SECONDS = 2;
/** … and may run apart by a sixteenth. */
const DRIFT = 16;
