import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromHex, toHex } from "../../../protocol/bytes/hex.ts";
import { MalformedError } from "../../../protocol/errors.ts";

test("text is lower-case, two digits a byte; either case is read", () => {
  assert.equal(toHex(Uint8Array.of(0x00, 0x0a, 0xff)), "000aff");
  assert.deepEqual(fromHex("000aFf"), Uint8Array.of(0x00, 0x0a, 0xff));
  assert.deepEqual(fromHex(""), new Uint8Array(0));
});

test("what is written is read back", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => assert.deepEqual(fromHex(toHex(bytes)), bytes)),
  );
});

test("an odd digit, a prefix, a blank or a sign is malformed", () => {
  for (const text of ["0", "000", "0x00", "0 00", " 00 ", "-1", "+1", "1.", "gg", "٠٠", "00\n"]) {
    assert.throws(() => fromHex(text), MalformedError, text);
  }
});
