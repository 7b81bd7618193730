import { MalformedError } from "../errors.ts";

const text = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * A big-endian cursor over received bytes. Never copies: `bytes`, `field` and `rest` answer views.
 * Every read past the end throws MalformedError; nothing is ever answered short.
 */
export class Reader {
  readonly #bytes: Uint8Array;
  #at: number;
  readonly #end: number;

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  /** Offset of the next byte in the array that was given. */
  get position(): number {
    return this.#at;
  }

  get remaining(): number {
    return this.#end - this.#at;
  }

  u8(): number {
    if (this.#at >= this.#end) throw endsEarly();
    return this.#bytes[this.#at++] as number;
  }

  u16(): number {
    const at = this.#take(2);
    const bytes = this.#bytes;
    return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  }

  u24(): number {
    const at = this.#take(3);
    const bytes = this.#bytes;
    return (
      ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number)
    );
  }

  u32(): number {
    const at = this.#take(4);
    const bytes = this.#bytes;
    return (
      (((bytes[at] as number) << 24) |
        ((bytes[at + 1] as number) << 16) |
        ((bytes[at + 2] as number) << 8) |
        (bytes[at + 3] as number)) >>>
      0
    );
  }

  /** IEEE 754 double. */
  f64(): number {
    const at = this.#take(8);
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + at, 8).getFloat64(0);
  }

  /** A view of the next `count` bytes. */
  bytes(count: number): Uint8Array {
    const at = this.#take(count);
    return this.#bytes.subarray(at, at + count);
  }

  /** A view of everything that is left. */
  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }

  /** The next `count` bytes as UTF-8; invalid sequences become U+FFFD. */
  utf8(count: number): string {
    return text.decode(this.bytes(count));
  }

  /**
   * Variable Length Unsigned integer, RFC 7016 §2.1.2. Values above 2^53-1 saturate there: nothing
   * legitimate comes near, and saturating keeps "very large" large.
   */
  vlu(): number {
    let value = 0;
    for (let count = 0; count < MAX_VLU_BYTES; count += 1) {
      const byte = this.u8();
      value = value * 128 + (byte & 0x7f);
      if (byte < 0x80) return Math.min(value, Number.MAX_SAFE_INTEGER);
    }
    throw new MalformedError(`VLU longer than ${MAX_VLU_BYTES} bytes`);
  }

  /** A VLU length and that many bytes, RFC 7016 §2.3.2 and others. A view. */
  field(): Uint8Array {
    return this.bytes(this.vlu());
  }

  skip(count: number): void {
    this.#take(count);
  }

  #take(count: number): number {
    const at = this.#at;
    if (count > this.#end - at) throw endsEarly();
    this.#at = at + count;
    return at;
  }
}

function endsEarly(): MalformedError {
  return new MalformedError("bytes end early");
}

/** §2.1.2 sets no limit; 64-bit values need 10, and a run of 0x80 must not cost more. */
const MAX_VLU_BYTES = 10;
