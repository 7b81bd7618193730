import { DATAGRAM_BYTES } from "../params.ts";
import {
  acksInOne,
  type Congestion,
  type CongestionSample,
  type TimeCriticality,
} from "./congestion.ts";

/**
 * The congestion window of RFC 7016 Appendix A: slow start, additive increase in small steps, half on
 * loss, or one eighth less where real-time data wants a smoother rate.
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
   * Figure 25, with two departures: the losses of one window count once (RFC 5681 §4.3), and its limit of
   * a segment is one for each acknowledgement that this one stands for.
   */
  adjust(sample: CongestionSample): void {
    const { critical, outstandingBefore } = sample;
    if (sample.isFirstLoss) {
      const isGentle =
        critical.isSentHere || (outstandingBefore > SCALABLE_BYTES && critical.mayGrowFast);
      this.settle(outstandingBefore * (isGentle ? 7 / 8 : 1 / 2));
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

/** SMSS, Appendix A.2: where nothing is known, or not any more, that of the smallest packets. */
const SEGMENT_BYTES = DATAGRAM_BYTES;
/** CWND_INIT, Appendix A.2: RFC 5681 §3.1 allows three segments of our size. */
const INITIAL_BYTES = 3 * SEGMENT_BYTES;
/** Appendix A.1: from here on 1 % a round trip is more than 768 bytes. */
const SCALABLE_BYTES = 67_200;
