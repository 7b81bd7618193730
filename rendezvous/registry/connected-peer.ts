import type { AmfObject, AmfValue } from "../../protocol/amf/value.ts";
import { toHex } from "../../protocol/bytes/hex.ts";
import { unlessMalformed } from "../../protocol/errors.ts";
import { type Address, formatAddress, sameAddress } from "../../protocol/wire/address.ts";
import type { FIHello } from "../../protocol/wire/chunks/fihello.ts";
import { scopeOf } from "../../protocol/wire/ip.ts";
import { type Rate, TokenBucket } from "../rate-limit.ts";
import { parsePeerAddress } from "./peer-address.ts";
import type { Introducible } from "./registry.ts";

/** What a connected peer needs of its RTMFP session, or of the RTMP connection in its place. */
export interface ConnectedPeerHost {
  readonly destination: Address;
  readonly roundTripMs: number | undefined;
  /** Undefined: it has no UDP. */
  readonly forwardHello?: (hello: FIHello) => void;
}

/** Sends a command that wants no answer. */
export type Notify = (name: string, info: AmfObject, now: number) => void;

/** Who a connected peer is. */
export interface PeerFacts {
  readonly id: string;
  /** The application that it connected to first. */
  readonly app: string;
  readonly certificate: Uint8Array;
  /** The certificate is its own for sure: nobody else could show it. */
  readonly isProven: boolean;
}

/** A peer that is connected to this server. */
export class ConnectedPeer implements Introducible {
  readonly id: string;
  readonly app: string;
  readonly isProven: boolean;
  /** ms on the server's clock. */
  readonly connectedAt: number;
  readonly #certificate: Uint8Array;
  readonly #host: ConnectedPeerHost;
  readonly #hellos: TokenBucket;
  readonly #notices: TokenBucket;
  readonly #introductions: TokenBucket;
  readonly #signals: TokenBucket;
  #reported: readonly Address[] | undefined;
  #contact: AmfObject = {};
  #notify: Notify | undefined;

  constructor({ id, app, certificate, isProven }: PeerFacts, host: ConnectedPeerHost, now: number) {
    this.id = id;
    this.app = app;
    this.connectedAt = now;
    this.isProven = isProven;
    this.#certificate = certificate;
    this.#host = host;
    this.#hellos = new TokenBucket(HELLO_RATE, now);
    this.#notices = new TokenBucket(NOTICE_RATE, now);
    this.#introductions = new TokenBucket(INTRODUCTION_RATE, now);
    this.#signals = new TokenBucket(SIGNAL_RATE, now);
  }

  get hasUdp(): boolean {
    return this.#host.forwardHello !== undefined;
  }

  get introduction(): AmfObject {
    const observed = this.hasUdp ? [this.observed] : [];
    const addresses = [...new Set([...observed, ...this.reported].map(formatAddress))];
    const certificate = toHex(this.#certificate);
    const seenAt = formatAddress(this.observed);
    return { peerId: this.id, certificate, contact: this.#contact, addresses, seenAt };
  }

  get observed(): Address {
    return this.#host.destination;
  }

  get reported(): readonly Address[] {
    return this.#reported ?? [];
  }

  get hasPeerInfo(): boolean {
    return this.#reported !== undefined;
  }

  /** Smoothed, ms; undefined if nothing was measured yet. */
  get roundTripMs(): number | undefined {
    return this.#host.roundTripMs;
  }

  /**
   * RFC 7425 §5.3.3: it is if and only if it does not list the address where we see it. Undefined
   * before `setPeerInfo`, and where no datagrams are.
   */
  get isBehindNat(): boolean | undefined {
    if (!this.hasUdp) return undefined;
    return this.#reported?.every((address) => !sameAddress(address, this.observed));
  }

  /**
   * The addresses of a `setPeerInfo`, RFC 7425 §5.3.3. Those that nobody could use are left out, and
   * all after the MAX_REPORTED_ADDRESSES-th. Answers how many were malformed.
   */
  setPeerInfo(addresses: readonly AmfValue[]): number {
    const reported: Address[] = [];
    let malformed = 0;
    for (const value of addresses) {
      if (reported.length >= MAX_REPORTED_ADDRESSES) break;
      const address = readAddress(value);
      if (address === undefined) malformed += 1;
      else if (this.#isUsable(address, reported)) reported.push(address);
    }
    this.#reported = reported;
    return malformed;
  }

  /** Whoever sends hellos under false addresses must not flood a peer with them through us. */
  forwardHello(hello: FIHello, now: number): void {
    if (this.#hellos.take(now)) this.#host.forwardHello?.(hello);
  }

  /** From now on it is told of others over this connection. */
  listenOn(notify: Notify): void {
    this.#notify = notify;
  }

  /** What it says of itself to those that it is introduced to. */
  describe(contact: AmfObject): void {
    this.#contact = contact;
  }

  notify(name: string, info: AmfObject, now: number): void {
    if (this.#notices.take(now)) this.#notify?.(name, info, now);
  }

  /** May it ask for an introduction now? Each costs somebody else a message. */
  mayIntroduce(now: number): boolean {
    return this.#introductions.take(now);
  }

  maySignal(now: number): boolean {
    return this.#signals.take(now);
  }

  /**
   * RFC 7425 §5.3.3 wants no loopback and link-local addresses. Loopback makes sense among programs on
   * this machine: those that we see there.
   */
  #isUsable(address: Address, known: readonly Address[]): boolean {
    if (known.some((other) => sameAddress(other, address))) return false;
    const scope = scopeOf(address.ip);
    if (scope === "host") return scopeOf(this.observed.ip) === "host";
    return scope === "global" || scope === "private";
  }
}

function readAddress(value: AmfValue): Address | undefined {
  return typeof value === "string" ? unlessMalformed(() => parsePeerAddress(value)) : undefined;
}

/** Together with the observed one fewer than the 24 candidates that an initiator takes. */
export const MAX_REPORTED_ADDRESSES = 16;
/** Everybody may want to talk to the same peer, but hardly more of them in a second than this. */
const HELLO_RATE: Rate = { perSecond: 50, burst: 100 };
/** What others may have a peer told: introductions, and a few signals for each. */
const NOTICE_RATE: Rate = { perSecond: 100, burst: 200 };
/** As many peers as one opens sessions to. */
const INTRODUCTION_RATE: Rate = { perSecond: 10, burst: 50 };
/** Two ends that look for a way to each other exchange a few dozen. */
const SIGNAL_RATE: Rate = { perSecond: 20, burst: 100 };
