import { BUFFER_PROBE_FIRST_MS, BUFFER_PROBE_MAX_MS, INITIAL_WINDOW_BYTES } from "../params.ts";
import type { Compat } from "../wire/compat.ts";

/** What the receiver of a flow has room for, and the probes that ask for it, RFC 7016 §3.6.2.9. */
export class FarWindow {
  readonly #compat: Compat | undefined;
  #bytes = INITIAL_WINDOW_BYTES;
  #probeAt = Number.POSITIVE_INFINITY;
  #probeIntervalMs = BUFFER_PROBE_FIRST_MS;

  constructor(compat: Compat | undefined) {
    this.#compat = compat;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** When a probe is due, ms. */
  get timeout(): number {
    return this.#probeAt;
  }

  /**
   * A far end of the Flash kind must not be probed (librtmfp and MonaServer end the session). Its
   * windows are constants that mean nothing: one of 0 leaves room for a chunk, whose repetition asks.
   */
  set(bytes: number): void {
    this.#bytes = this.#compat === "flash" ? Math.max(bytes, 1) : bytes;
    if (this.#bytes === 0) return;
    this.stopProbing();
    this.#probeIntervalMs = BUFFER_PROBE_FIRST_MS;
  }

  /** There is something to send, but no room: asks for it, and again until there is. */
  startProbing(now: number): void {
    if (this.#probeAt === Number.POSITIVE_INFINITY) this.#probeAt = now + this.#probeIntervalMs;
  }

  stopProbing(): void {
    this.#probeAt = Number.POSITIVE_INFINITY;
  }

  /** Answers true if a Buffer Probe is to be sent, RFC 7016 §3.6.2.9.1. */
  takeProbe(now: number): boolean {
    if (now < this.#probeAt) return false;
    this.#probeIntervalMs = Math.min(this.#probeIntervalMs * Math.SQRT2, BUFFER_PROBE_MAX_MS);
    this.#probeAt = now + this.#probeIntervalMs;
    return true;
  }
}
