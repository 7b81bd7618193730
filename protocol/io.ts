import type { Address } from "./wire/address.ts";

/** Everything the core may ask of the world. `node/io.ts` is the real one; `rtmfp/lab` has another. */
export interface Io {
  /** Monotonic time in milliseconds. */
  now(): number;
  /** `length` unpredictable bytes. */
  random(length: number): Uint8Array;
  /** One timer that can be set again; setting it replaces what was set. */
  alarm(ring: () => void): Alarm;
  /**
   * Opens a datagram link. Port 0 lets the system choose; ip "0.0.0.0" or "::" means every interface.
   * Rejects with `ADDRESS_IN_USE` or `UNREACHABLE`.
   */
  bind(local: Address, receive: Receive): Promise<Link>;
}

/**
 * Takes a datagram. `next`: another call follows at once, with a datagram from the "same" address or from
 * "another" one. What comes together is cheaper to decrypt, and acknowledged together; what there is to
 * send can wait until all have come.
 */
export type Receive = (bytes: Uint8Array, from: Address, next?: "same" | "another") => void;

export interface Alarm {
  /** Rings at `at` (ms on `Io.now`); `Infinity` silences it. */
  set(at: number): void;
}

/** One datagram socket. `send` never throws: a datagram that cannot be sent is a lost datagram. */
export interface Link {
  readonly address: Address;
  /** `ttlHops`: hops it may pass, 1 to 255; undefined: the system's default. */
  send(bytes: Uint8Array, to: Address, ttlHops?: number): void;
  /**
   * Bytes of UDP payload that are known to reach this address without being cut up, so that it makes
   * sense to try them; undefined: nothing is known of the way there.
   */
  maxDatagramBytes?(to: Address): number | undefined;
  close(): Promise<void>;
}
