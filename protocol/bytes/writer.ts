import { invariant } from "../errors.ts";

const text = new TextEncoder();

/** What was to be written is longer than the Writer may be. */
export class NoRoomError extends RangeError {
  constructor(limit: number) {
    super(`more than ${limit} bytes to write`);
    this.name = new.target.name;
  }
}

/**
 * A big-endian cursor over one growing buffer. `bytes()` answers a view of what was written;
 * `finish()` answers a copy that is the caller's to keep. Throws NoRoomError past its limit.
 */
export class Writer {
  #bytes: Uint8Array<ArrayBuffer>;
  #at = 0;
  /** What `bytes` answered last. */
  #view: Uint8Array<ArrayBuffer> | undefined;
  /** The most bytes it may hold; a writer that is used again may get another limit each time. */
  limit: number;

  /** Starts with room for `capacity` bytes and never holds more than `limit`. */
  constructor(capacity = 256, limit: number = MAX_LENGTH) {
    this.#bytes = new Uint8Array(capacity);
    this.limit = limit;
  }

  get length(): number {
    return this.#at;
  }

  /** Bytes that still fit below the limit. */
  get room(): number {
    return this.limit - this.#at;
  }

  u8(value: number): this {
    const at = this.#reserve(1);
    this.#bytes[at] = value;
    return this;
  }

  u16(value: number): this {
    const at = this.#reserve(2);
    this.setU16(at, value);
    return this;
  }

  u24(value: number): this {
    const at = this.#reserve(3);
    this.#bytes[at] = value >>> 16;
    this.#bytes[at + 1] = value >>> 8;
    this.#bytes[at + 2] = value;
    return this;
  }

  u32(value: number): this {
    const at = this.#reserve(4);
    this.#bytes[at] = value >>> 24;
    this.#bytes[at + 1] = value >>> 16;
    this.#bytes[at + 2] = value >>> 8;
    this.#bytes[at + 3] = value;
    return this;
  }

  /** IEEE 754 double. */
  f64(value: number): this {
    const at = this.#reserve(8);
    new DataView(this.#bytes.buffer, at, 8).setFloat64(0, value);
    return this;
  }

  put(bytes: Uint8Array): this {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
    return this;
  }

  /** The same byte `count` times. */
  fill(value: number, count: number): this {
    const at = this.#reserve(count);
    // Up to a block of padding a loop is quicker than the call.
    if (count > SHORT) this.#bytes.fill(value, at, at + count);
    else for (let index = at; index < at + count; index += 1) this.#bytes[index] = value;
    return this;
  }

  /** UTF-8, without a length. */
  utf8(value: string): this {
    return this.put(text.encode(value));
  }

  /** Variable Length Unsigned integer, RFC 7016 §2.1.2, in its shortest form. */
  vlu(value: number): this {
    let length = 1;
    for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length += 1;
    const at = this.#reserve(length);
    let rest = value;
    for (let index = length - 1; index >= 0; index -= 1) {
      this.#bytes[at + index] = (rest % 128) | (index === length - 1 ? 0 : 0x80);
      rest = Math.floor(rest / 128);
    }
    return this;
  }

  /** A VLU length and the bytes. */
  field(bytes: Uint8Array): this {
    return this.vlu(bytes.length).put(bytes);
  }

  /** Overwrites a byte that was written before. */
  setU8(at: number, value: number): void {
    invariant(at < this.#at, "setU8 stays inside what was written");
    this.#bytes[at] = value;
  }

  /** Overwrites two bytes that were written before. */
  setU16(at: number, value: number): void {
    invariant(at + 2 <= this.#at, "setU16 stays inside what was written");
    this.#bytes[at] = value >>> 8;
    this.#bytes[at + 1] = value;
  }

  /** Forgets everything after `length`. */
  truncate(length: number): void {
    invariant(length <= this.#at, "truncate never grows");
    this.#at = length;
  }

  /** A view of what was written; it changes with the next write. */
  bytes(): Uint8Array<ArrayBuffer> {
    // One that is used again often has as much in it as the time before.
    if (this.#view?.length !== this.#at) this.#view = this.#bytes.subarray(0, this.#at);
    return this.#view;
  }

  /** A copy of what was written. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#at);
  }

  #reserve(count: number): number {
    const at = this.#at;
    const needed = at + count;
    if (needed > this.#bytes.length || needed > this.limit) this.#grow(needed);
    this.#at = needed;
    return at;
  }

  #grow(needed: number): void {
    if (needed > this.limit) throw new NoRoomError(this.limit);
    const grown = new Uint8Array(Math.min(this.limit, Math.max(needed, this.#bytes.length * 2)));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
    this.#view = undefined;
  }
}

/** Bytes that `value` takes as a VLU, RFC 7016 §2.1.2. */
export function vluLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length += 1;
  return length;
}

const SHORT = 32;
/** Larger than any message of any of our protocols (RTMP: 2^24-1 and its headers). */
const MAX_LENGTH = 0x200_0000;
