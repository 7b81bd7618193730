/** What every implementation of Primitives has to do; call it in a test file of its own. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { fromHex } from "../../protocol/bytes/hex.ts";
import type { Group, Primitives } from "../../protocol/crypto/primitives.ts";
import { isCryptoError } from "./errors.ts";
import { groupCases } from "./group-cases.ts";

export function primitivesCases(name: string, primitives: Primitives): void {
  describe(`Primitives: ${name}`, () => {
    randomCases(primitives);
    hashCases(primitives);
    aesCases(primitives);
    for (const id of [2, 5, 14, 16]) groupCases(groupOf(primitives, id));
    x25519Cases(groupOf(primitives, 31));
    test("an unknown group is undefined", () => {
      for (const id of [0, 1, 30, 255, Number.MAX_SAFE_INTEGER]) {
        assert.equal(primitives.group(id), undefined);
      }
    });
  });
}

function randomCases(primitives: Primitives): void {
  test("random answers new plain arrays of the length", () => {
    const one = primitives.random(64);
    const other = primitives.random(64);
    assert.equal(Object.getPrototypeOf(one), Uint8Array.prototype);
    assert.equal(one.length, 64);
    assert.notDeepEqual(one, other);
    assert.equal(primitives.random(0).length, 0);
  });
}

function hashCases(primitives: Primitives): void {
  test("SHA-256 of FIPS 180-2, however the message is cut", () => {
    const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    const nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const [a, b, c] = [0x61, 0x62, 0x63].map((byte) => Uint8Array.of(byte));
    assert.ok(a && b && c);
    assert.deepEqual(primitives.sha256(a, b, c), fromHex(abc));
    assert.deepEqual(primitives.sha256(Uint8Array.of(0x61, 0x62, 0x63)), fromHex(abc));
    assert.deepEqual(primitives.sha256(), fromHex(nothing));
    assert.deepEqual(primitives.sha256(new Uint8Array()), fromHex(nothing));
  });

  test("HMAC-SHA256 of RFC 4231, keys below, at and above a block", () => {
    for (const [key, message, code] of HMACS) {
      assert.deepEqual(primitives.hmacSha256(fromHex(key))(fromHex(message)), fromHex(code));
    }
  });

  test("HMAC-SHA256 is the construction of RFC 2104 for any message, under one kept key", () => {
    const key = primitives.random(32);
    const mac = primitives.hmacSha256(key);
    const pad = (value: number): Uint8Array =>
      Uint8Array.from({ length: 64 }, (_, at) => (key[at] ?? 0) ^ value);
    for (const length of [0, 1, 63, 64, 65, 1200, 1984, 1985, 5000, 70_000]) {
      const message = primitives.random(length);
      const inner = primitives.sha256(pad(0x36), message);
      assert.deepEqual(mac(message), primitives.sha256(pad(0x5c), inner));
    }
  });

  test("equal compares all bytes, and lengths", () => {
    assert.equal(primitives.equal(Uint8Array.of(1, 2), Uint8Array.of(1, 2)), true);
    assert.equal(primitives.equal(Uint8Array.of(1, 2), Uint8Array.of(1, 3)), false);
    assert.equal(primitives.equal(Uint8Array.of(1, 2), Uint8Array.of(1)), false);
    assert.equal(primitives.equal(new Uint8Array(), new Uint8Array()), true);
  });
}

function aesCases(primitives: Primitives): void {
  const key = fromHex("2b7e151628aed2a6abf7158809cf4f3c");
  test("AES-128 of NIST SP 800-38A: with a zero IV, CBC of one block is ECB", () => {
    const encrypt = primitives.aesEncryptor(key);
    const decrypt = primitives.aesDecryptor(key);
    for (const [plain, encrypted] of BLOCKS) {
      assert.deepEqual(encrypt(fromHex(plain)), fromHex(encrypted));
      assert.deepEqual(decrypt(fromHex(encrypted)), fromHex(plain));
    }
  });

  test("AES-128-CBC chains blocks within a call, and nothing between calls", () => {
    const encrypt = primitives.aesEncryptor(key);
    const decrypt = primitives.aesDecryptor(key);
    const chained = (blocks: Uint8Array): Uint8Array => {
      const output = new Uint8Array(blocks.length);
      for (let at = 0; at < blocks.length; at += 16) {
        const input = blocks.slice(at, at + 16);
        const previous = at === 0 ? new Uint8Array(16) : output.slice(at - 16, at);
        const mixed = input.map((byte, index) => byte ^ (previous[index] ?? 0));
        output.set(primitives.aesEncryptor(key)(mixed), at);
      }
      return output;
    };
    const packets = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(packets, (blockCounts) => {
        for (const count of blockCounts) {
          const plain = primitives.random(count * 16);
          const before = plain.slice();
          const encrypted = encrypt(plain);
          assert.deepEqual(plain, before, "the input is left as it was");
          assert.deepEqual(encrypted, chained(plain));
          assert.deepEqual(decrypt(encrypted), plain);
          assert.deepEqual(encrypted, chained(plain), "the input is left as it was");
        }
      }),
      { numRuns: 50 },
    );
  });

  test("AES refuses what is not whole blocks, and goes on working", () => {
    const encrypt = primitives.aesEncryptor(key);
    const decrypt = primitives.aesDecryptor(key);
    const blocks = primitives.random(48);
    for (const length of [0, 1, 15, 17, 47]) {
      assert.throws(() => encrypt(new Uint8Array(length)));
      assert.throws(() => decrypt(new Uint8Array(length)));
    }
    assert.deepEqual(decrypt(encrypt(blocks)), blocks);
  });
}

function x25519Cases(group: Group): void {
  test("group 31 is X25519: RFC 7748 §6.1", () => {
    const alice = group.restore(fromHex(ALICE));
    const bob = group.restore(fromHex(BOB));
    assert.deepEqual(alice.publicKey, fromHex(ALICE_PUBLIC));
    assert.deepEqual(bob.publicKey, fromHex(BOB_PUBLIC));
    assert.deepEqual(alice.agree(bob.publicKey), fromHex(SHARED));
    assert.deepEqual(bob.agree(alice.publicKey), fromHex(SHARED));
    assert.deepEqual(alice.exportPrivateKey(), fromHex(ALICE));
  });

  test("group 31 generates pairs that agree, and secrets keep their leading zeros", () => {
    const one = group.generate();
    const other = group.generate();
    assert.notDeepEqual(one.publicKey, other.publicKey);
    assert.equal(one.publicKey.length, 32);
    assert.equal(one.agree(other.publicKey).length, 32);
    assert.deepEqual(one.agree(other.publicKey), other.agree(one.publicKey));
    assert.deepEqual(group.restore(one.exportPrivateKey()).publicKey, one.publicKey);
  });

  test("group 31 refuses keys of another length and points of small order", () => {
    const pair = group.generate();
    const one = new Uint8Array(32);
    one[0] = 1;
    for (const key of [new Uint8Array(), new Uint8Array(31), new Uint8Array(33)]) {
      assert.throws(() => pair.agree(key), isCryptoError);
      assert.throws(() => group.restore(key), isCryptoError);
    }
    for (const key of [new Uint8Array(32), one, fromHex(ORDER_EIGHT)]) {
      assert.throws(() => pair.agree(key), isCryptoError);
    }
  });
}

function groupOf(primitives: Primitives, id: number): Group {
  const group = primitives.group(id);
  assert.ok(group !== undefined, `group ${id}`);
  assert.equal(group.id, id);
  return group;
}

/** RFC 4231 §4.2, §4.3, §4.7; the second has a short key, the last one longer than a block. */
const HMACS: readonly (readonly [string, string, string])[] = [
  [
    "0b".repeat(20),
    "4869205468657265",
    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
  ],
  [
    "4a656665",
    "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  ],
  [
    "aa".repeat(131),
    "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b6579204669727374",
    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
  ],
];

/** NIST SP 800-38A F.1.1. */
const BLOCKS: readonly (readonly [string, string])[] = [
  ["6bc1bee22e409f96e93d7e117393172a", "3ad77bb40d7a3660a89ecaf32466ef97"],
  ["ae2d8a571e03ac9c9eb76fac45af8e51", "f5d3d58503b9699de785895a96fdbaaf"],
  ["30c81c46a35ce411e5fbc1191a0a52ef", "43b1cd7f598ece23881b00e3ed030688"],
];

const ALICE = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
const ALICE_PUBLIC = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";
const BOB = "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb";
const BOB_PUBLIC = "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f";
const SHARED = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
/** A point of order eight. */
const ORDER_EIGHT = "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800";
