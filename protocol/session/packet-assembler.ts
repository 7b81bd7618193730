import type { Writer } from "../bytes/writer.ts";
import type { PacketCipher } from "../crypto/crypto.ts";
import type { RecvFlows } from "../flow/recv-flows.ts";
import type { SendFlows, WrittenData } from "../flow/send-flows.ts";
import { DATAGRAM_BYTES } from "../params.ts";
import { HEADER_LENGTH } from "../wire/chunk.ts";
import { writePadding } from "../wire/chunks/padding.ts";
import { writePing } from "../wire/chunks/ping.ts";
import {
  MAX_HEADER_LENGTH,
  markTimeCritical,
  type PacketHeader,
  type PacketMode,
  writePacketHeader,
} from "../wire/packet.ts";
import type { Asides } from "./asides.ts";
import type { ControlQueue } from "./control-queue.ts";
import type { MtuProbe, PathMtu } from "./path-mtu.ts";
import { type RoundTrip, ticks } from "./round-trip.ts";
import type { Transmission } from "./transmission.ts";

/** The parts of a session that have something to say in its packets. */
export interface PacketSources {
  readonly mode: PacketMode;
  readonly cipher: PacketCipher;
  readonly control: ControlQueue;
  readonly receiving: RecvFlows;
  readonly sending: SendFlows;
  readonly roundTrip: RoundTrip;
  readonly transmission: Transmission;
  readonly pathMtu: PathMtu;
}

export interface AssembledPacket {
  readonly datagram: Uint8Array;
  readonly userData: WrittenData;
}

/**
 * Builds a session's packets when they can be sent, not before, so that acknowledgements are fresh
 * and the highest priority goes first: control chunks, acknowledgements, user data.
 */
export class PacketAssembler {
  readonly #sources: PacketSources;
  readonly #farSessionId: number;
  /**
   * Plain bytes that an empty packet has for sure, header excluded: one that every path carries, and one
   * on this path. What really fits is asked of the packet when it is written.
   */
  readonly #baseRoom: number;
  #room: number;
  /** The size of datagrams for which `#room` holds. */
  #datagramBytes = DATAGRAM_BYTES;

  constructor(sources: PacketSources, farSessionId: number) {
    this.#sources = sources;
    this.#farSessionId = farSessionId;
    this.#baseRoom = this.#roomIn(DATAGRAM_BYTES);
    this.#room = this.#baseRoom;
  }

  /**
   * Bytes of the fragments that a message is cut into. No fragment is larger than what fits, next to
   * `optionsLength` bytes of options, into a packet that every path carries: its sequence number is
   * for ever, so it could not be cut again when the path turns out to carry less. Larger packets have
   * several, which fill them together.
   */
  fragmentBytes(optionsLength: number, messageLength: number): number {
    const overhead = USER_DATA_HEADER_LENGTH + optionsLength;
    const least = this.#baseRoom - overhead;
    if (messageLength <= least) return least;
    const room = this.#adaptedRoom() - overhead + NEXT_HEADER_LENGTH;
    const count = Math.ceil(room / (least + NEXT_HEADER_LENGTH));
    return Math.floor(room / count) - NEXT_HEADER_LENGTH;
  }

  /** The next packet, or undefined if there is nothing to say. */
  assemble(isOpen: boolean, now: number): AssembledPacket | undefined {
    const { mode, cipher, control, receiving, sending, transmission, roundTrip } = this.#sources;
    if (!this.#hasSomething(isOpen, now)) return undefined;
    const writer = cipher.begin(transmission.packetBytes);
    const flagsAt = writer.length;
    const { timestampTicks, timestampEchoTicks } = roundTrip.stamp(now);
    const header: PacketHeader = {
      mode,
      timeCritical: false,
      timeCriticalReverse: transmission.isTimeCriticalElsewhere(now),
      timestampTicks,
      timestampEchoTicks,
    };
    writePacketHeader(writer, header);
    const start = writer.length;
    control.writeTo(writer);
    let userData: WrittenData = "nothing";
    if (isOpen) {
      receiving.writeAcknowledgements(writer);
      userData = sending.writeUserData(writer, transmission, now);
    }
    if (writer.length === start) return undefined;
    if (userData === "time-critical") markTimeCritical(writer, flagsAt, header);
    roundTrip.noteSent(header);
    return { datagram: cipher.seal(this.#farSessionId), userData };
  }

  /**
   * A packet of nothing but asides, for a path that is not the session's: without a timestamp echo, so
   * that no measurement mixes two paths. Undefined if none fits into a packet.
   */
  assembleAside(asides: Asides, now: number): Uint8Array | undefined {
    const writer = this.#beginAlone(DATAGRAM_BYTES, now);
    const start = writer.length;
    asides.writeTo(writer);
    return writer.length > start ? this.#sources.cipher.seal(this.#farSessionId) : undefined;
  }

  /** RFC 7016 §3.5.4.3: the Ping comes last, so that a packet cut short on the way is not answered. */
  assembleProbe({ datagramBytes, message }: MtuProbe, now: number): Uint8Array {
    const writer = this.#beginAlone(datagramBytes, now);
    writePadding(writer, writer.room - HEADER_LENGTH - message.length);
    writePing(writer, message);
    return this.#sources.cipher.seal(this.#farSessionId);
  }

  #beginAlone(datagramBytes: number, now: number): Writer {
    const { mode, cipher } = this.#sources;
    const writer = cipher.begin(datagramBytes);
    writePacketHeader(writer, {
      mode,
      timeCritical: false,
      timeCriticalReverse: false,
      timestampTicks: ticks(now),
      timestampEchoTicks: undefined,
    });
    return writer;
  }

  /** Follows what the path carries. */
  #adaptedRoom(): number {
    const { datagramBytes } = this.#sources.pathMtu;
    if (datagramBytes === this.#datagramBytes) return this.#room;
    this.#datagramBytes = datagramBytes;
    this.#room = this.#roomIn(datagramBytes);
    return this.#room;
  }

  #roomIn(datagramBytes: number): number {
    return this.#sources.cipher.begin(datagramBytes).room - NUMBER_GROWTH - MAX_HEADER_LENGTH;
  }

  #hasSomething(isOpen: boolean, now: number): boolean {
    const { control, receiving, sending, transmission } = this.#sources;
    if (!control.isEmpty) return true;
    if (!isOpen) return false;
    if (receiving.mustAcknowledge) return true;
    return sending.hasData(now) && transmission.maySend(sending.outstandingBytes, now);
  }
}

/**
 * Fragments are cut when a message is queued and sent, perhaps again, when the session's packets have
 * longer numbers: up to five bytes, 2^35 packets, while an empty packet may be measured with one.
 */
const NUMBER_GROWTH = 4;
/**
 * Chunk header, flags, and VLUs as long as they get: flow ID (2^21), sequence number (2^42), fsnOffset
 * (2^28). For the same reason: a fragment that has outgrown its packet would never be sent.
 */
const USER_DATA_HEADER_LENGTH = HEADER_LENGTH + 1 + 3 + 6 + 4;
/** Chunk header and flags of Next User Data. */
const NEXT_HEADER_LENGTH = HEADER_LENGTH + 1;
