import { Reader } from "../bytes/reader.ts";
import { NoRoomError, type Writer } from "../bytes/writer.ts";
import type { Crypto } from "../crypto/crypto.ts";
import {
  MAX_STARTUP_PACKET_BYTES,
  MAX_STARTUP_PACKETS_AT_ONCE,
  SMALL_DATAGRAM_BYTES,
  STARTUP_DATAGRAM_BYTES,
} from "../params.ts";
import { writePacketFragment } from "../wire/chunks/packet-fragment.ts";
import { writeStartupHeader } from "./startup-packet.ts";

/**
 * How a startup packet goes out, RFC 7016 §3.4. Nothing is known of the path yet, and not all far ends
 * understand Packet Fragments: so a packet goes out whole first, and only its repetitions are followed
 * by the same in fragments. Who gets those answers in fragments: stateless, as a responder has to be.
 *
 * - "whole": in one datagram, unless it is too large even for Ethernet
 * - "repeated": whole, and in fragments
 * - "fragments": in fragments, unless it is small enough for every path
 * - "large": likewise, but nothing at all if it is small: the answer to what was small itself and so
 *   has come whole as well
 */
export type StartupForm = "whole" | "repeated" | "fragments" | "large";

/** Makes the datagrams of startup packets, under the default key, RFC 7016 §2.3. */
export class StartupSealer {
  readonly #crypto: Crypto;
  /** What fits into a datagram that every path carries, and into one that goes out whole. */
  readonly #smallRoom: number;
  readonly #wholeRoom: number;
  #nextPacketId: number;

  constructor(crypto: Crypto) {
    this.#crypto = crypto;
    this.#smallRoom = crypto.startup.begin(SMALL_DATAGRAM_BYTES).room;
    this.#wholeRoom = crypto.startup.begin(STARTUP_DATAGRAM_BYTES).room;
    // An endpoint that starts again at the same address must not mix its fragments with older ones.
    this.#nextPacketId = new Reader(crypto.random(2)).u16();
  }

  /**
   * The datagrams of the packet with the startup chunk that `write` writes; undefined if it is longer
   * than what may be sent to somebody who has proven nothing.
   */
  seal(
    sessionId: number,
    form: StartupForm,
    now: number,
    write: (writer: Writer) => void,
  ): Uint8Array[] | undefined {
    const writer = this.#crypto.startup.begin(MAX_STARTUP_PACKET_BYTES);
    const start = writer.length;
    if (!isWritten(writer, now, write)) return undefined;
    const length = writer.length - start;
    const isSmall = length <= this.#smallRoom;
    const fits = length <= this.#wholeRoom;
    const isWhole = form === "whole" || form === "repeated" ? fits : isSmall && form !== "large";
    const isCut = form === "repeated" || (form === "whole" ? !fits : !isSmall);
    if (isWhole && !isCut) return [this.#crypto.startup.seal(sessionId)];
    const packet = writer.bytes().slice(start);
    const datagrams = isWhole ? [this.#sealWhole(packet, sessionId)] : [];
    return isCut ? [...datagrams, ...this.#sealCut(packet, sessionId, now)] : datagrams;
  }

  #sealWhole(packet: Uint8Array, sessionId: number): Uint8Array {
    this.#crypto.startup.begin(STARTUP_DATAGRAM_BYTES).put(packet);
    return this.#crypto.startup.seal(sessionId);
  }

  /** As small as every path wants them, as long as they need not wait for each other. */
  #sealCut(packet: Uint8Array, sessionId: number, now: number): Uint8Array[] {
    const smallBytes = this.#smallRoom - FRAGMENT_OVERHEAD;
    const size = Math.max(smallBytes, Math.ceil(packet.length / MAX_STARTUP_PACKETS_AT_ONCE));
    const packetId = this.#nextPacketId;
    this.#nextPacketId = (packetId + 1) & 0xffff;
    const datagrams: Uint8Array[] = [];
    for (let start = 0; start < packet.length; start += size) {
      const writer = this.#crypto.startup.begin(STARTUP_DATAGRAM_BYTES);
      writeStartupHeader(writer, now);
      writePacketFragment(writer, {
        moreFragments: start + size < packet.length,
        packetId,
        fragmentNumber: datagrams.length,
        bytes: packet.subarray(start, start + size),
      });
      datagrams.push(this.#crypto.startup.seal(sessionId));
    }
    return datagrams;
  }
}

/** False if it is longer than it may be. */
function isWritten(writer: Writer, now: number, write: (writer: Writer) => void): boolean {
  try {
    writeStartupHeader(writer, now);
    write(writer);
    return true;
  } catch (error) {
    if (error instanceof NoRoomError) return false;
    throw error;
  }
}

/** Packet header with a timestamp; chunk header, flags, packet ID, fragment number. */
const FRAGMENT_OVERHEAD = 3 + 3 + 1 + 3 + 1;
