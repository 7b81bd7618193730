import {
  ANSWER_MIN_MS,
  ERTO_ACK_DELAY_MS,
  ERTO_BACKOFF,
  ERTO_INITIAL_MS,
  ERTO_MAX_MS,
  ERTO_MIN_MS,
  TICK_MS,
  TIMESTAMP_ECHO_MAX_AGE_MS,
} from "../params.ts";
import type { PacketHeader } from "../wire/packet.ts";

/** What one packet told about the time its way takes. */
export interface DelaySample {
  /** Since the tick began in which it was sent: only that end of it is rounded to ticks. */
  readonly roundTripMs: number;
  /** The way to the far end in ticks, modulo 65536, and off by the difference of the clocks. */
  readonly oneWayTicks: number | undefined;
}

export type Stamps = Pick<PacketHeader, "timestampTicks" | "timestampEchoTicks">;

/** Timestamps, their echoes, and what they tell about the round trip, RFC 7016 §3.5.2.2. */
export class RoundTrip {
  #receivedTicks: number | undefined;
  #receivedAt = Number.NEGATIVE_INFINITY;
  #sentEchoTicks: number | undefined;
  #receivedEchoTicks: number | undefined;
  #smoothedMs: number | undefined;
  #variationMs = 0;
  #measuredTimeoutMs = ERTO_MIN_MS;
  #timeoutMs = ERTO_INITIAL_MS;

  /** SRTT in ms; undefined before the first measurement. */
  get smoothedMs(): number | undefined {
    return this.#smoothedMs;
  }

  /** MRTO */
  get measuredTimeoutMs(): number {
    return this.#measuredTimeoutMs;
  }

  /** ERTO: how long to wait for an acknowledgement. */
  get timeoutMs(): number {
    return this.#timeoutMs;
  }

  /** How long to wait for what is answered at once, as a Ping is, before something seems to be wrong. */
  get answerTimeoutMs(): number {
    if (this.#smoothedMs === undefined) return this.#timeoutMs;
    return Math.max(ANSWER_MIN_MS, this.#measuredTimeoutMs - ERTO_ACK_DELAY_MS);
  }

  /** Takes the timestamps of a received packet. Answers what they told, if anything. */
  receive(header: PacketHeader, now: number): DelaySample | undefined {
    const { timestampTicks, timestampEchoTicks } = header;
    if (timestampTicks !== undefined && timestampTicks !== this.#receivedTicks) {
      this.#receivedTicks = timestampTicks;
      this.#receivedAt = now;
    }
    const isNews =
      timestampEchoTicks !== undefined && timestampEchoTicks !== this.#receivedEchoTicks;
    if (!isNews) return undefined;
    this.#receivedEchoTicks = timestampEchoTicks;
    const elapsedTicks = (ticks(now) - timestampEchoTicks) & 0xffff;
    if (elapsedTicks > 0x7fff) return undefined;
    const wholeTicksMs = elapsedTicks * TICK_MS;
    this.#measure(wholeTicksMs);
    const roundTripMs = wholeTicksMs + (now % TICK_MS);
    if (timestampTicks === undefined) return { roundTripMs, oneWayTicks: undefined };
    // The far end's clock when it sent this, less ours when it would have been sent without a wait.
    return { roundTripMs, oneWayTicks: (timestampTicks - timestampEchoTicks) & 0xffff };
  }

  /** What was received has waited here before: its timestamp would tell of a longer way. */
  forgetReceived(): void {
    this.#receivedTicks = undefined;
  }

  /** Timestamps for a packet that may be sent now; an echo only if it changed. */
  stamp(now: number): Stamps {
    return { timestampTicks: ticks(now), timestampEchoTicks: this.#nextEcho(now) };
  }

  /** A packet with these was sent. */
  noteSent({ timestampEchoTicks }: Stamps): void {
    if (timestampEchoTicks !== undefined) this.#sentEchoTicks = timestampEchoTicks;
  }

  /** After a retransmission timeout. */
  backOff(): void {
    const backedOff = Math.min(this.#timeoutMs * ERTO_BACKOFF, ERTO_MAX_MS);
    this.#timeoutMs = Math.max(backedOff, this.#measuredTimeoutMs);
  }

  /**
   * The session goes on over another path: what was measured does not hold there. `roundTripMs`: a
   * first measurement, if there is one.
   */
  restart(roundTripMs: number | undefined): void {
    this.#smoothedMs = undefined;
    this.#variationMs = 0;
    this.#measuredTimeoutMs = ERTO_MIN_MS;
    this.#timeoutMs = ERTO_INITIAL_MS;
    if (roundTripMs !== undefined) this.#measure(roundTripMs);
  }

  #nextEcho(now: number): number | undefined {
    const elapsedMs = now - this.#receivedAt;
    if (elapsedMs > TIMESTAMP_ECHO_MAX_AGE_MS || this.#receivedTicks === undefined) {
      this.#receivedTicks = undefined;
      this.#sentEchoTicks = undefined;
      return undefined;
    }
    const echo = (this.#receivedTicks + Math.floor(elapsedMs / TICK_MS)) & 0xffff;
    return echo === this.#sentEchoTicks ? undefined : echo;
  }

  #measure(roundTripMs: number): void {
    if (this.#smoothedMs === undefined) {
      this.#smoothedMs = roundTripMs;
      this.#variationMs = roundTripMs / 2;
    } else {
      const difference = Math.abs(this.#smoothedMs - roundTripMs);
      this.#variationMs = (3 * this.#variationMs + difference) / 4;
      this.#smoothedMs = (7 * this.#smoothedMs + roundTripMs) / 8;
    }
    this.#measuredTimeoutMs = this.#smoothedMs + 4 * this.#variationMs + ERTO_ACK_DELAY_MS;
    this.#timeoutMs = Math.max(this.#measuredTimeoutMs, ERTO_MIN_MS);
  }
}

/** Our clock on the wire, RFC 7016 §2.2.4. */
export function ticks(now: number): number {
  return Math.floor(now / TICK_MS) & 0xffff;
}
