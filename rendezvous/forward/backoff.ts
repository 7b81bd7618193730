/** How long to wait before the next try: twice as long each time, and never all at the same moment. */
export class Backoff {
  readonly #random: () => number;
  #failures = 0;

  /** `random`: from 0 to below 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  get failures(): number {
    return this.#failures;
  }

  /** One more failure; answers the pause, ms. */
  fail(): number {
    const pauseMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(this.#failures, 16));
    this.#failures += 1;
    return pauseMs * (0.5 + this.#random() / 2);
  }

  succeed(): void {
    this.#failures = 0;
  }
}

const FIRST_PAUSE_MS = 1_000;
/** A server that comes back is noticed within half a minute. */
const MAX_PAUSE_MS = 30_000;
