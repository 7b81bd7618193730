import type { Alarm } from "../../protocol/io.ts";
import type { Address } from "../../protocol/wire/address.ts";
import type { Prng } from "./prng.ts";
import type { TcpHeader } from "./tcp/segment.ts";

/** One UDP datagram or TCP segment under way. A NAT passes on a copy with other addresses. */
export interface Datagram {
  /** Counts what the lab's hosts send, from 0; a duplicate keeps the number of its original. */
  readonly index: number;
  readonly from: Address;
  readonly to: Address;
  readonly bytes: Uint8Array;
  /** IPv4 time to live or IPv6 hop limit: every router takes one, and drops it instead of passing 0 on. */
  readonly hops: number;
  /** Present if it is a TCP segment. */
  readonly tcp?: TcpHeader;
}

/**
 * What becomes of a datagram: `sent` first, then what happens on the way. `unreachable`: no such host,
 * or nobody bound to the port when it arrived. `hop-drop`: it has passed as many routers as it may.
 * The others are a NAT's: see `NatDrop`.
 */
export type Fate =
  | "sent"
  | "lost"
  | "mtu-drop"
  | "queue-drop"
  | "duplicated"
  | "delivered"
  | "unreachable"
  | "hop-drop"
  | "blocked"
  | "filtered"
  | "rejected"
  | "exhausted";

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
  alarm(ring: () => void): Alarm;
  note(datagram: Datagram, fate: Fate): void;
  /** Calls code outside the lab. */
  callOut(call: () => void): void;
  /** The lab's stream of randomness of this name. */
  random(stream: string): Prng;
  /** Numbers a datagram that sets out; undefined if the test's script loses it. */
  issue(datagram: Omit<Datagram, "index">): Datagram | undefined;
}

/** Bytes of the IP packet that carries a datagram: UDP takes 8, TCP 20, IPv4 20, IPv6 40. */
export function packetBytes(datagram: Datagram): number {
  const header = datagram.tcp ? 20 : 8;
  return datagram.bytes.length + header + (isV6(datagram.to.ip) ? 40 : 20);
}

export function isV6(ip: string): boolean {
  return ip.includes(":");
}

/** What a system writes into the IP header unless told otherwise: Linux and macOS. */
export const DEFAULT_HOPS = 64;
