import type { Crypto } from "../crypto/crypto.ts";
import type { LargePacketFates } from "../flow/in-flight.ts";
import {
  BLACK_HOLE_LOSSES,
  DATAGRAM_BYTES,
  MAX_UDP_PAYLOAD_BYTES,
  MTU_MAX_PROBES,
  MTU_RAISE_MS,
  SAME_MACHINE_DATAGRAM_BYTES,
} from "../params.ts";
import { isLoopback } from "../wire/ip.ts";
import { isSimilarPath, type Path } from "./events.ts";
import { markedMessage, PingMark } from "./ping-mark.ts";

/** A datagram of exactly this size with a Ping whose answer tells that the path carries it. */
export interface MtuProbe {
  readonly datagramBytes: number;
  readonly message: Uint8Array;
}

/**
 * How large datagrams may be on the way to the far end: path MTU discovery, RFC 7016 §3.5.4.3, as
 * RFC 8899 does it, but in sizes of UDP payload. It needs no timer: only a session that fills its
 * datagrams has use for larger ones, so each that is filled asks whether a probe is due.
 */
export class PathMtu {
  readonly #crypto: Pick<Crypto, "random" | "equal">;
  /** Of the user's choice or the link's knowledge, in place of what the address suggests. */
  readonly #maxBytesOf: (path: Path) => number | undefined;
  #path: Path | undefined;
  /** Sizes worth trying on this path, all above the base; undefined before the first is to be tried. */
  #sizes: readonly number[] | undefined;
  /** Index of the largest that is known to pass; -1: none but the base. */
  #passes = -1;
  /** Index of the smallest that is known, or suspected, not to; the number of sizes: none. */
  #fails = 0;
  /** The largest size below that has not been tried: it passes on most paths. */
  #isFresh = true;
  #datagramBytes = DATAGRAM_BYTES;
  #probe: Probe | undefined;
  #isWanted = false;
  #raiseAt = Number.POSITIVE_INFINITY;
  /** Large packets lost since the last one that arrived. */
  #largeLosses = 0;

  constructor(
    crypto: Pick<Crypto, "random" | "equal">,
    maxBytesOf: (path: Path) => number | undefined,
  ) {
    this.#crypto = crypto;
    this.#maxBytesOf = maxBytesOf;
  }

  /** PLPMTU: bytes of UDP payload that the path carries. */
  get datagramBytes(): number {
    return this.#datagramBytes;
  }

  /** The session's packets go over `path`. Unless it is similar to the one before, all is forgotten. */
  follow(path: Path): void {
    if (path === this.#path) return;
    const before = this.#path;
    this.#path = path;
    if (before && isSimilarPath(before, path)) return;
    this.#sizes = undefined;
    this.#restart(0);
  }

  /** A datagram with user data was sent. */
  noteSent(bytes: number): void {
    if (bytes > this.#datagramBytes / 2) this.#isWanted = true;
  }

  /** The probe to send now, if one is due. `timeoutMs`: how long to wait for its answer (ERTO). */
  takeProbe(now: number, timeoutMs: number): MtuProbe | undefined {
    if (!this.#isWanted) return undefined;
    this.#isWanted = false;
    if (this.#probe && now < this.#probe.lostAt) return undefined;
    this.#noteProbeLost();
    const sizes = this.#sizesHere();
    if (now >= this.#raiseAt) {
      this.#raiseAt = Number.POSITIVE_INFINITY;
      this.#fails = sizes.length;
      this.#isFresh = true;
    }
    const index = this.#next();
    const datagramBytes = sizes[index];
    if (datagramBytes === undefined) {
      this.#rest(sizes.length, now);
      return undefined;
    }
    const again = this.#probe?.index === index ? this.#probe : undefined;
    this.#probe = {
      index,
      message: again?.message ?? markedMessage(this.#crypto, PingMark.pathMtu),
      losses: again?.losses ?? 0,
      lostAt: now + timeoutMs,
      isPathAlive: false,
    };
    return { datagramBytes, message: this.#probe.message };
  }

  /**
   * A Ping Reply. That of a transcribed-Flash far end is empty and confirms nothing: on the way to
   * those the base size stays.
   */
  takeReply(message: Uint8Array): void {
    const probe = this.#probe;
    if (!probe || !this.#crypto.equal(message, probe.message)) return;
    this.#probe = undefined;
    this.#use(probe.index);
    this.#isWanted = true;
  }

  /** After each packet that acknowledged user data. */
  noteAcknowledged({ anyArrived, lost }: LargePacketFates): void {
    if (this.#probe) this.#probe.isPathAlive = true;
    this.#largeLosses = anyArrived ? 0 : this.#largeLosses + lost;
    if (this.#largeLosses >= BLACK_HOLE_LOSSES) this.#restart(this.#passes + 1);
  }

  /** After a retransmission timeout: if large packets were lost, they may have been too large. */
  noteTimeout({ lost }: LargePacketFates): void {
    if (lost > 0) this.#restart(this.#passes + 1);
  }

  /**
   * Back to what every path carries, and to a new search, RFC 8899 §4.3 and §5.2: below `fails`, so that
   * what passed until now is tried first.
   */
  #restart(fails: number): void {
    this.#fails = fails;
    this.#isFresh = true;
    this.#probe = undefined;
    this.#raiseAt = Number.POSITIVE_INFINITY;
    this.#largeLosses = 0;
    this.#use(-1);
  }

  /** Asked for late: most sessions never fill a datagram, and a link may have to ask the system. */
  #sizesHere(): readonly number[] {
    if (this.#sizes) return this.#sizes;
    this.#sizes = this.#path ? sizesFor(this.#path.address.ip, this.#maxBytesOf(this.#path)) : [];
    this.#fails = this.#sizes.length;
    return this.#sizes;
  }

  #use(index: number): void {
    this.#passes = index;
    this.#datagramBytes = this.#sizes?.[index] ?? DATAGRAM_BYTES;
  }

  /** The largest size first; then whatever halves the rest. */
  #next(): number {
    if (this.#passes + 1 >= this.#fails) return -1;
    if (this.#isFresh) return this.#fails - 1;
    return (this.#passes + this.#fails) >> 1;
  }

  /** Losses count only while the path carries other packets. */
  #noteProbeLost(): void {
    const probe = this.#probe;
    if (!probe?.isPathAlive) return;
    probe.losses += 1;
    if (probe.losses < MTU_MAX_PROBES) return;
    this.#fails = Math.min(this.#fails, probe.index);
    this.#isFresh = false;
  }

  /** There is nothing to search for. Paths change: larger sizes are tried again later. */
  #rest(sizes: number, now: number): void {
    this.#probe = undefined;
    if (this.#passes + 1 === sizes) return;
    if (this.#raiseAt === Number.POSITIVE_INFINITY) this.#raiseAt = now + MTU_RAISE_MS;
  }
}

interface Probe {
  readonly index: number;
  readonly message: Uint8Array;
  losses: number;
  readonly lostAt: number;
  /** Something was acknowledged since it was sent. */
  isPathAlive: boolean;
}

/** Throws RangeError for a limit that no datagram can keep. */
export function checkedDatagramBytes(bytes: number | undefined): number | undefined {
  if (bytes === undefined || (bytes >= DATAGRAM_BYTES && bytes <= MAX_UDP_PAYLOAD_BYTES)) {
    return bytes;
  }
  const range = `${DATAGRAM_BYTES} to ${MAX_UDP_PAYLOAD_BYTES}`;
  throw new RangeError(`maxDatagramBytes: ${range}, not ${bytes}`);
}

function sizesFor(ip: string, maxBytes: number | undefined): readonly number[] {
  if (maxBytes !== undefined) return sizesUpTo(maxBytes);
  if (isLoopback(ip)) return ON_LOOPBACK;
  return ip.includes(":") ? OVER_IPV6 : OVER_IPV4;
}

function sizesUpTo(maxBytes: number): readonly number[] {
  const smaller = PLATEAUS.filter((bytes) => bytes < maxBytes);
  return maxBytes > DATAGRAM_BYTES ? [...smaller, maxBytes] : smaller;
}

/**
 * What is left of the MTUs that links have, less 28 bytes of IPv4 or 48 of IPv6 and UDP: as in
 * RFC 1191 §7.1, few sizes suffice. In between are tunnels.
 */
const PLATEAUS = [
  1_232, 1_252, 1_332, 1_372, 1_392, 1_412, 1_432, 1_444, 1_452, 1_464, 1_472, 8_952,
];
/**
 * Ethernet's 1500 and no more by default: Node cannot set IP's don't-fragment bit, so a larger probe
 * might pass in pieces, and with it all packets from then on.
 */
const OVER_IPV4 = sizesUpTo(1_472);
const OVER_IPV6 = sizesUpTo(1_452);
const ON_LOOPBACK = sizesUpTo(SAME_MACHINE_DATAGRAM_BYTES);
