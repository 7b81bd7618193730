import { Reader } from "../bytes/reader.ts";
import { MalformedError } from "../errors.ts";
import type { RecvFlows } from "../flow/recv-flows.ts";
import type { SendFlows } from "../flow/send-flows.ts";
import { MAX_SEQUENCE_NUMBER } from "../params.ts";
import { type Chunk, ChunkType, readChunk } from "../wire/chunk.ts";
import { readAckBitmap, readAckRanges } from "../wire/chunks/acknowledgement.ts";
import { readBufferProbe } from "../wire/chunks/buffer-probe.ts";
import { type FIHello, readFIHello } from "../wire/chunks/fihello.ts";
import { readFlowException } from "../wire/chunks/flow-exception.ts";
import {
  readNextUserData,
  readUserData,
  type UserData,
  withNumbers,
} from "../wire/chunks/user-data.ts";
import { type PacketHeader, PacketMode, readPacketHeader } from "../wire/packet.ts";
import type { Path } from "./events.ts";

/** What a packet brought. */
export interface PacketContents {
  readonly hadData: boolean;
  readonly hadAcks: boolean;
}

/** A session, as the reader of its packets sees it. */
export interface ChunkSink {
  readonly isOpen: boolean;
  readonly receiving: RecvFlows;
  readonly sending: SendFlows;
  onHeader(header: PacketHeader, from: Path, now: number): void;
  onMalformedChunk(): void;
  onPing(message: Uint8Array, from: Path): void;
  onPingReply(message: Uint8Array, from: Path, now: number): void;
  onForwardedHello(hello: FIHello): void;
  onCloseRequest(from: Path, now: number): void;
  onCloseAck(): void;
  onEndOfPacket(had: PacketContents, outstandingBefore: number, now: number): void;
}

/**
 * Reads an authentic session packet, RFC 7016 §2.2.4, chunk by chunk. A malformed chunk is counted
 * and skipped, the next one is read; an unknown one is skipped. It came over `from`. Answers false if the
 * whole packet is not for `role` (it is our own, reflected) or has no valid header.
 */
export function readSessionPacket(
  packet: Uint8Array,
  role: "initiator" | "responder",
  sink: ChunkSink,
  from: Path,
  now: number,
): boolean {
  const reader = new Reader(packet);
  const header = tryReadHeader(reader);
  const farMode = role === "initiator" ? PacketMode.responder : PacketMode.initiator;
  if (header?.mode !== farMode) return false;
  sink.onHeader(header, from, now);
  const outstandingBefore = sink.sending.outstandingBytes;
  const run = new Run(sink, from, now);
  for (let chunk = readChunk(packet, reader); chunk; chunk = readChunk(packet, reader)) {
    if (!run.tryTake(chunk)) sink.onMalformedChunk();
  }
  if (run.hadData) sink.receiving.endPacket();
  sink.onEndOfPacket(run, outstandingBefore, now);
  return true;
}

/** What one packet's chunks mean together. */
class Run {
  hadData = false;
  hadAcks = false;
  readonly #sink: ChunkSink;
  readonly #from: Path;
  readonly #now: number;
  /** The User Data that a Next User Data continues, RFC 7016 §2.3.12. */
  #previous: UserData | undefined;

  constructor(sink: ChunkSink, from: Path, now: number) {
    this.#sink = sink;
    this.#from = from;
    this.#now = now;
  }

  /** Answers false if the chunk is malformed. */
  tryTake({ type, payload }: Chunk): boolean {
    try {
      this.#take(type, payload);
      return true;
    } catch (error) {
      if (error instanceof MalformedError) return false;
      throw error;
    }
  }

  #take(type: number, payload: Reader): void {
    if (type === ChunkType.userData) this.#takeFirst(payload);
    else if (type === ChunkType.nextUserData) this.#takeNext(payload);
    else if (type === ChunkType.ackRanges) this.#takeAck(readAckRanges(payload));
    else if (type === ChunkType.ackBitmap) this.#takeAck(readAckBitmap(payload));
    else this.#takeControl(type, payload);
  }

  #takeFirst(payload: Reader): void {
    // What follows a malformed chunk continues that one, whatever came before it.
    this.#previous = undefined;
    this.#takeData(readUserData(payload));
  }

  #takeData(chunk: UserData): void {
    this.#previous = chunk;
    if (!this.#sink.isOpen) return;
    if (chunk.sequenceNumber > MAX_SEQUENCE_NUMBER) {
      throw new MalformedError(`sequence number ${chunk.sequenceNumber}`);
    }
    // Number 0 carries nothing, but it may end a flow: see `RecvFlow.receiveNothing`.
    if (chunk.sequenceNumber > 0) this.hadData = true;
    this.#sink.receiving.receive(chunk, this.#now);
  }

  #takeNext(payload: Reader): void {
    const previous = this.#previous;
    if (!previous) throw new MalformedError("Next User Data without User Data before it");
    this.#previous = undefined;
    const { flowId, sequenceNumber, forwardSequenceNumber } = previous;
    const next = readNextUserData(payload);
    this.#takeData(withNumbers(flowId, sequenceNumber + 1, forwardSequenceNumber, next));
  }

  #takeAck(ack: Parameters<SendFlows["acknowledge"]>[0]): void {
    if (!this.#sink.isOpen) return;
    this.hadAcks = true;
    this.#sink.sending.acknowledge(ack, this.#now);
  }

  #takeControl(type: number, payload: Reader): void {
    const sink = this.#sink;
    if (type === ChunkType.sessionCloseRequest) sink.onCloseRequest(this.#from, this.#now);
    else if (type === ChunkType.sessionCloseAck) sink.onCloseAck();
    else if (!sink.isOpen) return;
    else if (type === ChunkType.ping) sink.onPing(payload.rest(), this.#from);
    else if (type === ChunkType.pingReply) sink.onPingReply(payload.rest(), this.#from, this.#now);
    else if (type === ChunkType.bufferProbe) sink.receiving.probe(readBufferProbe(payload));
    else if (type === ChunkType.fihello) sink.onForwardedHello(readFIHello(payload));
    else if (type === ChunkType.flowException) {
      const { flowId, exceptionCode } = readFlowException(payload);
      sink.sending.except(flowId, exceptionCode);
    }
  }
}

function tryReadHeader(reader: Reader): PacketHeader | undefined {
  try {
    return readPacketHeader(reader);
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}
