import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromHex, toHex } from "../../../protocol/bytes/hex.ts";
import {
  checkModpKey,
  largestModpKey,
  withoutLeadingZeros,
} from "../../../protocol/crypto/modp-key.ts";
import { isCryptoError } from "../../support/errors.ts";

/** Not a prime; only its size counts here. */
const modulus = Uint8Array.of(0xf0, 0xf1, 0, 0, 0, 0, 0, 0, 0, 0x17);
const p = integer(modulus);
const largest = largestModpKey(modulus);

test("§4.6.2 the largest key is the prime minus 2^24, borrowing across bytes", () => {
  assert.equal(integer(largest), p - 2n ** 24n);
  assert.deepEqual(modulus[5], 0, "the modulus is left as it was");
  assert.equal(integer(largestModpKey(Uint8Array.of(9, 2, 3, 4, 5))), 0x0902030405n - 2n ** 24n);
});

test("§4.6.2 a key is acceptable by range and by its one and zero bits", () => {
  const near = fc.tuple(fc.constantFrom(0n, 2n ** 24n, p - 2n ** 24n, p), fc.bigInt(-300n, 300n));
  const any = fc.oneof(
    fc.bigInt(0n, 2n ** 84n),
    near.map(([value, by]) => (value + by < 0n ? 0n : value + by)),
    fc.nat({ max: 83 }).map((bit) => 2n ** BigInt(bit) - 1n),
  );
  fc.assert(
    fc.property(any, fc.nat({ max: 3 }), (key, leadingZeros) => {
      const bytes = Uint8Array.from([...new Uint8Array(leadingZeros), ...bytesOf(key)]);
      const bits = key.toString(2);
      const ones = bits.replaceAll("0", "").length;
      const inRange = key >= 2n ** 24n && key <= p - 2n ** 24n;
      const isAcceptable = inRange && ones >= 16 && bits.length - ones >= 16;
      if (isAcceptable) checkModpKey(bytes, largest);
      else assert.throws(() => checkModpKey(bytes, largest), isCryptoError, `${key}`);
    }),
    { numRuns: 2000 },
  );
});

test("§4.6.2 leading zero bytes go, and nothing else", () => {
  assert.deepEqual(withoutLeadingZeros(Uint8Array.of(0, 0, 1, 0)), Uint8Array.of(1, 0));
  assert.deepEqual(withoutLeadingZeros(Uint8Array.of(1, 0)), Uint8Array.of(1, 0));
  assert.deepEqual(withoutLeadingZeros(new Uint8Array(3)), new Uint8Array());
});

function integer(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes)}`);
}

function bytesOf(value: bigint): Uint8Array {
  const hex = value.toString(16);
  return fromHex(hex.length % 2 === 0 ? hex : `0${hex}`);
}
