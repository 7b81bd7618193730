import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Reader } from "../../../protocol/bytes/reader.ts";
import { MalformedError } from "../../../protocol/errors.ts";

const bytes = Uint8Array.of(0xff, 0xfe, 0xfd, 0xfc, 0xfb, 0xfa, 0xf9, 0xf8);

/** Every way to read, with the bytes it takes of `bytes`. */
const reads: readonly [string, number, (reader: Reader) => unknown, unknown][] = [
  ["u8", 1, (reader) => reader.u8(), 0xff],
  ["u16", 2, (reader) => reader.u16(), 0xfffe],
  ["u24", 3, (reader) => reader.u24(), 0xfffefd],
  ["u32", 4, (reader) => reader.u32(), 0xfffefdfc],
  ["bytes", 5, (reader) => reader.bytes(5), bytes.subarray(0, 5)],
  ["utf8", 3, (reader) => reader.utf8(3), "\ufffd\ufffd\ufffd"],
  ["skip", 6, (reader) => reader.skip(6), undefined],
  ["rest", 8, (reader) => reader.rest(), bytes],
];

for (const [name, length, read, expected] of reads) {
  test(`${name} is big-endian, unsigned, and moves on by ${length}`, () => {
    const reader = new Reader(bytes);
    assert.deepEqual(read(reader), expected);
    assert.equal(reader.position, length);
    assert.equal(reader.remaining, 8 - length);
  });

  if (name === "rest") continue;
  test(`${name} is malformed when any of its ${length} bytes is missing, and moves nothing`, () => {
    for (let end = 0; end < length; end += 1) {
      const reader = new Reader(bytes, 0, end);
      assert.throws(() => read(reader), MalformedError);
      assert.equal(reader.position, 0);
    }
  });
}

test("f64 reads IEEE 754 also from the middle of a larger buffer", () => {
  const view = new DataView(new ArrayBuffer(24));
  view.setFloat64(11, -Math.PI);
  const inner = new Uint8Array(view.buffer, 4, 15);
  assert.equal(new Reader(inner, 7).f64(), -Math.PI);
  assert.throws(() => new Reader(inner, 8).f64(), MalformedError);
});

test("a reader of a part sees nothing beyond it", () => {
  const reader = new Reader(bytes, 2, 4);
  assert.equal(reader.position, 2);
  assert.equal(reader.u16(), 0xfdfc);
  assert.equal(reader.remaining, 0);
  assert.deepEqual(reader.rest(), new Uint8Array(0));
  assert.throws(() => reader.u8(), MalformedError);
});

test("bytes, field and rest are views, not copies", () => {
  const own = Uint8Array.of(1, 7, 8);
  assert.equal(new Reader(own).bytes(2).buffer, own.buffer);
  assert.equal(new Reader(own).field().buffer, own.buffer);
  assert.equal(new Reader(own).rest().buffer, own.buffer);
});

test("utf8 reads text and keeps a byte order mark", () => {
  const text = new TextEncoder().encode("\ufeffgrüß 🎥");
  assert.equal(new Reader(text).utf8(text.length), "\ufeffgrüß 🎥");
});

test("§2.1.2 VLU: seven bits a byte, the high bit says that more follow", () => {
  const cases: readonly [readonly number[], number][] = [
    [[0x00], 0],
    [[0x7f], 127],
    [[0x81, 0x00], 128],
    [[0x82, 0x2c], 300],
    [[0xff, 0x7f], 16_383],
    [[0x81, 0x80, 0x00], 16_384],
    [[0x8f, 0xff, 0xff, 0xff, 0x7f], 0xffff_ffff],
    [[0x8f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], Number.MAX_SAFE_INTEGER],
  ];
  for (const [encoded, value] of cases) {
    assert.equal(new Reader(Uint8Array.from(encoded)).vlu(), value);
  }
});

test("§2.1.2 VLU: leading zero digits are allowed up to ten bytes", () => {
  assert.equal(new Reader(Uint8Array.of(0x80, 0x80, 0x05)).vlu(), 5);
  const long = (zeros: number): Uint8Array => Uint8Array.of(...new Array(zeros).fill(0x80), 0x05);
  assert.equal(new Reader(long(9)).vlu(), 5);
  assert.throws(() => new Reader(long(10)).vlu(), MalformedError);
});

test("§2.1.2 VLU: a value above 2^53-1 saturates there", () => {
  const most = new Array(9).fill(0xff);
  assert.equal(new Reader(Uint8Array.of(...most, 0x7f)).vlu(), Number.MAX_SAFE_INTEGER);
  assert.equal(
    new Reader(Uint8Array.of(0x90, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00)).vlu(),
    Number.MAX_SAFE_INTEGER,
  );
});

test("§2.1.2 VLU: any bytes are a safe integer or malformed", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), (input) => {
      try {
        assert.ok(Number.isSafeInteger(new Reader(input).vlu()));
      } catch (error) {
        assert.ok(error instanceof MalformedError);
      }
    }),
  );
});

test("a field longer than what is left is malformed, however long it claims to be", () => {
  for (const length of [[0x04], [0x8f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]]) {
    assert.throws(() => new Reader(Uint8Array.of(...length, 1, 2, 3)).field(), MalformedError);
  }
  assert.deepEqual(new Reader(Uint8Array.of(3, 1, 2, 3)).field(), Uint8Array.of(1, 2, 3));
  assert.deepEqual(new Reader(Uint8Array.of(0)).field(), new Uint8Array(0));
});
