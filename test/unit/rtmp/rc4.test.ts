import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { concat } from "../../../protocol/bytes/concat.ts";
import { toHex } from "../../../protocol/bytes/hex.ts";
import { Rc4 } from "../../../protocol/rtmp/rc4.ts";
import { cut } from "../../support/cut.ts";

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

test("the examples that everybody knows", () => {
  const examples = [
    ["Key", "Plaintext", "bbf316e8d940af0ad3"],
    ["Wiki", "pedia", "1021bf0420"],
    ["Secret", "Attack at dawn", "45a01f645fc35b383552544b9bf5"],
  ] as const;
  for (const [key, text, cipher] of examples) {
    assert.equal(toHex(new Rc4(ascii(key)).apply(ascii(text))), cipher);
  }
});

test("RFC 6229 §2: 40 bits, far into the stream", () => {
  const stream = new Rc4(Uint8Array.of(1, 2, 3, 4, 5)).apply(new Uint8Array(1024 + 16));
  assert.equal(toHex(stream.subarray(0, 16)), "b2396305f03dc027ccc3524a0a1118a8");
  assert.equal(toHex(stream.subarray(1024)), "30abbcc7c20b01609f23ee2d5f6bb7df");
});

test("however a stream is cut, it is the same, and decrypts to what it was", () => {
  const key = fc.uint8Array({ minLength: 1, maxLength: 32 });
  fc.assert(
    fc.property(key, fc.uint8Array(), fc.array(fc.nat(20)), (key, bytes, cuts) => {
      const before = bytes.slice();
      const sender = new Rc4(key);
      const sent = concat(cut(bytes, cuts).map((piece) => sender.apply(piece)));
      assert.deepEqual(bytes, before);
      assert.deepEqual(sent, new Rc4(key).apply(bytes));
      assert.deepEqual(new Rc4(key).apply(sent), bytes);
    }),
  );
});
