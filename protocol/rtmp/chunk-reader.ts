import { Reader } from "../bytes/reader.ts";
import { MalformedError } from "../errors.ts";
import { MAX_MESSAGE_BYTES } from "../params.ts";
import {
  ChunkFormat,
  type ChunkHeader,
  INITIAL_CHUNK_BYTES,
  readChunkHeader,
} from "./chunk-header.ts";
import { ChunkStream } from "./chunk-stream.ts";
import { decodeControl } from "./control.ts";
import type { Message } from "./message.ts";

/** How much of a connection's memory its far end may use. */
export interface ChunkLimits {
  /**
   * Longest message, in bytes.
   * @default 16777215
   */
  readonly maxMessageBytes?: number | undefined;
  /**
   * Chunk streams that are remembered. Real senders use fewer than ten.
   * @default 64
   */
  readonly maxChunkStreams?: number | undefined;
  /**
   * Bytes of memory that all unfinished messages may take together.
   * @default 33554432
   */
  readonly maxPartialBytes?: number | undefined;
}

/**
 * The receiving half of an RTMP chunk stream, RTMP 1.0 §5.3: `push` bytes as they come, then take
 * messages with `next` until it answers undefined. Obeys Set Chunk Size and Abort, and hands them
 * out too. Memory grows with what arrives, never with what is announced.
 */
export class ChunkReader {
  #maxMessageBytes: number;
  readonly #maxChunkStreams: number;
  #maxPartialBytes: number;
  readonly #streams = new Map<number, ChunkStream>();
  #chunkBytes = INITIAL_CHUNK_BYTES;
  #partialBytes = 0;
  #bytes: Uint8Array = NOTHING;
  #at = 0;
  /** The chunk stream whose chunk is under way, and what that chunk still misses. */
  #current: ChunkStream | undefined;
  #missing = 0;

  constructor(limits: ChunkLimits = {}) {
    this.#maxMessageBytes = limits.maxMessageBytes ?? MAX_MESSAGE_BYTES;
    this.#maxChunkStreams = limits.maxChunkStreams ?? MAX_CHUNK_STREAMS;
    this.#maxPartialBytes = limits.maxPartialBytes ?? MAX_PARTIAL_BYTES;
  }

  /** Bytes of memory that unfinished messages take. */
  get heldBytes(): number {
    return this.#partialBytes;
  }

  /** From now on other limits hold for messages; streams that are known stay known. */
  limit({ maxMessageBytes, maxPartialBytes }: ChunkLimits): void {
    this.#maxMessageBytes = maxMessageBytes ?? MAX_MESSAGE_BYTES;
    this.#maxPartialBytes = maxPartialBytes ?? MAX_PARTIAL_BYTES;
  }

  /** Takes received bytes, which must not change any more: payloads may be views of them. */
  push(bytes: Uint8Array): void {
    const left = this.#bytes.length - this.#at;
    if (left === 0) {
      this.#bytes = bytes;
    } else {
      const joined = new Uint8Array(left + bytes.length);
      joined.set(this.#bytes.subarray(this.#at));
      joined.set(bytes, left);
      this.#bytes = joined;
    }
    this.#at = 0;
  }

  /**
   * The next message, or undefined until more bytes come. Throws MalformedError if the stream
   * breaks the syntax or a limit; it cannot go on after that.
   */
  next(): Message | undefined {
    const message = this.#read();
    if (message !== undefined) this.#obey(message);
    if (this.#at === this.#bytes.length) {
      this.#bytes = NOTHING;
      this.#at = 0;
    }
    return message;
  }

  #read(): Message | undefined {
    for (;;) {
      this.#current ??= this.#beginChunk();
      if (this.#current === undefined) return undefined;
      const message = this.#readChunk(this.#current);
      if (message !== undefined) return message;
      if (this.#missing > 0) return undefined;
    }
  }

  /** Reads a chunk's header; answers undefined, and takes nothing, if it has not come whole. */
  #beginChunk(): ChunkStream | undefined {
    const header = readChunkHeader(this.#bytes, this.#at);
    if (header === undefined) return undefined;
    const stream = this.#streamOf(header);
    const timeBytes = this.#repeatedTimeBytes(header, stream);
    const end = this.#at + header.size + timeBytes;
    if (end > this.#bytes.length) return undefined;
    if (stream.isOpen) {
      stream.checkRepeated(header);
    } else {
      stream.begin(
        header,
        timeBytes > 0 ? new Reader(this.#bytes, end - timeBytes).u32() : undefined,
      );
      if (stream.length > this.#maxMessageBytes) {
        throw new MalformedError(`message of ${stream.length} bytes`);
      }
    }
    this.#at = end;
    this.#missing = Math.min(stream.missing, this.#chunkBytes);
    return stream;
  }

  /** Takes what has come of the chunk under way. */
  #readChunk(stream: ChunkStream): Message | undefined {
    const start = this.#at;
    this.#at = Math.min(start + this.#missing, this.#bytes.length);
    this.#missing -= this.#at - start;
    if (this.#missing === 0) this.#current = undefined;
    this.#partialBytes -= stream.heldBytes;
    const message = stream.take(this.#bytes.subarray(start, this.#at));
    this.#partialBytes += stream.heldBytes;
    if (this.#partialBytes > this.#maxPartialBytes) {
      throw new MalformedError(`more than ${this.#maxPartialBytes} bytes of unfinished messages`);
    }
    return message;
  }

  #streamOf(header: ChunkHeader): ChunkStream {
    const id = header.chunkStreamId;
    const known = this.#streams.get(id);
    if (known !== undefined) return known;
    // Some encoders open the control stream with format 1; message stream 0 is the only one it has.
    const isControl = id === CONTROL_STREAM && header.format === ChunkFormat.sameStream;
    if (header.format !== ChunkFormat.full && !isControl) {
      throw new MalformedError(`chunk stream ${id} starts with format ${header.format}`);
    }
    if (this.#streams.size >= this.#maxChunkStreams) {
      throw new MalformedError(`more than ${this.#maxChunkStreams} chunk streams`);
    }
    const stream = new ChunkStream(id);
    this.#streams.set(id, stream);
    return stream;
  }

  /**
   * §5.3.1.3: bytes of extended timestamp after a format 3 header. They are there at the start of a
   * message. On continuations old senders leave them out, so they count only if they repeat the
   * value; what differs from it already need not be waited for.
   */
  #repeatedTimeBytes(header: ChunkHeader, stream: ChunkStream): number {
    const time = stream.extendedTime;
    if (header.format !== ChunkFormat.continued || time === undefined) return 0;
    if (!stream.isOpen) return 4;
    const start = this.#at + header.size;
    for (let index = 0; index < 4; index += 1) {
      const byte = this.#bytes[start + index];
      if (byte !== undefined && byte !== ((time >>> (24 - 8 * index)) & 0xff)) return 0;
    }
    return 4;
  }

  /** §5.4.1 and §5.4.2: a new chunk size counts from the next chunk on, also in open messages. */
  #obey(message: Message): void {
    const control = decodeControl(message);
    if (control?.type === "setChunkSize") this.#chunkBytes = control.chunkBytes;
    if (control?.type !== "abort") return;
    const stream = this.#streams.get(control.chunkStreamId);
    if (stream === undefined) return;
    this.#partialBytes -= stream.heldBytes;
    stream.abort();
  }
}

const NOTHING = new Uint8Array(0);

/** RTMP 1.0 §5.4: protocol control messages travel here. */
const CONTROL_STREAM = 2;

const MAX_CHUNK_STREAMS = 64;

/** Two messages of the greatest length, or very many of usual ones. */
const MAX_PARTIAL_BYTES = 0x200_0000;
