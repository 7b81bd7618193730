import { TICK_MS } from "../params.ts";
import type { DelaySample } from "./round-trip.ts";

/**
 * How long our packets wait in queues, told at the end of each round: what they took on average, less the
 * least such average of late. Where delays vary, single packets tell little: the least of the packets in a
 * round depends on how many there are, since packets in order wait for late ones before them, and the
 * least of half a minute is never seen again. The average of a round hardly varies.
 *
 * The way there alone is known but for the difference of two clocks, so that queues on the way back are
 * left out; the round trip bounds it, should the clocks drift apart. Of dense traffic it is the first
 * packet of each tick that tells its delay: the more a session sends, the shorter its way there seems by
 * up to a tick, unless delays vary. The round trip ends by our own clock and is known better.
 */
export class QueueDelay {
  readonly #leastRoundTrip = new RecentMinimum();
  readonly #leastOneWay = new RecentMinimum();
  #roundTrips = new Series();
  #oneWays = new Series();
  #originTicks: number | undefined;
  #deviationMs: number | undefined;

  /** The round trip without queues, ms: a tick at least, for nothing shorter can be measured. */
  get baseMs(): number {
    return Math.max(TICK_MS, this.#leastRoundTrip.value);
  }

  /** The average round trip of this round, ms. */
  get roundTripMs(): number {
    return this.#roundTrips.mean;
  }

  /** How much the delays within a round differ: their standard deviation, smoothed, ms. */
  get deviationMs(): number {
    return this.#deviationMs ?? 0;
  }

  /** Samples of this round. */
  get samples(): number {
    return this.#roundTrips.count;
  }

  add({ roundTripMs, oneWayTicks }: DelaySample): void {
    this.#roundTrips.add(roundTripMs);
    if (oneWayTicks === undefined) return;
    this.#originTicks ??= oneWayTicks;
    // The nearest of the values that are the same in 16 bits.
    const ticks = ((oneWayTicks - this.#originTicks + 0x8000) & 0xffff) - 0x8000;
    this.#oneWays.add(ticks * TICK_MS);
  }

  /** Answers the queueing delay of a round with samples, in ms, and begins the next. */
  endRound(now: number): number {
    const roundTrips = this.#roundTrips;
    const oneWays = this.#oneWays;
    this.#roundTrips = new Series();
    this.#oneWays = new Series();
    const hasOneWays = oneWays.count > 0;
    const deviationMs = (hasOneWays ? oneWays : roundTrips).deviation;
    this.#deviationMs ??= deviationMs;
    this.#deviationMs += (deviationMs - this.#deviationMs) * DEVIATION_GAIN;
    const roundTripQueueMs = roundTrips.mean - this.#leastRoundTrip.add(roundTrips.mean, now);
    if (!hasOneWays) return roundTripQueueMs;
    const oneWayQueueMs = oneWays.mean - this.#leastOneWay.add(oneWays.mean, now);
    const roundedMs = Math.max(0, TICK_MS - this.#deviationMs);
    return Math.min(roundTripQueueMs, oneWayQueueMs + roundedMs);
  }
}

/** Numbers, of which only their mean and standard deviation are kept. */
class Series {
  #count = 0;
  #sum = 0;
  #squares = 0;

  get count(): number {
    return this.#count;
  }

  get mean(): number {
    return this.#sum / this.#count;
  }

  get deviation(): number {
    return Math.sqrt(Math.max(0, this.#squares / this.#count - this.mean ** 2));
  }

  add(value: number): void {
    this.#count += 1;
    this.#sum += value;
    this.#squares += value * value;
  }
}

/** The least value of the last `MEMORY_MS`, or of half as much, in two halves. */
class RecentMinimum {
  #older = Number.POSITIVE_INFINITY;
  #newer = Number.POSITIVE_INFINITY;
  #turnAt = Number.NEGATIVE_INFINITY;

  get value(): number {
    return Math.min(this.#older, this.#newer);
  }

  add(value: number, now: number): number {
    if (now >= this.#turnAt) {
      this.#older = this.#newer;
      this.#newer = value;
      this.#turnAt = now + MEMORY_MS / 2;
    }
    this.#newer = Math.min(this.#newer, value);
    return this.value;
  }
}

/** Four rounds: the end of slow start, whose queue grows within a round, is soon forgotten. */
const DEVIATION_GAIN = 1 / 4;
/**
 * Long enough to remember the empty path while others fill the queue for a while; short enough for
 * clocks that drift (0.01 % is 3 ms) and for a route that has become longer.
 */
const MEMORY_MS = 30_000;
