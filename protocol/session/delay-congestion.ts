import { DATAGRAM_BYTES } from "../params.ts";
import type { Congestion, CongestionSample } from "./congestion.ts";
import { LossCongestion } from "./loss-congestion.ts";
import { QueueDelay } from "./queue-delay.ts";
import type { DelaySample } from "./round-trip.ts";

/**
 * A congestion window for interactive media: Appendix A's growth and its answer to loss, and besides
 * a step back as soon as packets wait in a queue for longer than a target. A step back empties the
 * queue, so that all sessions on a path see how long it is without one: that keeps them fair to each
 * other, and a newcomer does not take the queue for the path. Against traffic that fills queues
 * whatever we do, it takes turns between waiting for the queue to go away and competing as the loss
 * mode does, so that it never starves.
 */
export class DelayCongestion implements Congestion {
  readonly #inner = new LossCongestion();
  readonly #queue = new QueueDelay();
  /** Samples from `#from` to `#until`, a round trip later, are judged together by the least of them. */
  #from = Number.NEGATIVE_INFINITY;
  #until = Number.NEGATIVE_INFINITY;
  #leastMs = Number.POSITIVE_INFINITY;
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
    this.#inner.adjust({ ...sample, isLimited: sample.isLimited && !this.#isQueueLong });
  }

  timeOut(anyLoss: boolean): void {
    this.#inner.timeOut(anyLoss);
  }

  measure(sample: DelaySample, now: number): void {
    const queueMs = this.#queue.measure(sample, now);
    if (now < this.#from) return;
    this.#leastMs = Math.min(this.#leastMs, queueMs);
    if (now < this.#until) return;
    const leastMs = this.#leastMs;
    if (this.#resumeBytes > this.windowBytes) this.#inner.settle(this.#resumeBytes);
    this.#resumeBytes = 0;
    const isCompeting = now < this.#competeUntil;
    this.#isQueueLong = leastMs > this.#targetMs(now) + this.#jitterMs;
    if (!this.#isQueueLong || isCompeting) this.#yielding = undefined;
    else this.#yield(leastMs, now);
    if (isCompeting) this.#isQueueLong = false;
    // What follows a step back within a round trip was sent before it.
    this.#from = this.#isQueueLong ? now + sample.roundTripMs : now;
    this.#until = this.#from + sample.roundTripMs;
    this.#leastMs = Number.POSITIVE_INFINITY;
  }

  /**
   * Of several sessions at one queue the same one would see it first each time, by a tick of its
   * clock, and give way to the others: so the target falls while others step back.
   */
  #targetMs(now: number): number {
    if (this.isInSlowStart) return SLOW_START_TARGET_MS;
    const age = Math.min((now - this.#steppedBackAt) / TARGET_FALLS_MS, 1);
    return HIGHEST_TARGET_MS - age * (HIGHEST_TARGET_MS - LOWEST_TARGET_MS);
  }

  /**
   * Where delays vary, packets wait for each other, and in dense traffic even the least of a round
   * trip waits longer than in sparse traffic: a queue that no step back empties, and none of ours.
   */
  get #jitterMs(): number {
    const { baseMs, variationMs } = this.#queue;
    const packetMs = Math.min((DATAGRAM_BYTES * baseMs) / this.windowBytes, MOST_PACKET_MS);
    const excessMs = variationMs - ORDINARY_VARIATION_MS - packetMs;
    return Math.min(Math.max(0, JITTER_PER_VARIATION * excessMs), MOST_JITTER_MS);
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
      if (isDeep) this.#steppedDeepAt = now;
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
/** What the ticks of the clock on the wire and our own bursts make of a steady path. */
const ORDINARY_VARIATION_MS = 6;
/** What one packet takes counts as ordinary on a slow path, but not the pause after a step back. */
const MOST_PACKET_MS = 8;
/** Measured in simulation: delays spread evenly over 40 ms vary by 13 ms, and stand at 30 ms. */
const JITTER_PER_VARIATION = 4;
/** What ±20 ms need. Beyond it the mode would not hold the queue that it promises. */
const MOST_JITTER_MS = 40;
/** A little less than the path carries without a queue, so that the queue does empty. */
const DRAIN = 0.95;
/**
 * So often a step back is a deep one, for a round trip or two: it empties the queue even beside others,
 * who do not step back at the same time, and shows how long the path is without it.
 */
const DEEP_STEP_MS = 5_000;
/** No step back is larger than Appendix A's answer to loss; the next round trip brings another. */
const LEAST_SHARE = 1 / 2;
/** Several round trips even through a queue of 500 ms: a queue of our own is gone by then. */
const YIELD_MS = 3_000;
/** Most of the time while others compete; after it, no longer, the queue is ours to empty again. */
const COMPETE_MS = 10_000;
