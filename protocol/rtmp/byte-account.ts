import { BandwidthLimit, type ProtocolControl } from "./control.ts";

/**
 * The bytes that a connection has received: when to acknowledge them, and which windows both ends have
 * announced, RTMP 1.0 §5.4.3 to §5.4.5. Counts on the wire are modulo 2^32.
 */
export class ByteAccount {
  #receivedBytes = 0;
  #acknowledgedBytes = 0;
  #windowBytes = DEFAULT_WINDOW_BYTES;
  /** The window that was announced to the far end, and whether it was ordered with a hard limit. */
  #announcedBytes: number | undefined;
  #isHard = false;

  received(count: number): void {
    this.#receivedBytes += count;
  }

  /** The acknowledgement to send now, twice a window: a late one makes some encoders stop. */
  acknowledge(): ProtocolControl | undefined {
    const unacknowledged = this.#receivedBytes - this.#acknowledgedBytes;
    if (unacknowledged * 2 < this.#windowBytes) return undefined;
    this.#acknowledgedBytes = this.#receivedBytes;
    return { type: "acknowledgement", receivedBytes: this.#receivedBytes >>> 0 };
  }

  /** A control is about to be sent. */
  announce(control: ProtocolControl): void {
    if (control.type === "windowAckSize") this.#announcedBytes = control.windowBytes;
  }

  /** A control was received; answers what to send back. */
  obey(control: ProtocolControl): ProtocolControl | undefined {
    if (control.type === "windowAckSize" && control.windowBytes > 0) {
      this.#windowBytes = control.windowBytes;
    }
    if (control.type !== "setPeerBandwidth") return undefined;
    return this.#limit(control.windowBytes, control.limit);
  }

  /**
   * §5.4.5: a soft limit only lowers the window, a dynamic one is hard after a hard one and nothing
   * otherwise; a window that the far end does not know yet is announced.
   */
  #limit(windowBytes: number, limit: BandwidthLimit): ProtocolControl | undefined {
    if (limit === BandwidthLimit.dynamic && !this.#isHard) return undefined;
    this.#isHard = limit !== BandwidthLimit.soft;
    const known = this.#announcedBytes ?? windowBytes;
    const next = this.#isHard ? windowBytes : Math.min(windowBytes, known);
    return next === this.#announcedBytes ? undefined : { type: "windowAckSize", windowBytes: next };
  }
}

/** Until the far end says how often it wants to be acknowledged: what servers usually announce. */
const DEFAULT_WINDOW_BYTES = 2_500_000;
