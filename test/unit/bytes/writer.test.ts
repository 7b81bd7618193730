import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Reader } from "../../../protocol/bytes/reader.ts";
import { vluLength, Writer } from "../../../protocol/bytes/writer.ts";

test("integers are big-endian", () => {
  const writer = new Writer().u8(1).u16(0x0203).u24(0x040506).u32(0xfffefdfc);
  assert.deepEqual(writer.finish(), Uint8Array.of(1, 2, 3, 4, 5, 6, 0xff, 0xfe, 0xfd, 0xfc));
});

test("a float is an IEEE 754 double, also after other bytes", () => {
  const written = new Writer(1).u8(7).f64(0.1).finish();
  assert.equal(new DataView(written.buffer).getFloat64(1), 0.1);
});

const step = fc.oneof(
  fc.record({ kind: fc.constant("u8" as const), value: fc.nat(0xff) }),
  fc.record({ kind: fc.constant("u16" as const), value: fc.nat(0xffff) }),
  fc.record({ kind: fc.constant("u24" as const), value: fc.nat(0xff_ffff) }),
  fc.record({ kind: fc.constant("u32" as const), value: fc.integer({ min: 0, max: 2 ** 32 - 1 }) }),
  fc.record({ kind: fc.constant("vlu" as const), value: fc.maxSafeNat() }),
  fc.record({ kind: fc.constant("f64" as const), value: fc.double() }),
);

test("what is written is read back, whatever the capacity at the start", () => {
  fc.assert(
    fc.property(fc.array(step), fc.nat(20), (steps, capacity) => {
      const writer = new Writer(capacity);
      for (const { kind, value } of steps) writer[kind](value);
      const reader = new Reader(writer.bytes());
      for (const { kind, value } of steps) assert.deepEqual(reader[kind](), value);
      assert.equal(reader.remaining, 0);
      assert.equal(reader.position, writer.length);
    }),
  );
});

test("fields and text are read back", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.string({ unit: "grapheme" }),
      (bytes, text) => {
        const encoded = new TextEncoder().encode(text);
        const reader = new Reader(new Writer(0).field(bytes).utf8(text).bytes());
        assert.deepEqual(reader.field(), bytes);
        assert.equal(reader.utf8(encoded.length), text);
        assert.equal(reader.remaining, 0);
      },
    ),
  );
});

test("§2.1.2 a VLU takes its shortest form, whose length vluLength tells", () => {
  const lengths: readonly [number, number][] = [
    [0, 1],
    [127, 1],
    [128, 2],
    [16_383, 2],
    [16_384, 3],
    [2 ** 32, 5],
    [Number.MAX_SAFE_INTEGER, 8],
  ];
  for (const [value, length] of lengths) {
    assert.equal(vluLength(value), length);
    assert.equal(new Writer().vlu(value).length, length);
  }
});

test("§2.1.2 every truncation of a VLU is malformed", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      const encoded = new Writer().vlu(value).finish();
      for (let end = 0; end < encoded.length; end += 1) {
        assert.throws(() => new Reader(encoded, 0, end).vlu(), { code: "MALFORMED" });
      }
    }),
  );
});

test("bytes is a view, finish is a copy of exactly what was written", () => {
  const writer = new Writer(100).u16(0x0102);
  const [view, copy] = [writer.bytes(), writer.finish()];
  writer.setU16(0, 0x0304);
  assert.deepEqual(view, Uint8Array.of(3, 4));
  assert.deepEqual(copy, Uint8Array.of(1, 2));
  assert.equal(copy.buffer.byteLength, 2);
});

test("setU16 overwrites inside what was written and nowhere else", () => {
  const writer = new Writer().u32(0);
  writer.setU16(2, 0xabcd);
  assert.deepEqual(writer.finish(), Uint8Array.of(0, 0, 0xab, 0xcd));
  assert.throws(() => writer.setU16(3, 1), /invariant broken/);
});

test("truncate forgets the end, and what comes next overwrites it", () => {
  const writer = new Writer().u32(0xffff_ffff);
  writer.truncate(1);
  assert.deepEqual(writer.u8(1).finish(), Uint8Array.of(0xff, 1));
  assert.throws(() => writer.truncate(3), /invariant broken/);
});

test("a writer holds its limit and not a byte more, also when its capacity is larger", () => {
  for (const capacity of [0, 3, 10, 256]) {
    const writer = new Writer(capacity, 10).put(new Uint8Array(7));
    assert.equal(writer.room, 3);
    writer.u24(1);
    assert.equal(writer.room, 0);
    assert.throws(() => writer.u8(1), /^NoRoomError: more than 10 bytes to write$/);
    assert.equal(writer.length, 10);
  }
});
