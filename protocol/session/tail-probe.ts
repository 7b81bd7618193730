import { ERTO_ACK_DELAY_MS } from "../params.ts";
import type { RoundTrip } from "./round-trip.ts";

/**
 * Sends the last fragment once more if its acknowledgement is late, in the spirit of RFC 8985 §7: at
 * the end of what there is to send, nothing later is acknowledged that would tell of a loss, and the
 * retransmission timeout may be far, 3 s while no round trip was measured. Where the timeout is
 * nearer, as it is when round trips vary little, there is no probe.
 */
export class TailProbe {
  #probeAt = Number.POSITIVE_INFINITY;
  /**
   * One probe until something is acknowledged: what it sends is not probed for. A receiver without
   * room answers a probe all the same, and then only the timeout sends what it is waiting for.
   */
  #mayProbe = true;
  #isOwed = false;

  get timeout(): number {
    return this.#probeAt;
  }

  /** The next packet is the probe: no pace holds it back, where nothing but its answer would let it go on. */
  get isOwed(): boolean {
    return this.#isOwed;
  }

  noteSent(roundTrip: RoundTrip, now: number): void {
    this.#isOwed = false;
    if (!this.#mayProbe) return;
    const { smoothedMs, timeoutMs } = roundTrip;
    const waitMs = smoothedMs === undefined ? FIRST_MS : 2 * smoothedMs + ERTO_ACK_DELAY_MS;
    this.#probeAt = waitMs < timeoutMs ? now + waitMs : Number.POSITIVE_INFINITY;
  }

  /** Something new was acknowledged; `isWaiting`: not everything. */
  noteAcknowledged(isWaiting: boolean, roundTrip: RoundTrip, now: number): void {
    this.#mayProbe = true;
    this.#isOwed = false;
    this.#probeAt = Number.POSITIVE_INFINITY;
    if (isWaiting) this.noteSent(roundTrip, now);
  }

  takeDue(now: number): boolean {
    if (now < this.#probeAt) return false;
    this.#probeAt = Number.POSITIVE_INFINITY;
    this.#mayProbe = false;
    this.#isOwed = true;
    return true;
  }
}

/** RFC 8985 §7.2: while no round trip was measured. */
const FIRST_MS = 1_000;
