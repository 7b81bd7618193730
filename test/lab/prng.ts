/**
 * The lab's own generator, so that no runtime can change what a seed means: xoshiro128** 1.1 by
 * Blackman and Vigna (https://prng.di.unimi.it/xoshiro128starstar.c), integer operations only.
 */
export class Prng {
  readonly #state: Uint32Array;

  /**
   * A stream of `seed`. Streams of different names are independent: draws from one never shift
   * another. The state is four FNV-1a hashes of seed and name, each finished by `avalanche`.
   */
  constructor(seed: number, stream = "") {
    this.#state = Uint32Array.from({ length: 4 }, (_, word) =>
      avalanche(fnv1a(`${word}/${seed}/${stream}`)),
    );
  }

  /** A whole number from 0 to 2^32-1. */
  u32(): number {
    return xoshiro128(this.#state);
  }

  /** A multiple of 2^-32 from 0 up to, not including, 1. */
  fraction(): number {
    return this.u32() / TWO_32;
  }

  /** True with this probability: never at 0, always at 1. */
  chance(probability: number): boolean {
    return this.u32() < probability * TWO_32;
  }

  /** A whole number from 0 up to, not including, `limit`. */
  below(limit: number): number {
    return Math.floor(this.fraction() * limit);
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    for (let index = 0; index < length; index += 1) bytes[index] = this.u32() >>> 24;
    return bytes;
  }
}

/** One step of xoshiro128**: the next 32-bit number, `state` (4 words, not all zero) moved on. */
export function xoshiro128(state: Uint32Array): number {
  // By index: taking a typed array apart by its iterator costs more than all the rest.
  let s0 = state[0] ?? 0;
  let s1 = state[1] ?? 0;
  let s2 = state[2] ?? 0;
  let s3 = state[3] ?? 0;
  const result = Math.imul(rotateLeft(Math.imul(s1, 5), 7), 9) >>> 0;
  const shifted = s1 << 9;
  s2 ^= s0;
  s3 ^= s1;
  s1 ^= s2;
  s0 ^= s3;
  s2 ^= shifted;
  s3 = rotateLeft(s3, 11);
  state[0] = s0;
  state[1] = s1;
  state[2] = s2;
  state[3] = s3;
  return result;
}

/** FNV-1a, 32 bits, over the UTF-16 code units of `text`. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/** The finalizer of MurmurHash3: every bit of the input reaches every bit of the output. */
function avalanche(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

function rotateLeft(value: number, count: number): number {
  return (value << count) | (value >>> (32 - count));
}

const TWO_32 = 2 ** 32;
