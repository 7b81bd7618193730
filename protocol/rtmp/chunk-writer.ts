import { Writer } from "../bytes/writer.ts";
import { MAX_MESSAGE_BYTES } from "../params.ts";
import { ChunkFormat, EXTENDED, FIELD_BYTES, INITIAL_CHUNK_BYTES } from "./chunk-header.ts";
import { decodeControl } from "./control.ts";
import { type Message, MessageType } from "./message.ts";

/** What opens a message on the wire, RTMP 1.0 §5.3.1.2. */
interface Opening {
  readonly format: ChunkFormat;
  /** 2 to 63: the basic header is one byte. */
  readonly chunkStreamId: number;
  /** Timestamp of format 0, delta of the others. */
  readonly time: number;
}

/** What the far end remembers of the last message on a chunk stream. */
interface Sent {
  readonly type: number;
  readonly streamId: number;
  readonly timestampMs: number;
  readonly length: number;
}

/**
 * The sending half of an RTMP chunk stream, RTMP 1.0 §5.3. Starts with chunks of 128 bytes; writing
 * a Set Chunk Size message changes that for whatever is written after it.
 */
export class ChunkWriter {
  #chunkBytes = INITIAL_CHUNK_BYTES;
  /** Bounded by the few chunk streams that `chunkStreamOf` answers. */
  readonly #sent = new Map<number, Sent>();
  /** Something shared was sent since, with a header that says everything: it is not worth noting. */
  #isOutdated = false;

  /**
   * The message in chunks, bytes that nobody may change. Throws RangeError past 2^24-1 bytes.
   */
  write(message: Message): Uint8Array<ArrayBuffer> {
    const found = message.chunks?.find(message, this.#chunkBytes);
    if (found) {
      this.#isOutdated = true;
      return found;
    }
    const bytes = this.#chunked(message);
    const control = decodeControl(message);
    if (control?.type === "setChunkSize") this.#chunkBytes = control.chunkBytes;
    return bytes;
  }

  #chunked(message: Message): Uint8Array<ArrayBuffer> {
    const chunkStreamId = chunkStreamOf(message);
    const { chunks } = message;
    const last = chunks ? undefined : this.#last(chunkStreamId);
    const opening = chooseOpening(chunkStreamId, message, last);
    const bytes = chunkMessage(message, opening, this.#chunkBytes);
    chunks?.keep(message, this.#chunkBytes, bytes);
    this.#remember(chunkStreamId, message);
    return bytes;
  }

  #last(chunkStreamId: number): Sent | undefined {
    if (this.#isOutdated) this.#sent.clear();
    this.#isOutdated = false;
    return this.#sent.get(chunkStreamId);
  }

  #remember(chunkStreamId: number, message: Message): void {
    const { type, streamId, payload } = message;
    const timestampMs = message.timestampMs >>> 0;
    this.#sent.set(chunkStreamId, { type, streamId, timestampMs, length: payload.length });
  }
}

/**
 * Starts a message with the shortest header that every receiver understands alike: never format 3,
 * on whose delta they disagree, and no delta that needs the extended timestamp or runs backwards.
 */
function chooseOpening(chunkStreamId: number, next: Message, last: Sent | undefined): Opening {
  const timestampMs = next.timestampMs >>> 0;
  const full = { format: ChunkFormat.full, chunkStreamId, time: timestampMs };
  if (last === undefined || last.streamId !== next.streamId) return full;
  const time = (timestampMs - last.timestampMs) >>> 0;
  if (time >= EXTENDED) return full;
  const isSame = last.type === next.type && last.length === next.payload.length;
  return { format: isSame ? ChunkFormat.deltaOnly : ChunkFormat.sameStream, chunkStreamId, time };
}

/** One chunk with the opening header, then format 3 chunks until the payload is out. */
function chunkMessage(
  message: Message,
  opening: Opening,
  chunkBytes: number,
): Uint8Array<ArrayBuffer> {
  const { payload } = message;
  if (payload.length > MAX_MESSAGE_BYTES) {
    throw new RangeError(`an RTMP message holds no more than ${MAX_MESSAGE_BYTES} bytes`);
  }
  const { format, chunkStreamId, time } = opening;
  const timeBytes = time >= EXTENDED ? 4 : 0;
  const basicBytes = 1 + timeBytes;
  const continuations = Math.max(0, Math.ceil(payload.length / chunkBytes) - 1);
  const headerBytes = basicBytes * (continuations + 1) + (FIELD_BYTES[format] as number);

  const writer = new Writer(headerBytes + payload.length);
  writeOpening(writer, message, opening);
  writer.put(payload.subarray(0, chunkBytes));
  for (let at = chunkBytes; at < payload.length; at += chunkBytes) {
    writer.u8((ChunkFormat.continued << 6) | chunkStreamId);
    if (timeBytes > 0) writer.u32(time);
    writer.put(payload.subarray(at, at + chunkBytes));
  }
  return writer.bytes();
}

function writeOpening(writer: Writer, message: Message, opening: Opening): void {
  const { format, chunkStreamId, time } = opening;
  writer.u8((format << 6) | chunkStreamId).u24(Math.min(time, EXTENDED));
  if (format < ChunkFormat.deltaOnly) writer.u24(message.payload.length).u8(message.type);
  if (format === ChunkFormat.full) {
    const id = message.streamId;
    writer
      .u8(id)
      .u8(id >>> 8)
      .u8(id >>> 16)
      .u8(id >>> 24);
  }
  if (time >= EXTENDED) writer.u32(time);
}

/** Audio, video and commands apart, so that a large picture does not hold up the others. */
function chunkStreamOf(message: Message): number {
  if (message.type <= MessageType.setPeerBandwidth) return 2;
  switch (message.type) {
    case MessageType.audio:
      return 4;
    case MessageType.video:
      return 6;
    case MessageType.commandAmf0:
    case MessageType.commandAmf3:
      return message.streamId === 0 ? 3 : 8;
    default:
      return 5;
  }
}
