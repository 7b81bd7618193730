import { STAMPED_BYTES } from "./stream.ts";

/** A chunk stream, as far as its reader is. */
interface Lane {
  type: number;
  length: number;
  /** Bytes of the message that are still to come; 0: none has begun. */
  left: number;
}

/**
 * Reads a chunk stream as cheaply as can be: what is in messages is skipped, but for the first bytes
 * of pictures. It believes all it reads.
 */
export class Meter {
  bytes = 0;
  readonly #onPicture: (start: Uint8Array) => void;
  readonly #lanes = new Map<number, Lane>();
  readonly #head = new Uint8Array(MAX_HEAD_BYTES);
  #headLength = 0;
  readonly #start = new Uint8Array(STAMPED_BYTES);
  #startLength = 0;
  #chunkBytes = 128;
  #lane: Lane | undefined;
  /** Bytes of the chunk that are still to come. */
  #chunkLeft = 0;

  /** `onPicture` is called when the last byte of one is there, with its first bytes. */
  constructor(onPicture: (start: Uint8Array) => void) {
    this.#onPicture = onPicture;
  }

  push(bytes: Uint8Array): void {
    this.bytes += bytes.length;
    for (let at = 0; at < bytes.length; ) {
      at += this.#lane ? this.#skip(this.#lane, bytes, at) : this.#readHead(bytes, at);
    }
  }

  /** A chunk's header may come in pieces. */
  #readHead(bytes: Uint8Array, at: number): number {
    this.#head[this.#headLength] = bytes[at] as number;
    this.#headLength += 1;
    const format = (this.#head[0] as number) >> 6;
    if (this.#headLength === 1 + (FIELD_BYTES[format] as number)) this.#open(format);
    return 1;
  }

  #open(format: number): void {
    const head = this.#head;
    const id = (head[0] as number) & 0x3f;
    const lane = this.#lanes.get(id) ?? { type: 0, length: 0, left: 0 };
    this.#lanes.set(id, lane);
    this.#headLength = 0;
    if (format < 2) {
      lane.length = ((head[4] as number) << 16) | ((head[5] as number) << 8) | (head[6] as number);
      lane.type = head[7] as number;
    }
    if (lane.left === 0) {
      lane.left = lane.length;
      if (isStarted(lane.type)) this.#startLength = 0;
    }
    this.#chunkLeft = Math.min(this.#chunkBytes, lane.left);
    this.#lane = lane;
  }

  #skip(lane: Lane, bytes: Uint8Array, at: number): number {
    const count = Math.min(this.#chunkLeft, bytes.length - at);
    if (isStarted(lane.type) && this.#startLength < STAMPED_BYTES) {
      const part = bytes.subarray(at, at + Math.min(count, STAMPED_BYTES - this.#startLength));
      this.#start.set(part, this.#startLength);
      this.#startLength += part.length;
    }
    this.#chunkLeft -= count;
    lane.left -= count;
    if (this.#chunkLeft === 0) this.#lane = undefined;
    if (lane.left === 0) this.#complete(lane.type);
    return count;
  }

  #complete(type: number): void {
    if (type === VIDEO) this.#onPicture(this.#start);
    else if (type === SET_CHUNK_SIZE) {
      this.#chunkBytes = new DataView(this.#start.buffer).getUint32(0);
    }
  }
}

function isStarted(type: number): boolean {
  return type === VIDEO || type === SET_CHUNK_SIZE;
}

const SET_CHUNK_SIZE = 1;
const VIDEO = 9;
/** RTMP 1.0 §5.3.1.2, by format. */
const FIELD_BYTES: readonly number[] = [11, 7, 3, 0];
const MAX_HEAD_BYTES = 12;
