import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readName, writeName } from "../../../protocol/bytes/name.ts";
import { Reader } from "../../../protocol/bytes/reader.ts";
import { Writer } from "../../../protocol/bytes/writer.ts";
import { MalformedError } from "../../../protocol/errors.ts";

const name = fc.string({ unit: "grapheme", maxLength: 200 });

test("a name is read as it was written, and cut short it is malformed", () => {
  fc.assert(
    fc.property(name, (text) => {
      const bytes = writeName(new Writer(), text).finish();
      assert.equal(readName(new Reader(bytes)), text);
      for (let length = 0; length < bytes.length; length += 1) {
        assert.throws(() => readName(new Reader(bytes.subarray(0, length))), MalformedError);
      }
    }),
  );
});

test("what can be read can be written", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffff }), fc.nat(255), (length, byte) => {
      const bytes = new Writer().u16(length).put(new Uint8Array(length).fill(byte)).finish();
      let read: string | undefined;
      try {
        read = readName(new Reader(bytes));
      } catch (error) {
        assert.ok(error instanceof MalformedError);
      }
      if (read !== undefined) writeName(new Writer(), read);
    }),
  );
});

test("a name of 65535 bytes can be written, a longer one not", () => {
  assert.equal(writeName(new Writer(), "x".repeat(0xffff)).length, 2 + 0xffff);
  assert.throws(() => writeName(new Writer(), "ä".repeat(0x8000)), RangeError);
});
