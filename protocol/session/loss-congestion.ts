import { DATAGRAM_BYTES } from "../params.ts";
import {
  acksInOne,
  type Congestion,
  type CongestionSample,
  type TimeCriticality,
} from "./congestion.ts";

/**
 * The congestion window of RFC 7016 Appendix A: slow start, additive increase in small steps, and on
 * loss seven tenths, or one eighth less where real-time data wants a smoother rate.
 */
export class LossCongestion implements Congestion {
  #windowBytes = INITIAL_BYTES;
  #slowStartBytes = Number.POSITIVE_INFINITY;
  #accumulatedBytes = 0;

  get windowBytes(): number {
    return this.#windowBytes;
  }

  get provenBytes(): number {
    const isKnown = this.#slowStartBytes < Number.POSITIVE_INFINITY;
    return isKnown ? Math.max(this.#windowBytes, this.#slowStartBytes) : this.#windowBytes;
  }

  get isInSlowStart(): boolean {
    return this.#windowBytes < this.#slowStartBytes;
  }

  /** Figure 24 */
  timeOut(anyLoss: boolean): void {
    this.#slowStartBytes = Math.max(this.#slowStartBytes, (this.#windowBytes * 3) / 4);
    this.#accumulatedBytes = 0;
    this.#windowBytes = anyLoss ? SEGMENT_BYTES : INITIAL_BYTES;
  }

  /**
   * Figure 25, with three departures: the losses of one window count once (RFC 5681 §4.3), its limit of
   * a segment is one for each acknowledgement that this one stands for, and what a loss takes of bulk
   * data does not depend on the window.
   */
  adjust(sample: CongestionSample): void {
    const { critical, outstandingBefore } = sample;
    if (sample.isFirstLoss) {
      this.settle(outstandingBefore * lossFactor(critical));
    } else if (!sample.anyNaks && sample.isLimited) {
      const { acknowledgedBytes, packetBytes } = sample;
      const limit = packetBytes * acksInOne(acknowledgedBytes, packetBytes);
      const increase = Math.min(this.#increase(acknowledgedBytes, critical), limit);
      this.#windowBytes = Math.max(this.#windowBytes + increase, INITIAL_BYTES);
    }
  }

  /** Sets the window and ends slow start. */
  settle(bytes: number): void {
    this.#windowBytes = Math.max(bytes, INITIAL_BYTES);
    this.#slowStartBytes = this.#windowBytes;
    this.#accumulatedBytes = 0;
  }

  #increase(acknowledgedBytes: number, critical: TimeCriticality): number {
    if (critical.mayGrowFast) {
      return this.isInSlowStart
        ? acknowledgedBytes
        : this.#accumulate(acknowledgedBytes, 48, 4_800);
    }
    if (this.isInSlowStart && critical.isSentHere) return Math.ceil(acknowledgedBytes / 4);
    return this.#accumulate(acknowledgedBytes, 24, critical.isSentHere ? 2_400 : 4_800);
  }

  /** One step for each sixteenth of a window that was acknowledged, spread over the round trip. */
  #accumulate(acknowledgedBytes: number, stepBytes: number, cap: number): number {
    this.#accumulatedBytes += acknowledgedBytes;
    const threshold = Math.min(Math.max(this.#windowBytes / 16, 64), cap);
    const steps = Math.floor(this.#accumulatedBytes / threshold);
    this.#accumulatedBytes -= steps * threshold;
    return steps * stepBytes;
  }
}

/**
 * The share of the window that is left after a loss. For bulk data Figure 25 has one half, and seven
 * eighths from 67,200 bytes on: a newcomer, whose window is below that, would give up more at each loss
 * than a session above it for ever. The 768 bytes that are added each round trip are the half segment
 * that with 0.7 is as fair to TCP as a whole one with one half, RFC 9438 §4.3 and §4.6.
 */
function lossFactor(critical: TimeCriticality): number {
  if (critical.isSentHere) return 7 / 8;
  return critical.mayGrowFast ? 0.7 : 1 / 2;
}

/** SMSS, Appendix A.2: where nothing is known, or not any more, that of the smallest packets. */
const SEGMENT_BYTES = DATAGRAM_BYTES;
/** CWND_INIT, Appendix A.2: RFC 5681 §3.1 allows three segments of our size. */
const INITIAL_BYTES = 3 * SEGMENT_BYTES;
