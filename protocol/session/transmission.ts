import type { AckSummary, SendFlows, SendGate } from "../flow/send-flows.ts";
import { DATAGRAM_BYTES } from "../params.ts";
import type { Compat } from "../wire/compat.ts";
import type { PacketHeader } from "../wire/packet.ts";
import { BitrateEstimate } from "./bitrate-estimate.ts";
import type { Congestion, CongestionMode } from "./congestion.ts";
import { DelayCongestion } from "./delay-congestion.ts";
import { LossCongestion } from "./loss-congestion.ts";
import { Pacer } from "./pacer.ts";
import type { AssembledPacket } from "./packet-assembler.ts";
import type { PathMtu } from "./path-mtu.ts";
import type { RoundTrip } from "./round-trip.ts";
import { TailProbe } from "./tail-probe.ts";
import type { TimeCritical } from "./time-critical.ts";

export interface TransmissionParts {
  /** What `timeCritical` tells sessions apart by: it may outlive them. */
  readonly nearSessionId: number;
  readonly sending: SendFlows;
  readonly roundTrip: RoundTrip;
  readonly pathMtu: PathMtu;
  readonly timeCritical: TimeCritical<number>;
  readonly mode: CongestionMode;
  /** "flash": the far end sets a time critical flag in every packet, which says nothing then. */
  readonly compat: Compat | undefined;
}

/**
 * When a session may send user data, and when it gives up waiting for an acknowledgement: the
 * transmission budget of RFC 7016 §3.5.2 and the timeout of §3.6.2.6.
 */
export class Transmission implements SendGate {
  readonly #parts: TransmissionParts;
  readonly #pacer: Pacer;
  #congestion: Congestion;
  #bitrate = new BitrateEstimate();
  #probe = new TailProbe();
  /** TIMEOUT_ALARM: set while something is in flight. */
  #retransmitAt = Number.POSITIVE_INFINITY;
  #timeCriticalSentAt = Number.NEGATIVE_INFINITY;
  #timeCriticalReverseAt = Number.NEGATIVE_INFINITY;

  constructor(parts: TransmissionParts) {
    this.#parts = parts;
    this.#pacer = new Pacer(parts.pathMtu);
    this.#congestion = newCongestion(parts.mode);
  }

  get timeout(): number {
    return Math.min(this.#retransmitAt, this.#pacer.timeout, this.#probe.timeout);
  }

  get windowBytes(): number {
    return this.#congestion.windowBytes;
  }

  /**
   * The size of packets. Where the window is small, they are smaller than the path would carry: a single
   * one in flight is acknowledged only after DELAYED_ACK_MS, and it takes some behind it to tell of a loss.
   */
  get packetBytes(): number {
    const { datagramBytes } = this.#parts.pathMtu;
    return Math.min(datagramBytes, Math.max(SMALL_PACKET_BYTES, Math.floor(this.windowBytes / 4)));
  }

  get estimatedBitrate(): number | undefined {
    return this.#bitrate.bitsPerSecond;
  }

  /** The estimate, if it has changed by so much that it is worth telling. */
  takeBitrateNews(now: number): number | undefined {
    return this.#bitrate.takeNews(now);
  }

  /** RFC 7016 §3.6.2.3: does the budget allow more user data next to what is in flight? */
  maySend(outstandingBytes: number, now: number): boolean {
    if (outstandingBytes >= this.#congestion.windowBytes) return false;
    return this.#probe.isOwed || this.#pacer.maySend(this.#bytesPerMs, now);
  }

  /** The timeCriticalReverse flag of the next packet, RFC 7016 §2.2.4. */
  isTimeCriticalElsewhere(now: number): boolean {
    const { timeCritical, nearSessionId } = this.#parts;
    return timeCritical.isReceivedElsewhere(nearSessionId, now);
  }

  noteSent({ datagram, userData }: AssembledPacket, now: number): void {
    const { sending, roundTrip, pathMtu, timeCritical } = this.#parts;
    if (userData !== "nothing") {
      pathMtu.noteSent(datagram.length);
      if (datagram.length > DATAGRAM_BYTES) sending.noteLargePacket();
      this.#pacer.noteSent(datagram.length);
      this.#retransmitAt = now + roundTrip.timeoutMs;
      this.#probe.noteSent(roundTrip, now);
    }
    if (userData !== "time-critical") return;
    this.#timeCriticalSentAt = now;
    timeCritical.noteSent(now);
  }

  noteReceived(header: PacketHeader, now: number): void {
    const { nearSessionId, roundTrip, timeCritical, compat } = this.#parts;
    const sample = roundTrip.receive(header, now);
    if (sample) this.#congestion.measure?.(sample, now);
    if (compat === "flash") return;
    if (header.timeCritical) timeCritical.noteReceived(nearSessionId, now);
    if (header.timeCriticalReverse) this.#timeCriticalReverseAt = now;
  }

  /** After a packet with acknowledgements; `outstandingBefore` is what was in flight before it. */
  noteAcknowledged(outstandingBefore: number, now: number): void {
    const { sending, roundTrip, pathMtu } = this.#parts;
    const summary = sending.endPacket();
    const acknowledgedBytes = summary?.acknowledgedBytes ?? 0;
    const isRateKnown = this.#bytesPerMs !== undefined;
    const hasHeldBack = this.#pacer.noteAcknowledgement(acknowledgedBytes, isRateKnown);
    const { windowBytes } = this.#congestion;
    // RFC 7661: a window of which less than half is in flight is not validated, whatever held data back.
    const isLimited = outstandingBefore >= (hasHeldBack ? windowBytes / 2 : windowBytes);
    const isWaiting = sending.outstandingBytes > 0;
    if (summary) {
      this.#adjust({ outstandingBefore, isLimited, ...summary }, now);
      pathMtu.noteAcknowledged(sending.takeLargePacketFates());
      this.#probe.noteAcknowledged(isWaiting, roundTrip, now);
    }
    this.#retransmitAt = isWaiting ? now + roundTrip.timeoutMs : Number.POSITIVE_INFINITY;
  }

  /**
   * The session goes on over another path. What is in flight was sent to where nobody may be: it is
   * sent again at once. Its loss tells nothing of congestion, but unless the path `isSimilar`, what was
   * learnt of the old one does not hold for the new.
   */
  changePath(isSimilar: boolean): void {
    const { sending, mode } = this.#parts;
    sending.loseAll();
    sending.takeLargePacketFates();
    this.#retransmitAt = Number.POSITIVE_INFINITY;
    this.#probe = new TailProbe();
    this.#pacer.reset();
    if (isSimilar) return;
    this.#congestion = newCongestion(mode);
    this.#bitrate = new BitrateEstimate();
  }

  advance(now: number): void {
    const { sending, roundTrip, pathMtu } = this.#parts;
    if (now >= this.#pacer.timeout) this.#pacer.rest();
    const isProbeDue = this.#probe.takeDue(now);
    if (isProbeDue || now >= this.#retransmitAt) this.#bitrate.noteStall();
    if (isProbeDue) sending.retryLast();
    if (now < this.#retransmitAt) return;
    this.#retransmitAt = Number.POSITIVE_INFINITY;
    const anyLoss = sending.loseAll();
    pathMtu.noteTimeout(sending.takeLargePacketFates());
    if (anyLoss) roundTrip.backOff();
    this.#congestion.timeOut(anyLoss);
    this.#pacer.reset();
  }

  #adjust(
    ack: AckSummary & { readonly outstandingBefore: number; readonly isLimited: boolean },
    now: number,
  ): void {
    const { timeCritical, roundTrip } = this.#parts;
    const sentAt = this.#timeCriticalSentAt;
    const critical = timeCritical.assess(sentAt, this.#timeCriticalReverseAt, now);
    this.#congestion.adjust({ critical, packetBytes: this.packetBytes, ...ack });
    const { smoothedMs } = roundTrip;
    if (smoothedMs === undefined) return;
    const { windowBytes, provenBytes } = this.#congestion;
    // While slow start returns to what the path has carried, it is the window that limits the rate.
    if (windowBytes < provenBytes) this.#bitrate.noteStall();
    else {
      const { acknowledgedBytes, isLimited } = ack;
      this.#bitrate.noteAcknowledged(acknowledgedBytes, isLimited, provenBytes, smoothedMs, now);
    }
  }

  /** The pace; undefined where the round trip is unknown or too short for the clock on the wire. */
  get #bytesPerMs(): number | undefined {
    const { smoothedMs } = this.#parts.roundTrip;
    if (smoothedMs === undefined || smoothedMs < PACED_ROUND_TRIP_MS) return undefined;
    const gain = this.#congestion.isInSlowStart ? SLOW_START_GAIN : AVOIDANCE_GAIN;
    return (gain * this.#congestion.windowBytes) / smoothedMs;
  }
}

function newCongestion(mode: CongestionMode): Congestion {
  return mode === "delay" ? new DelayCongestion() : new LossCongestion();
}

/** What most paths carry: the smallest window has room for two. */
const SMALL_PACKET_BYTES = 1_472;
/** The timestamps' clock has ticks of 4 ms: shorter round trips are rounding errors. */
const PACED_ROUND_TRIP_MS = 4.5;
/** The window doubles each round trip and is not to be held back by its pacing … */
const SLOW_START_GAIN = 2;
/** … nor is it later, when it grows slowly but the round trip varies. */
const AVOIDANCE_GAIN = 1.25;
