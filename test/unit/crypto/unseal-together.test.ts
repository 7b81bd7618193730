import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FlashPacketCipher } from "../../../protocol/crypto/packet-cipher.ts";
import type { Protection } from "../../../protocol/crypto/protection.ts";
import { Scratch } from "../../../protocol/crypto/scratch.ts";
import { nodePrimitives } from "../../../protocol/node/primitives.ts";

const aesKey = new Uint8Array(16).fill(0x31);
const hmacKey = new Uint8Array(32).fill(0x32);

function cipherOf(protection: Protection): FlashPacketCipher {
  return new FlashPacketCipher(nodePrimitives, new Scratch(), protection, protection);
}

const protections = fc.tuple(fc.constantFrom(0, 16), fc.boolean()).map(
  ([length, sequenceNumbers]): Protection => ({
    aesKey,
    hmac: length === 0 ? undefined : { key: hmacKey, length },
    sequenceNumbers,
  }),
);

/** Short ones, and some that are decrypted alone. */
const lengths = fc.oneof(fc.integer({ min: 1, max: 2_000 }), fc.constantFrom(16_000, 17_000));
const packets = fc.array(fc.tuple(lengths, fc.integer({ min: 0, max: 5 })), { maxLength: 40 });

test("§4.7.3 together they open to what each opens to alone, in whatever groups they come", () => {
  fc.assert(
    fc.property(protections, packets, (protection, list) => {
      const sender = cipherOf(protection);
      const [together, alone] = [cipherOf(protection), cipherOf(protection)];
      const datagrams = list.map(([length, damage]) => {
        sender.begin(20_000).put(nodePrimitives.random(length));
        const datagram = sender.seal(1);
        // One that is broken, one that is cut short, one that is no packet at all.
        if (damage === 1) datagram[9] = (datagram[9] ?? 0) ^ 1;
        return damage === 2
          ? datagram.subarray(0, -1)
          : datagram.subarray(0, damage === 3 ? 4 : undefined);
      });
      const expected = datagrams.map((datagram) => alone.unseal(datagram));
      const copies = datagrams.map((datagram) => datagram.slice());
      assert.deepEqual(together.unsealAll(datagrams), expected);
      assert.deepEqual(datagrams, copies, "what was received stays as it was");
    }),
    { numRuns: 60 },
  );
});

test("§4.7.3.3 a replay within one group is found", () => {
  const protection: Protection = {
    aesKey,
    hmac: { key: hmacKey, length: 16 },
    sequenceNumbers: true,
  };
  const [sender, receiver] = [cipherOf(protection), cipherOf(protection)];
  sender.begin(100).u8(7);
  const datagram = sender.seal(1);
  const [first, second] = receiver.unsealAll([datagram, datagram]);
  assert.equal(first?.[0], 7);
  assert.equal(second, undefined);
});
