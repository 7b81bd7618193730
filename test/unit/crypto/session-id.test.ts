import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { scrambleSessionId, unscrambleSessionId } from "../../../protocol/crypto/session-id.ts";
import { MalformedError } from "../../../protocol/errors.ts";

test("RFC 7016 §2.2.2 the session ID is four bytes xor the next eight", () => {
  const datagram = Uint8Array.of(
    0x6b,
    0x18,
    0xd7,
    0x96,
    0x7f,
    0x75,
    0xf4,
    0x08,
    0x14,
    0x6d,
    0x23,
    0x9e,
  );
  assert.equal(unscrambleSessionId(datagram), 0);
});

test("RFC 7016 §2.2.2 scrambling and unscrambling are inverse for every u32", () => {
  const id = fc.integer({ min: 0, max: 0xffff_ffff });
  fc.assert(
    fc.property(id, fc.uint8Array({ minLength: 4, maxLength: 40 }), (sessionId, datagram) => {
      scrambleSessionId(datagram, sessionId);
      assert.equal(unscrambleSessionId(datagram), sessionId);
    }),
  );
});

test("RFC 7016 §2.2.2 an encrypted packet below eight bytes is padded with zeros", () => {
  assert.equal(unscrambleSessionId(Uint8Array.of(1, 2, 3, 4)), 0x01020304);
  assert.equal(unscrambleSessionId(Uint8Array.of(1, 2, 3, 4, 0xff, 0, 0, 0, 0, 1)), 0xfe030304);
  for (let length = 0; length < 4; length += 1) {
    assert.throws(() => unscrambleSessionId(new Uint8Array(length)), MalformedError);
  }
});
