import type { Crypto } from "../crypto/crypto.ts";
import { MalformedError } from "../errors.ts";
import { formatAddress } from "../wire/address.ts";
import { type Chunk, ChunkType } from "../wire/chunk.ts";
import { readCookieChange } from "../wire/chunks/cookie-change.ts";
import { readIHello } from "../wire/chunks/ihello.ts";
import { readIIKeying } from "../wire/chunks/iikeying.ts";
import { readPacketFragment } from "../wire/chunks/packet-fragment.ts";
import { readRedirect } from "../wire/chunks/redirect.ts";
import { readRHello } from "../wire/chunks/rhello.ts";
import { readRIKeying } from "../wire/chunks/rikeying.ts";
import { sourceOf } from "../wire/source.ts";
import type { EndpointEvent, Path } from "./events.ts";
import type { Initiator } from "./initiator.ts";
import type { Opening } from "./opening.ts";
import { PacketReassembly } from "./packet-reassembly.ts";
import type { Responder } from "./responder.ts";
import { readStartup, STARTUP_SESSION_ID, unsealStartup } from "./startup-packet.ts";
import type { StartupForm } from "./startup-sealer.ts";

/** Reads the packets that open sessions, RFC 7016 §3.5.1, and hands their chunks to whom they concern. */
export class StartupReceiver {
  readonly #crypto: Crypto;
  readonly #initiator: Initiator;
  readonly #responder: Responder;
  readonly #emit: (event: EndpointEvent) => void;
  readonly #reassembly = new PacketReassembly();

  constructor(
    crypto: Crypto,
    initiator: Initiator,
    responder: Responder,
    emit: (event: EndpointEvent) => void,
  ) {
    this.#crypto = crypto;
    this.#initiator = initiator;
    this.#responder = responder;
    this.#emit = emit;
  }

  /** Packets of which fragments are missing. */
  get remembered(): number {
    return this.#reassembly.size;
  }

  get timeout(): number {
    return this.#reassembly.timeout;
  }

  advance(now: number): void {
    this.#reassembly.advance(now);
  }

  /** A datagram for session ID 0. Throws MalformedError, or RtmfpError as initiator and responder do. */
  receive(datagram: Uint8Array, path: Path, now: number): void {
    const packet = this.#reassemble(unsealStartup(this.#crypto, datagram), path, 0, now);
    const { link, address: from } = path;
    for (const { type, payload } of packet.chunks) {
      if (type === ChunkType.ihello) {
        const hello = readIHello(payload);
        if (this.#crypto.certificate.isSelectedBy(hello.endpointDiscriminator)) {
          this.#responder.answerHello(hello, link, from, now, packet.answer);
          this.#emit({ type: "asked", path });
        } else this.#emit({ type: "hello", hello, link, from });
        return;
      }
      if (type === ChunkType.rhello) {
        this.#initiator.onRHello(readRHello(payload), path, now, packet.answer);
      }
      if (type === ChunkType.redirect) {
        this.#initiator.onRedirect(readRedirect(payload), path, now);
      }
      if (type === ChunkType.iikeying) {
        this.#responder.answerKeying(readIIKeying(payload), link, from, now, packet.answer);
      }
    }
  }

  /** A datagram for the session ID of `opening`; session packets may have overtaken startup ones. */
  receiveFor(opening: Opening, datagram: Uint8Array, from: Path, now: number): void {
    let chunks: Chunk[];
    try {
      chunks = unsealStartup(this.#crypto, datagram);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      opening.keepEarlyPacket({ bytes: datagram, path: from });
      return;
    }
    const id = opening.keying?.nearSessionId ?? STARTUP_SESSION_ID;
    for (const { type, payload } of this.#reassemble(chunks, from, id, now).chunks) {
      if (type === ChunkType.rikeying) {
        this.#initiator.onRIKeying(opening, readRIKeying(payload), from, now);
        return;
      }
      if (type === ChunkType.cookieChange) {
        this.#initiator.onCookieChange(opening, readCookieChange(payload), now);
      }
    }
  }

  /**
   * What a packet has to say, and how to answer it. One with a fragment (RFC 7016 §3.4) has nothing else
   * in it, and nothing to say unless it is the last that came of its packet.
   */
  #reassemble(chunks: readonly Chunk[], from: Path, sessionId: number, now: number): Startup {
    const [first] = chunks;
    if (first?.type !== ChunkType.packetFragment) return { chunks, answer: "whole" };
    const sender = `${from.link} ${formatAddress(from.address)} ${sessionId}`;
    const source = { sender, host: sourceOf(from.address) };
    const packet = this.#reassembly.take(readPacketFragment(first.payload), source, now);
    if (!packet) return { chunks: [], answer: "whole" };
    const answer = packet.fragments === 1 ? "large" : "fragments";
    return { chunks: readStartup(packet.bytes), answer };
  }
}

interface Startup {
  readonly chunks: readonly Chunk[];
  readonly answer: StartupForm;
}
