import type { AckSummary } from "../flow/send-flows.ts";
import type { DelaySample } from "./round-trip.ts";

/**
 * How a session finds out how much the network carries: from losses (RFC 7016 Appendix A), or from
 * waiting times as well, so that queues stay short for interactive media.
 */
export type CongestionMode = "loss" | "delay";

/** What time critical traffic tells the window, RFC 7016 §3.5.2.1. */
export interface TimeCriticality {
  /** We sent time critical data on this session within 800 ms. */
  readonly isSentHere: boolean;
  /** The window may grow at the normal rate: no time critical traffic elsewhere has precedence. */
  readonly mayGrowFast: boolean;
}

/** What a packet with acknowledgements tells the window. */
export interface CongestionSample extends AckSummary {
  /** PRE_ACK_OUTSTANDING: bytes in flight before the packet came. */
  readonly outstandingBefore: number;
  /** The window or its pacing held data back: only a window that is used up may grow. */
  readonly isLimited: boolean;
  readonly critical: TimeCriticality;
  /** What a full packet has on this path. */
  readonly packetBytes: number;
}

/** A congestion window, RFC 7016 §3.5.2. */
export interface Congestion {
  /** Bytes that may be in flight. */
  readonly windowBytes: number;
  /** The window that the path has carried, to which a timeout lets slow start return. */
  readonly provenBytes: number;
  readonly isInSlowStart: boolean;
  /** After each packet that acknowledged something new. */
  adjust(sample: CongestionSample): void;
  /** `anyLoss`: something was in flight when the retransmission timeout rang. */
  timeOut(anyLoss: boolean): void;
  /** A packet told how long the way takes; comes before its acknowledgements. */
  measure?(sample: DelaySample, now: number): void;
}
