import { DATAGRAM_BYTES } from "../params.ts";
import type { Congestion, CongestionSample } from "./congestion.ts";
import { LossCongestion } from "./loss-congestion.ts";
import { QueueDelay } from "./queue-delay.ts";
import type { DelaySample } from "./round-trip.ts";

/**
 * A congestion window for interactive media: Appendix A's growth and its answer to loss, and besides
 * a step back as soon as packets wait in a queue for longer than a target, in the manner of TCP Vegas
 * and LEDBAT (RFC 6817). The queue is what a round trip's packets take on average above the least such
 * average of late. Where delays vary there is no telling a short queue from jitter, so the target is
 * higher by three standard deviations: a queue is seen when it is longer than what chance explains.
 *
 * A step back empties the queue, so that all sessions on a path see how long it is without one: that
 * keeps them fair to each other, and a newcomer does not take the queue for the path. Against traffic
 * that fills queues whatever we do, it takes turns between waiting for the queue to go away and
 * competing as the loss mode does, so that it never starves.
 */
export class DelayCongestion implements Congestion {
  readonly #inner = new LossCongestion();
  readonly #queue = new QueueDelay();
  /** Samples from `#from` to `#until`, a round trip later, or until there are enough: a round. */
  #from = Number.NEGATIVE_INFINITY;
  #until = Number.NEGATIVE_INFINITY;
  #packetBytes = DATAGRAM_BYTES;
  #isQueueLong = false;
  /** Since when steps back have not helped, and the window before the first of them. */
  #yielding: { readonly since: number; readonly windowBytes: number } | undefined;
  #competeUntil = Number.NEGATIVE_INFINITY;
  #steppedBackAt = Number.NEGATIVE_INFINITY;
  #steppedDeepAt = Number.NEGATIVE_INFINITY;
  /** The window after a deep step back. */
  #resumeBytes = 0;

  get windowBytes(): number {
    return this.#inner.windowBytes;
  }

  get provenBytes(): number {
    return this.#inner.provenBytes;
  }

  get isInSlowStart(): boolean {
    return this.#inner.isInSlowStart;
  }

  adjust(sample: CongestionSample): void {
    this.#packetBytes = sample.packetBytes;
    this.#inner.adjust({ ...sample, isLimited: sample.isLimited && !this.#isQueueLong });
  }

  timeOut(anyLoss: boolean): void {
    this.#inner.timeOut(anyLoss);
  }

  measure(sample: DelaySample, now: number): void {
    if (now < this.#from) return;
    this.#queue.add(sample);
    if (now < this.#until) return;
    if (this.#resumeBytes > this.windowBytes) this.#inner.settle(this.#resumeBytes);
    this.#resumeBytes = 0;
    if (this.#queue.samples < LEAST_SAMPLES) return;
    const { roundTripMs } = sample;
    const queueMs = this.#queue.endRound(now) - this.#jitterMs(roundTripMs);
    const isCompeting = now < this.#competeUntil;
    this.#isQueueLong = queueMs > this.#targetMs(now);
    if (!this.#isQueueLong || isCompeting) this.#yielding = undefined;
    else this.#yield(queueMs, now);
    if (isCompeting) this.#isQueueLong = false;
    // What follows a step back within a round trip was sent before it.
    this.#from = this.#isQueueLong ? now + roundTripMs : now;
    this.#until = this.#from + roundTripMs;
  }

  /**
   * Of several sessions at one queue the same one would see it first each time, by a tick of its
   * clock, and give way to the others: so the target falls while others step back. It does not for one
   * whose step back was in vain: a newcomer, who took the queue for the path at first, would make it
   * give way for as long.
   */
  #targetMs(now: number): number {
    if (this.isInSlowStart) return SLOW_START_TARGET_MS;
    if (this.#yielding) return HIGHEST_TARGET_MS;
    const age = Math.min((now - this.#steppedBackAt) / TARGET_FALLS_MS, 1);
    return HIGHEST_TARGET_MS - age * (HIGHEST_TARGET_MS - LOWEST_TARGET_MS);
  }

  /**
   * What jitter may add to a round's average. Acknowledging every second packet makes a steady queue
   * vary by half of what a packet takes, which is our own doing.
   */
  #jitterMs(roundTripMs: number): number {
    const packetMs = (this.#packetBytes * roundTripMs) / this.windowBytes;
    const excessMs = Math.max(0, this.#queue.deviationMs - packetMs / 2);
    return Math.min(DEVIATIONS * excessMs, MOST_JITTER_MS);
  }

  #yield(queueMs: number, now: number): void {
    const { windowBytes } = this;
    this.#steppedBackAt = now;
    this.#yielding ??= { since: now, windowBytes };
    if (now - this.#yielding.since < YIELD_MS) {
      const { baseMs } = this.#queue;
      const drained = (DRAIN * baseMs) / (baseMs + queueMs);
      const nextBytes = windowBytes * Math.max(drained, LEAST_SHARE);
      const isDeep = now - this.#steppedDeepAt >= DEEP_STEP_MS;
      // The one that ends slow start empties no queue yet: more is under way than the window shows.
      if (isDeep && !this.isInSlowStart) this.#steppedDeepAt = now;
      if (isDeep) this.#resumeBytes = nextBytes;
      this.#inner.settle(isDeep ? windowBytes * LEAST_SHARE : nextBytes);
    } else {
      this.#inner.settle(this.#yielding.windowBytes);
      this.#competeUntil = now + COMPETE_MS;
      this.#isQueueLong = false;
      this.#yielding = undefined;
    }
  }
}

/** A quarter of what ITU-T G.114 allows for the whole way of speech. */
const HIGHEST_TARGET_MS = 36;
/** Four ticks of the timestamps' clock: less would be rounding errors. */
const LOWEST_TARGET_MS = 16;
/** Within a few round trips, so that it is the others' turn the next time. */
const TARGET_FALLS_MS = 400;
/** Slow start doubles the queue before its end is seen, and is to stop well before the target. */
const SLOW_START_TARGET_MS = 10;
/** Fewer samples have no average: where little is sent, or on a slow path, a round is longer. */
const LEAST_SAMPLES = 8;
/** Of an average of eight samples in the dense traffic of a full path, hardly one is further off. */
const DEVIATIONS = 3;
/** Beyond the jitter of ±20 ms the mode would not hold the queue that it promises. */
const MOST_JITTER_MS = 40;
/** A little less than the path carries without a queue, so that the queue does empty. */
const DRAIN = 0.95;
/**
 * So often a step back is a deep one, for a round trip or two: it empties the queue even beside others,
 * who do not step back at the same time, and shows how long the path is without it, before those who
 * saw it stop to yield.
 */
const DEEP_STEP_MS = 3_000;
/** No step back is larger than Appendix A's answer to loss; the next round trip brings another. */
const LEAST_SHARE = 1 / 2;
/** Several round trips even through a queue of 500 ms: a queue of our own is gone by then. */
const YIELD_MS = 3_000;
/** Most of the time while others compete; after it, no longer, the queue is ours to empty again. */
const COMPETE_MS = 10_000;
