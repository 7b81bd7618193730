import type { Address } from "../../protocol/wire/address.ts";

/** One UDP datagram under way. */
export interface Datagram {
  /** Counts what the lab's hosts send, from 0; a duplicate keeps the number of its original. */
  readonly index: number;
  readonly from: Address;
  readonly to: Address;
  readonly bytes: Uint8Array;
}

/**
 * What becomes of a datagram: `sent` first, then what happens on the way. `unreachable`: no such host,
 * or nobody bound to the port when it arrived.
 */
export type Fate =
  | "sent"
  | "lost"
  | "mtu-drop"
  | "queue-drop"
  | "duplicated"
  | "delivered"
  | "unreachable";

/** One piece of the way from host to host. It hands the datagram on, in this call or later, or not at all. */
export interface Stage {
  carry(datagram: Datagram, next: (datagram: Datagram) => void): void;
}

/** What the pieces of a lab ask of it. */
export interface World {
  /** Virtual time in milliseconds. */
  now(): number;
  /** Runs `run` at `at`, or at once (but not in this call) if that is past. */
  schedule(at: number, run: () => void): void;
  note(datagram: Datagram, fate: Fate): void;
}

/** Bytes of the IP packet that carries a datagram: UDP takes 8, IPv4 20, IPv6 40. */
export function packetBytes(datagram: Datagram): number {
  return datagram.bytes.length + 8 + (datagram.to.ip.includes(":") ? 40 : 20);
}
