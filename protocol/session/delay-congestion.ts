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
 * Two things keep sessions fair to each other. The more a session sends, the shorter is the queue that
 * it bears: of several at one queue the largest steps back first. And they have to agree on how long
 * the path is without a queue, of which a newcomer only ever saw the sum: so each empties its share of
 * the queue after slow start, and whenever it has not seen an empty one for some time. As that shows
 * the others an empty queue as well, they come to do it at the same time, as BBR's do.
 *
 * Against traffic that fills queues whatever we do, it takes turns between waiting for the queue to go
 * away and competing as the loss mode does, so that it never starves.
 */
export class DelayCongestion implements Congestion {
  readonly #inner = new LossCongestion();
  readonly #queue = new QueueDelay();
  /** Samples from `#from` to `#until`, a round trip later, or until there are enough: a round. */
  #from = Number.NEGATIVE_INFINITY;
  #until = Number.NEGATIVE_INFINITY;
  #packetBytes = DATAGRAM_BYTES;
  #isQueueLong = false;
  /** When a round found no queue, or what we had in one had left it. */
  #emptyAt: number | undefined;
  #drain: Drain | undefined;
  /** The last slow start was not followed by one yet. */
  #wasInSlowStart = true;
  /** Until when steps back that do not help go on, and the window before the first of them. */
  #yielding: { readonly until: number; readonly windowBytes: number } | undefined;
  #competeUntil = Number.NEGATIVE_INFINITY;

  get windowBytes(): number {
    return this.#inner.windowBytes;
  }

  get provenBytes(): number {
    return Math.max(this.#inner.provenBytes, this.#drain?.resumeBytes ?? 0);
  }

  get isInSlowStart(): boolean {
    return this.#inner.isInSlowStart;
  }

  adjust(sample: CongestionSample): void {
    this.#packetBytes = sample.packetBytes;
    const { windowBytes } = this;
    const mayGrow = !this.#isQueueLong && !this.#drain;
    this.#inner.adjust({ ...sample, isLimited: sample.isLimited && mayGrow });
    if (!sample.isFirstLoss) return;
    const drain = this.#drain;
    if (drain) drain.resumeBytes = Math.min(drain.resumeBytes, this.windowBytes);
    // Just after a step back more is in flight than the window is.
    if (this.windowBytes > windowBytes) this.#inner.settle(windowBytes);
  }

  timeOut(anyLoss: boolean): void {
    this.#drain = undefined;
    this.#wasInSlowStart = true;
    this.#yielding = undefined;
    this.#inner.timeOut(anyLoss);
  }

  measure(sample: DelaySample, now: number): void {
    if (now < this.#from) return;
    this.#queue.add(sample);
    if (now < this.#until) return;
    const { roundTripMs } = sample;
    const isJittery = this.#jitterMs(roundTripMs) > LOWEST_TARGET_MS;
    if (this.#queue.samples < (isJittery ? LEAST_JITTERY_SAMPLES : LEAST_SAMPLES)) return;
    const hasSteppedBack = this.#drain
      ? this.#endDrainRound(this.#drain, now)
      : this.#endRound(roundTripMs, now);
    // What follows a step back within a round trip was sent before it.
    this.#from = hasSteppedBack ? now + roundTripMs : now;
    this.#until = this.#from + roundTripMs;
  }

  /** Answers whether the next round begins only after a round trip. */
  #endRound(roundTripMs: number, now: number): boolean {
    const jitterMs = this.#jitterMs(roundTripMs);
    const queueMs = this.#queue.endRound(now) - jitterMs;
    if (queueMs <= EMPTY_MS) this.#emptyAt = now;
    this.#emptyAt ??= now;
    const isLong = queueMs > this.#targetMs(jitterMs);
    if (!isLong || now < this.#competeUntil) this.#yielding = undefined;
    else this.#yield(queueMs, roundTripMs, now);
    const isCompeting = now < this.#competeUntil;
    this.#isQueueLong = isLong && !isCompeting;
    const isDue = this.#wasInSlowStart || now - this.#emptyAt >= EMPTY_EVERY_MS;
    if (isCompeting || this.isInSlowStart || !isDue) return this.#isQueueLong;
    this.#wasInSlowStart = false;
    this.#drain = { resumeBytes: this.windowBytes, roundTripMs: Number.POSITIVE_INFINITY };
    this.#inner.settle(this.windowBytes * LEAST_SHARE);
    return true;
  }

  /** Goes on until the round trip does not fall any more: what was in the queue has left it. */
  #endDrainRound(drain: Drain, now: number): boolean {
    const before = drain.roundTripMs;
    drain.roundTripMs = this.#queue.roundTripMs;
    const jitterMs = this.#jitterMs(drain.roundTripMs);
    const queueMs = this.#queue.endRound(now) - jitterMs;
    if (queueMs <= this.#targetMs(jitterMs)) this.#yielding = undefined;
    if (drain.roundTripMs < before - EMPTY_MS) return false;
    this.#drain = undefined;
    this.#emptyAt = now;
    this.#isQueueLong = false;
    if (drain.resumeBytes > this.windowBytes) this.#inner.settle(drain.resumeBytes);
    return true;
  }

  /**
   * As in Swift (SIGCOMM 2020) the target falls with the square root of what is sent; but not below what
   * jitter may add once more, for the least average of late may be one that it made short.
   */
  #targetMs(jitterMs: number): number {
    if (this.isInSlowStart) return SLOW_START_TARGET_MS;
    const bytesPerMs = this.windowBytes / this.#queue.baseMs;
    const targetMs = HIGHEST_TARGET_MS * Math.sqrt(HIGHEST_TARGET_BYTES_PER_MS / bytesPerMs);
    return Math.min(Math.max(targetMs, jitterMs, LOWEST_TARGET_MS), HIGHEST_TARGET_MS);
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

  #yield(queueMs: number, roundTripMs: number, now: number): void {
    const { windowBytes } = this;
    const hasCompeted = now - this.#competeUntil < YIELD_MS;
    const until = now + (hasCompeted ? YIELD_AGAIN_MS : YIELD_MS);
    this.#yielding ??= { until, windowBytes };
    if (now < this.#yielding.until) {
      this.#inner.settle(windowBytes * this.#shareKept(queueMs, roundTripMs));
    } else {
      this.#inner.settle(this.#yielding.windowBytes);
      this.#competeUntil = now + COMPETE_MS;
      this.#yielding = undefined;
    }
  }

  /** The share of the window that the path carries without a queue. */
  #shareKept(queueMs: number, roundTripMs: number): number {
    const { baseMs } = this.#queue;
    // What is acknowledged now was sent a round trip ago, when the window was half as large.
    if (this.isInSlowStart) return (1 / 2) * (baseMs / Math.max(baseMs, roundTripMs));
    return Math.max((CARRIED_SHARE * baseMs) / (baseMs + queueMs), LEAST_SHARE);
  }
}

/** A short time with half of the window, in which the queue empties. */
interface Drain {
  /** The window after it. */
  resumeBytes: number;
  /** The average of its last round. */
  roundTripMs: number;
}

/** A quarter of what ITU-T G.114 allows for the whole way of speech … */
const HIGHEST_TARGET_MS = 36;
/** … for those that send 720 kbit/s or less. */
const HIGHEST_TARGET_BYTES_PER_MS = 90;
/**
 * For those that send 58 Mbit/s or more, who are no fairer to each other than chance is: shorter queues
 * are the hosts' own doing.
 */
const LOWEST_TARGET_MS = 4;
/** Slow start doubles the queue before its end is seen, and is to stop well before the target. */
const SLOW_START_TARGET_MS = 10;
/** A tick of the timestamps' clock: with less the queue is as good as empty. */
const EMPTY_MS = 4;
/** BBR's ProbeRTTInterval: where others keep the queue from emptying, this costs a few per cent. */
const EMPTY_EVERY_MS = 5_000;
/** Fewer samples have no average: where little is sent, or on a slow path, a round is longer … */
const LEAST_SAMPLES = 4;
/** … and where delays vary, longer still. */
const LEAST_JITTERY_SAMPLES = 8;
/** Of an average of eight samples in the dense traffic of a full path, hardly one is further off. */
const DEVIATIONS = 3;
/** Beyond the jitter of ±20 ms the mode would not hold the queue that it promises. */
const MOST_JITTER_MS = 40;
/** A little less than the path carries without a queue, so that the queue does empty. */
const CARRIED_SHARE = 0.95;
/** No step back is larger than TCP's answer to loss; the next round trip brings another. */
const LEAST_SHARE = 1 / 2;
/** Several round trips even through a queue of 500 ms: a queue of our own is gone by then. */
const YIELD_MS = 3_000;
/** Two that take turns like this must yield together at some time, to see that they are alone. */
const YIELD_AGAIN_MS = 2 * YIELD_MS;
/** Most of the time while others compete; after it, no longer, the queue is ours to empty again. */
const COMPETE_MS = 10_000;
