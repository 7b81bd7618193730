import { invariant } from "../errors.ts";

/**
 * Collects a run of bytes whose length is announced by a far end that nobody trusts yet: room grows
 * with what arrives, so that announcing much and sending little costs little.
 */
export class Assembly {
  readonly length: number;
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #filled = 0;

  constructor(length: number) {
    this.length = length;
  }

  /** Bytes that have not arrived. */
  get missing(): number {
    return this.length - this.#filled;
  }

  /** Bytes of memory that it takes: more than have arrived, as room grows in steps. */
  get room(): number {
    return this.#bytes.length;
  }

  /** Copies the start of `bytes`, no more than is missing, and answers how many bytes it took. */
  add(bytes: Uint8Array): number {
    const count = Math.min(bytes.length, this.missing);
    const filled = this.#filled + count;
    if (filled > this.#bytes.length) this.#grow(filled);
    this.#bytes.set(bytes.subarray(0, count), this.#filled);
    this.#filled = filled;
    return count;
  }

  /** All the bytes, the caller's to keep. */
  finish(): Uint8Array<ArrayBuffer> {
    invariant(this.missing === 0, "an assembly is finished once nothing is missing");
    return this.#bytes;
  }

  #grow(needed: number): void {
    const room = Math.min(this.length, Math.max(needed * 2, FIRST_ROOM));
    const grown = new Uint8Array(room);
    grown.set(this.#bytes.subarray(0, this.#filled));
    this.#bytes = grown;
  }
}

/** A page: most messages of RTMP fit, and it is nothing beside a connection's own buffers. */
const FIRST_ROOM = 4096;
