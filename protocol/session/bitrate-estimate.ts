/**
 * The rate that an encoder may use, from what is acknowledged. While data is held back that rate is
 * what the path carries; while the application sends less, it only proves a lower bound, and the
 * estimate stays until the window says that the path has become worse.
 */
export class BitrateEstimate {
  #bytesPerMs: number | undefined;
  #since = Number.NEGATIVE_INFINITY;
  #acknowledgedAt = Number.NEGATIVE_INFINITY;
  #acknowledgedBytes = 0;
  #wasBusy = true;
  /** The time until the next acknowledgement is not measured; so many times before it were not, either. */
  #isStalled = false;
  #stallsBefore = 0;
  #toldBitsPerSecond = 0;
  #toldAt = Number.NEGATIVE_INFINITY;

  /** Bits of user data per second; undefined before anything was measured. */
  get bitsPerSecond(): number | undefined {
    return this.#bytesPerMs === undefined ? undefined : Math.round(this.#bytesPerMs * 8_000);
  }

  /**
   * Nothing was acknowledged for so long that what was sent last is sent again. That is how the loss of
   * the end of a transfer shows, and tells nothing of the path's rate; nor does the window's way back
   * from it. The time until then is left out, but no more often in a row than one such loss explains: there
   * may be an answer to what was sent again, and then silence until the rest is, too.
   *
   * So is the silence before an acknowledgement that a receiver delayed because nothing came any more.
   */
  noteStall(): void {
    this.#isStalled = this.#stallsBefore < MOST_STALLS;
  }

  /**
   * `isBusy`: data is held back all the time. `boundBytes`: the window, and `roundTripMs` SRTT, of
   * which the path carries no more than one another.
   */
  noteAcknowledged(
    bytes: number,
    isBusy: boolean,
    boundBytes: number,
    roundTripMs: number,
    now: number,
  ): void {
    this.#acknowledgedBytes += bytes;
    this.#wasBusy &&= isBusy;
    const silenceMs = now - this.#acknowledgedAt;
    this.#acknowledgedAt = now;
    if (isBusy && silenceMs > Math.max(SILENCE_MS, 2 * roundTripMs)) this.noteStall();
    const elapsedMs = now - this.#since;
    if (!this.#isStalled && elapsedMs < Math.max(INTERVAL_MS, roundTripMs)) return;
    const bound = boundBytes / Math.max(roundTripMs, 1);
    // After a pause the bytes say nothing about the time since the last of them.
    const isMeasured = elapsedMs < PAUSE_MS && !this.#isStalled;
    if (isMeasured) this.#update(this.#acknowledgedBytes / elapsedMs, bound);
    this.#since = now;
    this.#acknowledgedBytes = 0;
    this.#wasBusy = true;
    this.#stallsBefore = this.#isStalled ? this.#stallsBefore + 1 : 0;
    this.#isStalled = false;
  }

  /** The estimate, if it has changed by so much that it is worth telling. */
  takeNews(now: number): number | undefined {
    const { bitsPerSecond } = this;
    if (bitsPerSecond === undefined || now - this.#toldAt < INTERVAL_MS) return undefined;
    const change = Math.abs(bitsPerSecond - this.#toldBitsPerSecond);
    if (change <= this.#toldBitsPerSecond * WORTH_TELLING) return undefined;
    this.#toldBitsPerSecond = bitsPerSecond;
    this.#toldAt = now;
    return bitsPerSecond;
  }

  #update(rate: number, bound: number): void {
    if (this.#bytesPerMs === undefined) this.#bytesPerMs = Math.max(rate, bound);
    const estimate = this.#bytesPerMs;
    const target = this.#wasBusy ? rate : Math.max(rate, Math.min(estimate, bound));
    this.#bytesPerMs = estimate + (target - estimate) * GAIN;
  }
}

/** Four measurements a second, and no more news than that: an encoder does not follow faster. */
const INTERVAL_MS = 250;
/** One second's memory: as long as an encoder's rate control looks back. */
const GAIN = 1 / 4;
const PAUSE_MS = 2_000;
/** Half of the time for which receivers delay acknowledgements. */
const SILENCE_MS = 100;
const MOST_STALLS = 2;
const WORTH_TELLING = 0.1;
