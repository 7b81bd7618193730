import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeAmf0 } from "../../../protocol/amf/amf0-decode.ts";
import { encodeAmf0 } from "../../../protocol/amf/amf0-encode.ts";
import { decodeAmf3 } from "../../../protocol/amf/amf3-decode.ts";
import { encodeAmf3 } from "../../../protocol/amf/amf3-encode.ts";
import {
  AmfExternalizable,
  AmfMixedArray,
  AmfVector,
  AmfXml,
  amfTraits,
} from "../../../protocol/amf/amf3-value.ts";
import { type AmfValue, amfUnsupported, isAmfObject } from "../../../protocol/amf/value.ts";
import { fromHex } from "../../../protocol/bytes/hex.ts";
import { Writer } from "../../../protocol/bytes/writer.ts";
import { MalformedError } from "../../../protocol/errors.ts";
import { anyAmf3 } from "../../support/amf3-arbitraries.ts";
import { orMalformed } from "../../support/errors.ts";

test("§3.1 any bytes are values or malformed", () => {
  const marked = fc.array(
    fc.oneof(
      { weight: 3, arbitrary: fc.integer({ min: 0, max: 0x12 }) },
      { weight: 1, arbitrary: fc.nat(255) },
    ),
  );
  fc.assert(
    fc.property(marked, (bytes) => {
      orMalformed(() => decodeAmf3(Uint8Array.from(bytes)));
      orMalformed(() => decodeAmf0(Uint8Array.of(0x11, ...bytes)));
    }),
    { numRuns: 5000 },
  );
});

test("§3.1 a damaged value is a value or malformed", () => {
  fc.assert(
    fc.property(anyAmf3, fc.nat(), fc.nat(255), (value, at, byte) => {
      const bytes = encodeAmf3([value]);
      bytes[at % bytes.length] = byte;
      orMalformed(() => decodeAmf3(bytes));
    }),
    { numRuns: 1000 },
  );
});

test("§3.1 every truncation of a value is malformed", () => {
  fc.assert(
    fc.property(anyAmf3, (value) => {
      const bytes = encodeAmf3([value]);
      for (let length = 1; length < bytes.length; length += 1) {
        assert.throws(() => decodeAmf3(bytes.subarray(0, length)), MalformedError);
      }
    }),
  );
});

test("§3.1 markers past the dictionary are malformed", () => {
  for (let marker = 0x12; marker <= 0xff; marker += 1) {
    assert.throws(() => decodeAmf3(Uint8Array.of(marker, 1, 1, 1)), MalformedError);
  }
});

test("§3.12 an externalizable class that nobody knows is malformed, and not written", () => {
  assert.throws(() => decodeAmf3(fromHex("0a0703580401")), MalformedError);
  assert.throws(() => encodeAmf3([new AmfExternalizable("X", 1)]), TypeError);
});

test("nobody announces more than follows", () => {
  // Counts of 2^28-1 in an array, sealed members, vectors, a dictionary, bytes, a string.
  const most = "ffffffff";
  for (const hex of [
    `09${most}01`,
    `0a${"fffffffb"}01`,
    ...["0d", "0e", "0f"].map((marker) => `${marker}${most}00`),
    `10${most}0001`,
    `11${most}00`,
    `0c${most}`,
    `06${most}`,
    `0b${most}`,
  ]) {
    assert.throws(() => decodeAmf3(fromHex(hex)), MalformedError, hex);
    assert.throws(() => decodeAmf3(fromHex(hex + "01".repeat(64))), MalformedError, hex);
  }
});

test("values nest 64 levels and no deeper", () => {
  const nested = (levels: number): AmfValue => {
    const wrap = [
      (value: AmfValue): AmfValue => [value],
      (value: AmfValue): AmfValue => ({ a: value }),
      (value: AmfValue): AmfValue => new Map([[value, 1]]),
      (value: AmfValue): AmfValue => new AmfVector([value]),
      (value: AmfValue): AmfValue => new AmfExternalizable("flex.messaging.io.ObjectProxy", value),
    ];
    let value: AmfValue = null;
    for (let level = 0; level < levels; level += 1) value = wrap[level % 5]?.(value);
    return value;
  };
  assert.equal(decodeAmf3(encodeAmf3([nested(64)])).length, 1);
  assert.throws(() => encodeAmf3([nested(65)]), RangeError);
  assert.throws(() => decodeAmf3(fromHex("090301".repeat(65))), /64 levels/);
  assert.throws(() => decodeAmf3(fromHex("090301".repeat(100_000))), MalformedError);
  const within = `${"0a00000001".repeat(40)}11${"090301".repeat(30)}01`;
  assert.throws(() => decodeAmf0(fromHex(within)), /64 levels/);
});

test("a message holds 65536 objects, also if it switches to AMF3 for each", () => {
  const writer = new Writer();
  for (let index = 0; index < 0x1_0000; index += 1) writer.u24(0x09_0101);
  assert.equal(decodeAmf3(writer.bytes()).length, 0x1_0000);
  writer.u24(0x09_0101);
  assert.throws(() => decodeAmf3(writer.bytes()), MalformedError);
  const switching = new Writer();
  for (let index = 0; index < 0x1_0001; index += 1) switching.u32(0x1109_0101);
  assert.throws(() => decodeAmf0(switching.bytes()), MalformedError);
  assert.throws(() => encodeAmf3([Array.from({ length: 0x1_0000 }, () => [])]), RangeError);
});

test("what AMF3 cannot carry is refused, never written as less", () => {
  class Point {
    x = 1;
  }
  const traits = { className: "P", sealed: ["x"], isDynamic: false };
  const wrong: unknown[] = [
    () => 1,
    1n,
    Symbol("s"),
    amfUnsupported,
    new Set([1]),
    new Uint16Array(2),
    new AmfVector(Float32Array.of(1) as unknown as Float64Array),
    new Point(),
    { "": 1 },
    { x: 1, y: 2, [amfTraits]: traits },
  ];
  for (const value of wrong) {
    assert.throws(() => encodeAmf3([value as AmfValue]), TypeError);
    assert.throws(() => encodeAmf3([{ value: value as AmfValue }]), TypeError);
  }
});

test("what only AMF3 has is refused in AMF0", () => {
  const values = [
    new Map([["a", 1]]),
    new AmfXml("<a/>"),
    new AmfVector([]),
    new AmfMixedArray([], {}),
    new AmfExternalizable("X", 1),
  ];
  for (const value of values) {
    assert.throws(() => encodeAmf0([value]), TypeError);
    assert.equal(isAmfObject(value), false);
  }
});
