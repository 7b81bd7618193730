import { TICK_MS } from "../params.ts";
import type { DelaySample } from "./round-trip.ts";

/**
 * How long our packets wait in queues: what they take now, less the least they took lately. The way
 * there alone is known but for the difference of two clocks, so that queues on the way back are left
 * out; the round trip bounds it, should the clocks drift apart.
 */
export class QueueDelay {
  readonly #leastRoundTrip = new RecentMinimum();
  readonly #leastOneWay = new RecentMinimum();
  /** Of `#variationMs`, negated: the most of late. */
  readonly #mostVariation = new RecentMinimum();
  #originTicks: number | undefined;
  #lastMs = 0;
  #variationMs = 0;

  /** The round trip without queues, ms. */
  get baseMs(): number {
    return this.#leastRoundTrip.value;
  }

  /** How much the delay of one packet differs from that of the next: the most of late, ms. */
  get variationMs(): number {
    return Math.max(0, -this.#mostVariation.value);
  }

  /** Answers the queueing delay in ms; 4 ms is the resolution. */
  measure(sample: DelaySample, now: number): number {
    const queueMs = this.#queueMs(sample, now);
    // The jitter of RFC 3550 §6.4.1. A queue grows and shrinks little from packet to packet.
    this.#variationMs += (Math.abs(queueMs - this.#lastMs) - this.#variationMs) / 16;
    this.#lastMs = queueMs;
    this.#mostVariation.add(-this.#variationMs, now);
    return queueMs;
  }

  #queueMs({ roundTripMs, oneWayTicks }: DelaySample, now: number): number {
    const roundTripQueueMs = roundTripMs - this.#leastRoundTrip.add(roundTripMs, now);
    if (oneWayTicks === undefined) return roundTripQueueMs;
    this.#originTicks ??= oneWayTicks;
    // The nearest of the values that are the same in 16 bits.
    const ticks = ((oneWayTicks - this.#originTicks + 0x8000) & 0xffff) - 0x8000;
    const oneWayMs = ticks * TICK_MS;
    return Math.min(roundTripQueueMs, oneWayMs - this.#leastOneWay.add(oneWayMs, now));
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

/**
 * Long enough to remember the empty path while others fill the queue for a while; short enough for
 * clocks that drift (0.01 % is 3 ms) and for a route that has become longer.
 */
const MEMORY_MS = 30_000;
