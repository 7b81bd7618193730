import type { Crypto } from "../crypto/crypto.ts";
import { MalformedError } from "../errors.ts";
import { type Chunk, ChunkType } from "../wire/chunk.ts";
import { readCookieChange } from "../wire/chunks/cookie-change.ts";
import { readIHello } from "../wire/chunks/ihello.ts";
import { readIIKeying } from "../wire/chunks/iikeying.ts";
import { readRedirect } from "../wire/chunks/redirect.ts";
import { readRHello } from "../wire/chunks/rhello.ts";
import { readRIKeying } from "../wire/chunks/rikeying.ts";
import type { EndpointEvent, Path } from "./events.ts";
import type { Initiator } from "./initiator.ts";
import type { Opening } from "./opening.ts";
import type { Responder } from "./responder.ts";
import { openStartup } from "./startup-packet.ts";

/** Reads the packets that open sessions, RFC 7016 §3.5.1, and hands their chunks to whom they concern. */
export class StartupReceiver {
  readonly #crypto: Crypto;
  readonly #initiator: Initiator;
  readonly #responder: Responder;
  readonly #emit: (event: EndpointEvent) => void;

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

  /** A datagram for session ID 0. Throws MalformedError, or RtmfpError as initiator and responder do. */
  receive(datagram: Uint8Array, { link, address: from }: Path, now: number): void {
    for (const { type, payload } of openStartup(this.#crypto, datagram)) {
      if (type === ChunkType.ihello) {
        const hello = readIHello(payload);
        const isForUs = this.#crypto.certificate.isSelectedBy(hello.endpointDiscriminator);
        if (isForUs) this.#responder.answerHello(hello, link, from, now);
        else this.#emit({ type: "hello", hello, link, from });
        return;
      }
      if (type === ChunkType.rhello) this.#initiator.onRHello(readRHello(payload), link, from, now);
      if (type === ChunkType.redirect) {
        this.#initiator.onRedirect(readRedirect(payload), { link, address: from }, now);
      }
      if (type === ChunkType.iikeying) {
        this.#responder.answerKeying(readIIKeying(payload), link, from, now);
      }
    }
  }

  /** A datagram for the session ID of `opening`; session packets may have overtaken startup ones. */
  receiveFor(opening: Opening, datagram: Uint8Array, from: Path, now: number): void {
    let chunks: Chunk[];
    try {
      chunks = openStartup(this.#crypto, datagram);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      opening.keepEarlyPacket(datagram, from);
      return;
    }
    for (const { type, payload } of chunks) {
      if (type === ChunkType.rikeying) {
        this.#initiator.onRIKeying(opening, readRIKeying(payload), from, now);
        return;
      }
      if (type === ChunkType.cookieChange) {
        this.#initiator.onCookieChange(opening, readCookieChange(payload), now);
      }
    }
  }
}
