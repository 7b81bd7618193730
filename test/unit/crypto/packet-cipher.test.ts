import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Writer } from "../../../protocol/bytes/writer.ts";
import { checksum } from "../../../protocol/crypto/checksum.ts";
import { FlashPacketCipher } from "../../../protocol/crypto/packet-cipher.ts";
import { defaultProtection, type Protection } from "../../../protocol/crypto/protection.ts";
import { Scratch } from "../../../protocol/crypto/scratch.ts";
import { unscrambleSessionId } from "../../../protocol/crypto/session-id.ts";
import { nodePrimitives } from "../../../protocol/node/primitives.ts";

const aesKey = new Uint8Array(16).fill(0x31);
const hmacKey = new Uint8Array(32).fill(0x32);

function protection(hmacLength: number, sequenceNumbers: boolean): Protection {
  const hmac = hmacLength === 0 ? undefined : { key: hmacKey, length: hmacLength };
  return { aesKey, hmac, sequenceNumbers };
}

function cipherOf(both: Protection, scratch = new Scratch()): FlashPacketCipher {
  return new FlashPacketCipher(nodePrimitives, scratch, both, both);
}

function sealed(cipher: FlashPacketCipher, packet: Uint8Array, sessionId = 1): Uint8Array {
  cipher.begin(2000).put(packet);
  return cipher.seal(sessionId);
}

const protections = fc
  .tuple(fc.constantFrom(0, 4, 10, 15, 16, 17, 31, 32), fc.boolean())
  .map(([length, numbers]) => protection(length, numbers));

describe("§4.7.2 format", () => {
  test("what is sealed opens, under the session ID, padded with 0xff: librtmfp takes 0x00 for a chunk", () => {
    const packets = fc.array(fc.uint8Array({ minLength: 1, maxLength: 100 }), { maxLength: 200 });
    const id = fc.integer({ min: 0, max: 0xffff_ffff });
    fc.assert(
      fc.property(protections, packets, id, (both, list, sessionId) => {
        const sender = cipherOf(both);
        const receiver = cipherOf(both);
        for (const packet of list) {
          const datagram = sealed(sender, packet, sessionId);
          assert.equal(unscrambleSessionId(datagram), sessionId);
          assert.equal((datagram.length - 4 - (both.hmac?.length ?? 0)) % 16, 0);
          const plain = receiver.unseal(datagram);
          assert.ok(plain !== undefined);
          assert.deepEqual(plain.subarray(0, packet.length), packet);
          const padding = plain.subarray(packet.length);
          assert.ok(padding.length < 16 && padding.every((byte) => byte === 0xff));
        }
      }),
      { numRuns: 40 },
    );
  });

  test("a datagram is the caller's to keep: later packets do not touch it", () => {
    const cipher = cipherOf(protection(16, true));
    const datagrams = Array.from({ length: 20 }, (_, index) =>
      sealed(cipher, Uint8Array.of(index)),
    );
    const copies = datagrams.map((datagram) => datagram.slice());
    for (const datagram of datagrams) assert.ok(cipher.unseal(datagram));
    assert.deepEqual(datagrams, copies);
  });

  test("the room of an open packet fills datagrams up to the limit, and not further", () => {
    const limit = fc.integer({ min: 80, max: 1600 });
    fc.assert(
      fc.property(protections, limit, fc.integer({ min: 0, max: 200 }), (both, max, sent) => {
        const cipher = cipherOf(both);
        for (let count = 0; count < sent; count += 1) sealed(cipher, Uint8Array.of(1));
        const writer = cipher.begin(max);
        writer.put(new Uint8Array(writer.room));
        assert.throws(() => writer.u8(0), RangeError);
        const { length } = cipher.seal(1);
        assert.ok(length <= max && length > max - 16, `${length} of ${max}`);
      }),
    );
  });
});

/** A packet under a checksum with this number, as whoever is lucky with it may make it. */
function numbered(number: number): Uint8Array {
  const writer = new Writer(64).vlu(number);
  const checksumAt = writer.length;
  writer.u16(0).put(new Uint8Array(4).fill(7));
  writer.put(new Uint8Array(-writer.length & 15).fill(0xff));
  writer.setU16(checksumAt, checksum(writer.bytes(), checksumAt + 2));
  const encrypted = nodePrimitives.aesEncryptor(aesKey)(writer.bytes());
  return Uint8Array.from([0, 0, 0, 0, ...encrypted]);
}

describe("§4.7.3 verification", () => {
  test("under the checksum no number moves the replay window out of reach", () => {
    const receiver = cipherOf(protection(0, true));
    const isTaken = (number: number): boolean => receiver.unseal(numbered(number)) !== undefined;
    assert.ok(isTaken(5_000_000), "senders should begin with 0, but need not");
    for (const far of [2 ** 50, 2 ** 30, 5_000_000 + 2 ** 20 + 64]) assert.ok(!isTaken(far));
    assert.ok(isTaken(5_000_001));
    assert.ok(isTaken(5_000_001 + 2 ** 20), "a long time without any packet");
  });

  test("every flipped bit of a packet under an HMAC is refused, and then it still opens", () => {
    for (const length of [4, 16, 32]) {
      const sender = cipherOf(protection(length, true));
      const receiver = cipherOf(protection(length, true));
      const datagram = sealed(sender, new Uint8Array(40).fill(7));
      // The session ID is not covered by the HMAC: it selects the key, and a wrong key refuses.
      for (let bit = 32; bit < datagram.length * 8; bit += 1) {
        const tampered = datagram.slice();
        tampered[bit >> 3] = (tampered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        assert.equal(receiver.unseal(tampered), undefined, `bit ${bit}`);
      }
      assert.ok(receiver.unseal(datagram));
    }
  });

  test("every flipped bit of a packet under the checksum is refused", () => {
    const cipher = cipherOf(defaultProtection);
    const datagram = sealed(cipher, new Uint8Array(46).fill(7));
    for (let bit = 32; bit < datagram.length * 8; bit += 1) {
      const tampered = datagram.slice();
      tampered[bit >> 3] = (tampered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.equal(cipher.unseal(tampered), undefined, `bit ${bit}`);
    }
  });

  test("truncated, extended and empty datagrams are refused", () => {
    for (const both of [defaultProtection, protection(16, true), protection(0, true)]) {
      const datagram = sealed(cipherOf(both), new Uint8Array(40));
      for (let length = 0; length < datagram.length; length += 1) {
        assert.equal(cipherOf(both).unseal(datagram.subarray(0, length)), undefined, `${length}`);
      }
      const longer = Uint8Array.from([...datagram, ...new Uint8Array(16)]);
      assert.equal(cipherOf(both).unseal(longer), undefined);
    }
  });

  test("noise never throws, and rarely passes even a checksum", () => {
    const noise = fc.uint8Array({ maxLength: 80 });
    for (const both of [defaultProtection, protection(0, true), protection(4, true)]) {
      const cipher = cipherOf(both);
      fc.assert(fc.property(noise, (datagram) => void cipher.unseal(datagram)));
    }
    const blocks = fc.uint8Array({ minLength: 36, maxLength: 36 });
    const cipher = cipherOf(protection(16, true));
    fc.assert(fc.property(blocks, (datagram) => cipher.unseal(datagram) === undefined));
  });

  test("a packet of nothing but continued VLU bytes is refused, not thrown", () => {
    const numbered = cipherOf(protection(0, true));
    const unnumbered = cipherOf(protection(16, false));
    const datagram = sealed(unnumbered, new Uint8Array(32).fill(0x80));
    const receiver = cipherOf(protection(16, true));
    assert.equal(receiver.unseal(datagram), undefined);
    assert.equal(numbered.unseal(datagram), undefined);
  });
});

describe("§4.7.3.3 session sequence numbers", () => {
  test("a packet opens once, in any order within 1024", () => {
    for (const length of [0, 16]) {
      const sender = cipherOf(protection(length, true));
      const receiver = cipherOf(protection(length, true));
      const packets = Array.from({ length: 1025 }, () => sealed(sender, Uint8Array.of(9)));
      for (const packet of packets.toReversed()) assert.ok(receiver.unseal(packet));
      for (const packet of packets) assert.equal(receiver.unseal(packet), undefined);
    }
  });

  test("a packet that is not authentic leaves its number free", () => {
    for (const length of [0, 16]) {
      const datagram = sealed(cipherOf(protection(length, true)), new Uint8Array(40));
      const receiver = cipherOf(protection(length, true));
      const tampered = datagram.slice();
      tampered[30] = (tampered[30] ?? 0) ^ 1;
      assert.equal(receiver.unseal(tampered), undefined);
      assert.ok(receiver.unseal(datagram));
    }
  });

  test("a packet that was opened and thrown away has used up no number", () => {
    const sender = cipherOf(protection(16, true));
    sender.begin(1200).u8(1);
    const first = sealed(sender, Uint8Array.of(2));
    assert.deepEqual(first, sealed(cipherOf(protection(16, true)), Uint8Array.of(2)));
  });
});

describe("the shared scratch", () => {
  test("ciphers take turns, whatever the limits", () => {
    const scratch = new Scratch();
    const one = cipherOf(protection(16, true), scratch);
    const other = cipherOf(defaultProtection, scratch);
    other.begin(100).put(new Uint8Array(50));
    other.seal(0);
    one.begin(5000).put(new Uint8Array(4900));
    const large = one.seal(1);
    other.begin(100).u8(1);
    const small = other.seal(0);
    assert.equal(one.unseal(large)?.length, 4911);
    assert.equal(small.length, 20);
  });

  test("a packet is sealed once, and by the cipher that began it last", () => {
    const scratch = new Scratch();
    const one = cipherOf(protection(16, true), scratch);
    const other = cipherOf(protection(16, true), scratch);
    assert.throws(() => one.seal(1), /invariant/);
    one.begin(1200).u8(1);
    other.begin(1200).u8(2);
    assert.throws(() => one.seal(1), /invariant/);
    other.seal(1);
    assert.throws(() => other.seal(1), /invariant/);
  });
});
