import { toHex } from "../protocol/bytes/hex.ts";
import { readEndpointDiscriminator } from "../protocol/crypto/endpoint-discriminator.ts";
import { MalformedError } from "../protocol/errors.ts";
import type { LinkId } from "../protocol/session/events.ts";
import {
  type Address,
  type CandidateAddress,
  Origin,
  sameAddress,
} from "../protocol/wire/address.ts";
import type { IHello } from "../protocol/wire/chunks/ihello.ts";
import { KeyedBuckets, type Rate, sourceOf } from "./rate-limit.ts";
import type { Introducible, Registry } from "./registry/registry.ts";

/** What the introducer needs of the endpoint. */
export interface IntroducerHost {
  redirect(
    link: LinkId,
    to: Address,
    tagEcho: Uint8Array,
    destinations: readonly CandidateAddress[],
    now: number,
  ): void;
  /** Changes the endpoint, see `Driver.turn`. */
  turn(change: (now: number) => void): void;
}

/** Somebody's hello for an endpoint that is not us. */
export interface StrayHello {
  readonly hello: IHello;
  readonly link: LinkId;
  readonly from: Address;
}

export interface IntroducerStats {
  readonly introductions: number;
  /** Hellos that were dropped because their source sent too many. */
  readonly limited: number;
  readonly malformed: number;
}

/**
 * Introduces whoever asks for a connected peer to it, RFC 7016 §3.5.1.5 and §3.5.1.6: the one who
 * asks learns where the peer may be, and the peer who asks for it, so that both send and their NATs
 * let the answers in. Somebody who asks for anybody else hears nothing.
 */
export class Introducer {
  readonly #registry: Registry;
  readonly #host: IntroducerHost;
  readonly #sources = new KeyedBuckets(SOURCE_RATE, MAX_SOURCES);
  #introductions = 0;
  #limited = 0;
  #malformed = 0;

  constructor(registry: Registry, host: IntroducerHost) {
    this.#registry = registry;
    this.#host = host;
  }

  get stats(): IntroducerStats {
    const [introductions, limited, malformed] = [
      this.#introductions,
      this.#limited,
      this.#malformed,
    ];
    return { introductions, limited, malformed };
  }

  introduce(stray: StrayHello, now: number): void {
    const fingerprint = this.#fingerprintOf(stray.hello);
    if (fingerprint === undefined) return;
    if (!this.#sources.take(sourceOf(stray.from), now)) {
      this.#limited += 1;
      return;
    }
    this.#registry.find(toHex(fingerprint), (peer) =>
      this.#host.turn((at) => this.#introduce(stray, peer, at)),
    );
  }

  /** The Redirect goes first: it opens the initiator's NAT before the peer's answer gets there. */
  #introduce({ hello, link, from }: StrayHello, peer: Introducible, now: number): void {
    if (!peer.hasUdp || sameAddress(from, peer.observed)) return;
    this.#introductions += 1;
    this.#host.redirect(link, from, hello.tag, candidatesOf(peer), now);
    const { endpointDiscriminator, tag } = hello;
    const replyAddress = { ...from, origin: Origin.observed };
    peer.forwardHello({ endpointDiscriminator, replyAddress, tag }, now);
  }

  #fingerprintOf({ endpointDiscriminator }: IHello): Uint8Array | undefined {
    if (endpointDiscriminator.length > MAX_DISCRIMINATOR_BYTES) return undefined;
    try {
      return readEndpointDiscriminator(endpointDiscriminator).fingerprint;
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.#malformed += 1;
      return undefined;
    }
  }
}

/**
 * Where the peer may be, the likeliest first. Both address families are listed: one who reached us
 * over one may well have the other too, and sends nothing where it has no socket.
 */
function candidatesOf(peer: Introducible): CandidateAddress[] {
  const reported = peer.reported
    .filter((address) => !sameAddress(address, peer.observed))
    .map((address) => ({ ...address, origin: Origin.reported }));
  return [{ ...peer.observed, origin: Origin.observed }, ...reported];
}

/**
 * Redirect and RHello together are some ten times as long as the IHello that causes them, and its
 * source may be false: no host gets more than this through us. One that opens sessions to 20 peers
 * at once stays well below, and so do the users behind one carrier's NAT.
 */
const SOURCE_RATE: Rate = { perSecond: 20, burst: 100 };
/** Sources that are remembered; some 10 MB. To be forgotten, one has to wait for as many others. */
const MAX_SOURCES = 65_536;
/** A fingerprint, and whatever else the initiator says of the peer; it is sent on in one chunk. */
const MAX_DISCRIMINATOR_BYTES = 256;
