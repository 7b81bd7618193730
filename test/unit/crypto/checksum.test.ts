import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { checksum } from "../../../protocol/crypto/checksum.ts";

test("§4.7.3.1 the example of RFC 1071", () => {
  const bytes = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7);
  assert.equal(checksum(bytes, 0), ~0xddf2 & 0xffff);
});

test("§4.7.3.1 a last odd byte is the low half of its word", () => {
  assert.equal(checksum(Uint8Array.of(0x12), 0), ~0x0012 & 0xffff);
  assert.equal(checksum(Uint8Array.of(0x12, 0x34, 0x56), 0), ~(0x1234 + 0x56) & 0xffff);
});

test("§4.7.3.1 bytes before the start do not count", () => {
  assert.equal(checksum(Uint8Array.of(9, 9, 9, 1, 2), 3), ~0x0102 & 0xffff);
  assert.equal(checksum(Uint8Array.of(9, 9), 2), 0xffff);
});

test("§4.7.3.1 carries wrap round, also in the longest datagram", () => {
  const model = (bytes: Uint8Array): number => {
    let sum = 0n;
    for (let at = 0; at < bytes.length; at += 2) {
      const [high = 0, low] = bytes.subarray(at, at + 2);
      sum += low === undefined ? BigInt(high) : BigInt(high * 256 + low);
    }
    while (sum > 0xffffn) sum = (sum & 0xffffn) + (sum >> 16n);
    return Number(~sum & 0xffffn);
  };
  fc.assert(fc.property(fc.uint8Array(), (bytes) => checksum(bytes, 0) === model(bytes)));
  const longest = new Uint8Array(65_535).fill(0xff);
  assert.equal(checksum(longest, 0), model(longest));
});
