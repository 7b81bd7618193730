import type { PacketCipher } from "../crypto/crypto.ts";
import type { RecvFlows } from "../flow/recv-flows.ts";
import type { SendFlows } from "../flow/send-flows.ts";
import { DATAGRAM_BYTES } from "../params.ts";
import {
  MAX_HEADER_LENGTH,
  markTimeCritical,
  type PacketHeader,
  type PacketMode,
  writePacketHeader,
} from "../wire/packet.ts";
import type { ControlQueue } from "./control-queue.ts";
import type { RoundTrip } from "./round-trip.ts";
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
}

export interface AssembledPacket {
  readonly datagram: Uint8Array;
  readonly hasUserData: boolean;
  readonly isTimeCritical: boolean;
}

/**
 * Builds a session's packets when they can be sent, not before, so that acknowledgements are fresh
 * and the highest priority goes first: control chunks, acknowledgements, user data.
 */
export class PacketAssembler {
  readonly #sources: PacketSources;
  readonly #farSessionId: number;
  /** Plain bytes of an empty packet, header excluded. */
  readonly #room: number;

  constructor(sources: PacketSources, farSessionId: number) {
    this.#sources = sources;
    this.#farSessionId = farSessionId;
    this.#room = sources.cipher.open(DATAGRAM_BYTES).room - MAX_HEADER_LENGTH;
  }

  /** Bytes of a fragment that fits into a packet next to `optionsLength` bytes of options. */
  fragmentBytes(optionsLength: number): number {
    return this.#room - USER_DATA_HEADER_LENGTH - optionsLength;
  }

  /** The next packet, or undefined if there is nothing to say. */
  assemble(isOpen: boolean, now: number): AssembledPacket | undefined {
    const { mode, cipher, control, receiving, sending, transmission, roundTrip } = this.#sources;
    if (!this.#hasSomething(isOpen, now)) return undefined;
    const writer = cipher.open(DATAGRAM_BYTES);
    const flagsAt = writer.length;
    const header: PacketHeader = {
      mode,
      timeCritical: false,
      timeCriticalReverse: transmission.isTimeCriticalElsewhere(now),
      ...roundTrip.stamp(now),
    };
    writePacketHeader(writer, header);
    const start = writer.length;
    control.writeTo(writer, this.#room);
    let hasUserData = false;
    let isTimeCritical = false;
    if (isOpen) {
      receiving.writeAcknowledgements(writer);
      const maySend = (outstanding: number): boolean => transmission.maySend(outstanding, now);
      const data = sending.writeUserData(writer, maySend, now);
      hasUserData = data.wroteAny;
      isTimeCritical = data.isTimeCritical;
    }
    if (writer.length === start) return undefined;
    if (isTimeCritical) markTimeCritical(writer, flagsAt, header);
    roundTrip.noteSent(header);
    return { datagram: cipher.seal(this.#farSessionId), hasUserData, isTimeCritical };
  }

  #hasSomething(isOpen: boolean, now: number): boolean {
    const { control, receiving, sending, transmission } = this.#sources;
    if (!control.isEmpty) return true;
    if (!isOpen) return false;
    if (receiving.mustAcknowledge) return true;
    return sending.hasActive && transmission.maySend(sending.outstandingBytes, now);
  }
}

/** Chunk header, flags, and VLUs as long as they get: flow ID, sequence number, fsnOffset. */
const USER_DATA_HEADER_LENGTH = 3 + 1 + 3 + 6 + 4;
