import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readOption, writeMarker, writeOption } from "../../../protocol/bytes/options.ts";
import { Reader } from "../../../protocol/bytes/reader.ts";
import { Writer } from "../../../protocol/bytes/writer.ts";
import { MalformedError } from "../../../protocol/errors.ts";

const option = fc.record(
  { type: fc.maxSafeNat(), value: fc.uint8Array({ maxLength: 300 }) },
  { noNullPrototype: true },
);

test("§2.1.3 an option is its length, its type and its value", () => {
  const writer = new Writer();
  writeOption(writer, 0x0a, Uint8Array.of(1, 2, 3));
  assert.deepEqual(writer.finish(), Uint8Array.of(4, 0x0a, 1, 2, 3));
});

test("§2.1.3 the length counts a type of several bytes; a value may be empty", () => {
  const writer = new Writer();
  writeOption(writer, 128, new Uint8Array(0));
  assert.deepEqual(writer.finish(), Uint8Array.of(2, 0x81, 0x00));
});

test("§2.1.3 a Marker is a length of 0, and is read as no option", () => {
  const writer = new Writer();
  writeMarker(writer);
  assert.deepEqual(writer.finish(), Uint8Array.of(0));
  assert.equal(readOption(new Reader(writer.bytes())), undefined);
});

test("§2.1.3 a list of options and its Marker are read back, and not a byte more", () => {
  fc.assert(
    fc.property(fc.array(option), (options) => {
      const writer = new Writer();
      for (const { type, value } of options) writeOption(writer, type, value);
      writeMarker(writer);
      writer.u8(0x55);
      const reader = new Reader(writer.bytes());
      for (const expected of options) assert.deepEqual(readOption(reader), expected);
      assert.equal(readOption(reader), undefined);
      assert.equal(reader.remaining, 1);
    }),
  );
});

test("§2.1.3 every truncation of an option is malformed", () => {
  fc.assert(
    fc.property(option, ({ type, value }) => {
      const writer = new Writer();
      writeOption(writer, type, value);
      for (let end = 0; end < writer.length; end += 1) {
        assert.throws(() => readOption(new Reader(writer.bytes(), 0, end)), MalformedError);
      }
    }),
  );
});

test("§2.1.3 a type that runs over the option's end is malformed, although bytes follow", () => {
  assert.throws(() => readOption(new Reader(Uint8Array.of(1, 0x81, 0x00))), MalformedError);
});

test("§2.1.3 any bytes are an option, a Marker or malformed", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const reader = new Reader(bytes);
      try {
        const read = readOption(reader);
        assert.ok(read === undefined || read.value.length < bytes.length);
        assert.ok(reader.position > 0);
      } catch (error) {
        assert.ok(error instanceof MalformedError);
      }
    }),
  );
});
