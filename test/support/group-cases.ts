/** What a MODP group of any Primitives has to do, RFC 7425 §4.6.2, checked with BigInt arithmetic. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex, toHex } from "../../protocol/bytes/hex.ts";
import type { Group, KeyPair } from "../../protocol/crypto/primitives.ts";
import { isCryptoError } from "./errors.ts";

export function groupCases(group: Group): void {
  const prime = primes.get(group.id) ?? 0n;

  test(`group ${group.id} is the RFC's prime with generator 2`, () => {
    const one = group.generate();
    const other = group.generate();
    assert.notDeepEqual(one.publicKey, other.publicKey);
    const exponent = integer(one.exportPrivateKey());
    assert.equal(integer(one.publicKey), power(2n, exponent, prime));
    assert.equal(
      integer(one.agree(other.publicKey)),
      power(integer(other.publicKey), exponent, prime),
    );
    assert.deepEqual(one.agree(other.publicKey), other.agree(one.publicKey));
  });

  test(`group ${group.id} restores an exported private key`, () => {
    const pair = group.generate();
    const far = group.generate().publicKey;
    const restored = group.restore(pair.exportPrivateKey());
    assert.deepEqual(restored.publicKey, pair.publicKey);
    assert.deepEqual(restored.agree(far), pair.agree(far));
    const { length } = pair.exportPrivateKey();
    for (const wrong of [0, length - 1, bytes(prime).length + 1]) {
      assert.throws(() => group.restore(new Uint8Array(wrong).fill(1)), isCryptoError);
    }
  });

  test(`group ${group.id} restores a longer private key than it makes`, () => {
    const { length } = group.generate().exportPrivateKey();
    const pair = group.restore(new Uint8Array(length + 8).fill(0x33));
    const exponent = integer(pair.exportPrivateKey());
    assert.equal(pair.exportPrivateKey().length, length + 8);
    assert.equal(integer(pair.publicKey), power(2n, exponent, prime));
  });

  test(`§4.6.2 group ${group.id} strips its secrets and pads its public keys`, () => {
    const size = (prime.toString(16).length + 1) >> 1;
    for (let count = 0; count < 20; count += 1) {
      const pair = group.generate();
      const secret = group.generate().agree(pair.publicKey);
      assert.equal(pair.publicKey.length, size);
      assert.notEqual(secret[0], 0);
    }
  });

  test(`group ${group.id} takes public keys with leading zeros for the integers they are`, () => {
    const pair = group.generate();
    const far = group.generate().publicKey;
    assert.deepEqual(pair.agree(Uint8Array.from([0, 0, ...far])), pair.agree(far));
  });

  test(`§4.6.2 group ${group.id} refuses unacceptable public keys`, () => {
    const pair = group.generate();
    const low = 2n ** 24n;
    const manyOnes = (1n << 17n) - 1n;
    const keys = [0n, 1n, 2n, low - 1n, low, prime - low + 1n, prime - 1n, prime, prime + manyOnes];
    for (const key of keys) assert.throws(() => pair.agree(bytes(key)), isCryptoError, `${key}`);
    assert.throws(() => pair.agree(new Uint8Array()), isCryptoError);
    assert.throws(() => pair.agree(bytes(prime * prime)), isCryptoError);
    const sparse = (manyOnes << 40n) | (1n << 100n);
    assert.ok(pair.agree(bytes(sparse * sparse)).length > 0, "the generator leads to squares");
    // Which of these are refused depends on the version of OpenSSL; none is anything but refused.
    for (const key of [sparse, prime - sparse, prime - low]) {
      try {
        assert.ok(pair.agree(bytes(key)).length > 0);
      } catch (error) {
        assert.ok(isCryptoError(error));
      }
    }
  });

  leadingZeroCases(group, prime);
}

/** One secret and one public key in 256 are a byte shorter than the prime: these are. */
function leadingZeroCases(group: Group, prime: bigint): void {
  const { exponentLength, shortSecret, shortPublicKey } = shortKeys(group.id);
  const size = bytes(prime).length;

  test(`§4.6.2 a secret of group ${group.id} has no leading zero bytes`, () => {
    const one = group.restore(new Uint8Array(exponentLength).fill(0x11));
    const other = group.restore(privateKeyOf(shortSecret, exponentLength));
    const secret = one.agree(other.publicKey);
    assert.equal(secret.length, size - 1);
    assert.deepEqual(other.agree(one.publicKey), secret);
    const exponent = integer(one.exportPrivateKey());
    assert.equal(integer(secret), power(integer(other.publicKey), exponent, prime));
  });

  test(`a public key of group ${group.id} keeps its leading zero bytes: some take no less`, () => {
    const pair: KeyPair = group.restore(privateKeyOf(shortPublicKey, exponentLength));
    assert.equal(pair.publicKey.length, size);
    assert.equal(pair.publicKey[0], 0);
    assert.equal(integer(pair.publicKey), power(2n, integer(pair.exportPrivateKey()), prime));
  });
}

interface ShortKeys {
  readonly exponentLength: number;
  /** With bytes 0x11 on the other side, this private key makes a secret with a leading zero byte. */
  readonly shortSecret: number;
  /** This private key has a public key with a leading zero byte. */
  readonly shortPublicKey: number;
}

export function shortKeys(group: number): ShortKeys {
  const keys = SHORT_KEYS.get(group);
  assert.ok(keys, `group ${group}`);
  return keys;
}

export function privateKeyOf(number: number, exponentLength: number): Uint8Array {
  const key = new Uint8Array(exponentLength).fill(0x22);
  key[exponentLength - 2] = number >> 8;
  key[exponentLength - 1] = number & 0xff;
  return key;
}

const SHORT_KEYS: ReadonlyMap<number, ShortKeys> = new Map([
  [2, { exponentLength: 28, shortSecret: 45, shortPublicKey: 858 }],
  [5, { exponentLength: 30, shortSecret: 146, shortPublicKey: 498 }],
  [14, { exponentLength: 40, shortSecret: 795, shortPublicKey: 51 }],
  [16, { exponentLength: 60, shortSecret: 47, shortPublicKey: 406 }],
]);

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base % modulus;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

function integer(bigEndian: Uint8Array): bigint {
  return BigInt(`0x${toHex(bigEndian)}`);
}

function bytes(value: bigint): Uint8Array {
  const hex = value.toString(16);
  return fromHex(hex.length % 2 === 0 ? hex : `0${hex}`);
}

/**
 * The primes as RFC 2412 and RFC 3526 define them: 2^n - 2^(n-64) - 1 + 2^64 * (floor(2^(n-130) * pi)
 * + k).
 */
const primes: ReadonlyMap<number, bigint> = new Map([
  [2, oakleyPrime(1024n, 129_093n)],
  [5, oakleyPrime(1536n, 741_804n)],
  [14, oakleyPrime(2048n, 124_476n)],
  [16, oakleyPrime(4096n, 240_904n)],
]);

function oakleyPrime(size: bigint, k: bigint): bigint {
  const pi = piTimes(size - 130n);
  return 2n ** size - 2n ** (size - 64n) - 1n + 2n ** 64n * (pi + k);
}

/** floor(2^bits * pi) by Machin's formula: pi = 16 atan(1/5) - 4 atan(1/239). */
function piTimes(bits: bigint): bigint {
  const guard = 64n;
  const one = 1n << (bits + guard);
  const arctangent = (inverse: bigint): bigint => {
    let sum = 0n;
    let term = one / inverse;
    for (let odd = 1n, sign = 1n; term > 0n; odd += 2n, sign = -sign) {
      sum += (sign * term) / odd;
      term /= inverse * inverse;
    }
    return sum;
  };
  return (16n * arctangent(5n) - 4n * arctangent(239n)) >> guard;
}
