/** Blowfish on blocks of 64 bits, as Bruce Schneier published it in 1993. Slow to make: 521 blocks. */
export class Blowfish {
  readonly #keys: Uint32Array;
  readonly #boxes: Uint32Array;

  /** `key`: 4 to 56 bytes, a multiple of four. */
  constructor(key: Uint8Array) {
    const words = digitsOfPi();
    this.#keys = words.slice(0, SUBKEYS);
    this.#boxes = words.slice(SUBKEYS);
    const view = new DataView(key.buffer, key.byteOffset, key.length);
    for (let index = 0; index < SUBKEYS; index += 1) {
      const keyWord = view.getUint32((index * 4) % key.length);
      this.#keys[index] = (this.#keys[index] as number) ^ keyWord;
    }
    this.#expand(this.#boxes, this.#expand(this.#keys, [0, 0]));
  }

  /** Takes and answers two halves of a block, 32 bits each. */
  encrypt(left: number, right: number): [left: number, right: number] {
    const keys = this.#keys;
    let [near, far] = [left, right];
    for (let round = 0; round < ROUNDS; round += 1) {
      const mixed = near ^ (keys[round] as number);
      near = far ^ this.#mix(mixed);
      far = mixed;
    }
    // The last round does not change sides.
    return [(far ^ (keys[ROUNDS + 1] as number)) >>> 0, (near ^ (keys[ROUNDS] as number)) >>> 0];
  }

  #mix(word: number): number {
    const box = (index: number, shift: number): number =>
      this.#boxes[index * 256 + ((word >>> shift) & 0xff)] as number;
    return (((box(0, 24) + box(1, 16)) ^ box(2, 8)) + box(3, 0)) | 0;
  }

  /** Replaces the words by what encrypting the block before gives, again and again. */
  #expand(words: Uint32Array, start: [number, number]): [number, number] {
    let block = start;
    for (let index = 0; index < words.length; index += 2) {
      block = this.encrypt(...block);
      words.set(block, index);
    }
    return block;
  }
}

/** The first words of the fraction of pi, the published start of all tables. */
function digitsOfPi(): Uint32Array {
  pi ??= fractionOfPi(SUBKEYS + BOX_WORDS);
  return pi;
}

/** John Machin's formula, 1706: it takes less room than the tables, and a few milliseconds. */
function fractionOfPi(count: number): Uint32Array {
  const bits = BigInt(count) * 32n;
  const one = 1n << (bits + GUARD_BITS);
  const fixed = (16n * arctangent(5n, one) - 4n * arctangent(239n, one)) >> GUARD_BITS;
  return Uint32Array.from({ length: count }, (_, index) =>
    Number(BigInt.asUintN(32, fixed >> (bits - 32n * BigInt(index + 1)))),
  );
}

/** arctan(1 / x) in units of `one`. */
function arctangent(x: bigint, one: bigint): bigint {
  let power = one / x;
  let sum = power;
  for (let divisor = 3n; power !== 0n; divisor += 2n) {
    power = -power / (x * x);
    sum += power / divisor;
  }
  return sum;
}

const ROUNDS = 16;
const SUBKEYS: number = ROUNDS + 2;
const BOX_WORDS = 1024;
/** What thousands of divisions, each rounded, can be off by. */
const GUARD_BITS = 64n;

let pi: Uint32Array | undefined;
