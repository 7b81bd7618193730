import type { AckSummary } from "../flow/send-flows.ts";
import { ACK_EVERY_PACKETS, MAX_ACKS_IN_ONE } from "../params.ts";
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

/**
 * For how many acknowledgements one of so many bytes stands. RFC 7016 wants one for every second packet
 * (§3.6.3.4.1), and lets the window grow by a segment (Figure 25) and six packets go (§3.5.2.3) for each.
 * A receiver that takes many packets from its socket at once, as ours does, has no reason to send as many
 * acknowledgements back, and is not to be starved for it: as in RFC 3465 it is the bytes that count, not
 * the acknowledgements. Unlike there (§2.2, two segments) the limit is `MAX_ACKS_IN_ONE`, for what is
 * paced is no burst (§2.3); a receiver that acknowledges every second packet gets the RFC's own numbers.
 */
export function acksInOne(acknowledgedBytes: number, packetBytes: number): number {
  const acks = acknowledgedBytes / (ACK_EVERY_PACKETS * packetBytes);
  return Math.min(Math.max(1, acks), MAX_ACKS_IN_ONE);
}
