import type { AckSummary } from "../flow/send-flows.ts";
import { DATAGRAM_BYTES, MAX_BURST_PACKETS } from "../params.ts";

/** What time critical traffic tells the window, RFC 7016 §3.5.2.1. */
export interface TimeCriticality {
  /** We sent time critical data on this session within 800 ms. */
  readonly isSentHere: boolean;
  /** The window may grow at the normal rate: no time critical traffic elsewhere has precedence. */
  readonly mayGrowFast: boolean;
}

/**
 * The congestion window, RFC 7016 Appendix A: slow start, additive increase in small steps, half on
 * loss, or one eighth less where real-time data wants a smoother rate. It also keeps bursts small
 * (§3.5.2.3).
 */
export class Congestion {
  #windowBytes = INITIAL_BYTES;
  #slowStartBytes = Number.POSITIVE_INFINITY;
  #accumulatedBytes = 0;
  #burstPackets = 0;

  get windowBytes(): number {
    return this.#windowBytes;
  }

  maySend(outstandingBytes: number): boolean {
    return outstandingBytes < this.#windowBytes && this.#burstPackets < MAX_BURST_PACKETS;
  }

  noteDataPacket(): void {
    this.#burstPackets += 1;
  }

  noteAcknowledgement(): void {
    this.#burstPackets = 0;
  }

  /** Figure 24. `anyLoss`: something was in flight when the retransmission timeout rang. */
  timeOut(anyLoss: boolean): void {
    this.#slowStartBytes = Math.max(this.#slowStartBytes, (this.#windowBytes * 3) / 4);
    this.#accumulatedBytes = 0;
    this.#windowBytes = anyLoss ? SEGMENT_BYTES : INITIAL_BYTES;
    this.#burstPackets = 0;
  }

  /** Figure 25, after each packet with acknowledgements. */
  adjust(ack: AckSummary, outstandingBefore: number, critical: TimeCriticality): void {
    if (ack.anyLoss) {
      const isGentle =
        critical.isSentHere || (outstandingBefore > SCALABLE_BYTES && critical.mayGrowFast);
      const share = isGentle ? 7 / 8 : 1 / 2;
      this.#slowStartBytes = Math.max(outstandingBefore * share, INITIAL_BYTES);
      this.#windowBytes = this.#slowStartBytes;
      this.#accumulatedBytes = 0;
    } else if (!ack.anyNaks && outstandingBefore >= this.#windowBytes) {
      const increase = Math.min(this.#increase(ack.acknowledgedBytes, critical), SEGMENT_BYTES);
      this.#windowBytes = Math.max(this.#windowBytes + increase, INITIAL_BYTES);
    }
  }

  #increase(acknowledgedBytes: number, critical: TimeCriticality): number {
    const isSlowStart = this.#windowBytes < this.#slowStartBytes;
    if (critical.mayGrowFast) {
      return isSlowStart ? acknowledgedBytes : this.#accumulate(acknowledgedBytes, 48, 4_800);
    }
    if (isSlowStart && critical.isSentHere) return Math.ceil(acknowledgedBytes / 4);
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

/** SMSS, Appendix A.2 */
const SEGMENT_BYTES = DATAGRAM_BYTES;
/** CWND_INIT, Appendix A.2: RFC 5681 §3.1 allows three segments of our size. */
const INITIAL_BYTES = 3 * SEGMENT_BYTES;
/** Appendix A.1: from here on 1 % a round trip is more than 768 bytes. */
const SCALABLE_BYTES = 67_200;
