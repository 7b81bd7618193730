import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatAddress } from "../../../protocol/wire/address.ts";
import { parsePeerAddress } from "../../../rendezvous/registry/peer-address.ts";
import { orMalformed } from "../../support/errors.ts";

test("RFC 7425 §5.3.3 the example", () => {
  assert.deepEqual(parsePeerAddress("192.0.2.129:50001"), { ip: "192.0.2.129", port: 50001 });
  assert.deepEqual(parsePeerAddress("[2001:db8:1::2]:50002"), {
    ip: "2001:db8:1::2",
    port: 50002,
  });
});

test("§5.3.3 another spelling of an address is the same address", () => {
  assert.deepEqual(parsePeerAddress("[2001:DB8:1:0:0:0:0:2]:1"), { ip: "2001:db8:1::2", port: 1 });
  assert.deepEqual(parsePeerAddress("[::ffff:192.0.2.1]:1"), { ip: "192.0.2.1", port: 1 });
});

for (const text of [
  "",
  "192.0.2.1",
  "192.0.2.1:",
  "192.0.2.1:0",
  "192.0.2.1:65536",
  "192.0.2.1:-1",
  "192.0.2.1:1 ",
  "192.0.2.01:1",
  "192.0.2:1",
  "example.org:1935",
  "2001:db8::1:1935",
  "[2001:db8::1]",
  "[2001:db8::1%eth0]:1",
  "[192.0.2.1]:1x",
  "[192.0.2.1]:1",
  `[${"0".repeat(70)}::]:1`,
]) {
  test(`§5.3.3 "${text.slice(0, 30)}" is no address`, () => {
    assert.equal(
      orMalformed(() => parsePeerAddress(text)),
      "malformed",
    );
  });
}

test("§5.3.3 round trip; any text is an address or malformed", () => {
  const address = fc.record({
    ip: fc.oneof(fc.ipV4(), fc.ipV6()),
    port: fc.integer({ min: 1, max: 65_535 }),
  });
  fc.assert(
    fc.property(address, (value) => {
      const parsed = parsePeerAddress(formatAddress(value));
      assert.deepEqual(parsePeerAddress(formatAddress(parsed)), parsed);
    }),
  );
  fc.assert(fc.property(fc.string(), (text) => void orMalformed(() => parsePeerAddress(text))));
});
