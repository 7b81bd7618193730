import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Amf0ReadContext, decodeAmf0, readAmf0 } from "../../../protocol/amf/amf0-decode.ts";
import { Amf0WriteContext, encodeAmf0, writeAmf0 } from "../../../protocol/amf/amf0-encode.ts";
import {
  AmfDate,
  type AmfObject,
  type AmfValue,
  AmfXmlDocument,
  amfArrayCount,
  amfClassName,
  amfUnsupported,
  createAmfObject,
  ecmaArray,
  isAmfObject,
  typedObject,
} from "../../../protocol/amf/value.ts";
import { fromHex, toHex } from "../../../protocol/bytes/hex.ts";
import { Reader } from "../../../protocol/bytes/reader.ts";
import { Writer } from "../../../protocol/bytes/writer.ts";
import { MalformedError } from "../../../protocol/errors.ts";

const text = fc.string({ unit: "grapheme", maxLength: 12 });

/** Any AMF0 tree, as decoding answers it. */
const anyValue: fc.Arbitrary<AmfValue> = fc.letrec<{ value: AmfValue; object: AmfObject }>(
  (tie) => ({
    object: fc
      .tuple(
        fc.array(fc.tuple(text, tie("value")), { maxLength: 4 }),
        fc.oneof(
          fc.constant({}),
          text.map((name) => ({ [amfClassName]: name })),
          fc.constant({ [amfArrayCount]: 7 }),
        ),
      )
      .map(([pairs, kind]) => {
        const object = Object.assign(createAmfObject(), kind);
        for (const [key, value] of pairs) object[key] = value;
        return object;
      }),
    value: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom(undefined, null, true, false, amfUnsupported),
      fc.double(),
      text,
      fc
        .tuple(fc.double(), fc.integer({ min: -0x8000, max: 0x7fff }))
        .map(([ms, zone]) => new AmfDate(ms, zone)),
      text.map((xml) => new AmfXmlDocument(xml)),
      fc.array(tie("value"), { maxLength: 4 }),
      tie("object"),
    ),
  }),
).value;

test("§2 every value survives writing and reading", () => {
  fc.assert(
    fc.property(fc.array(anyValue, { maxLength: 4 }), (values) => {
      assert.deepEqual(decodeAmf0(encodeAmf0(values)), values);
    }),
  );
});

test("§2 any bytes are values or malformed", () => {
  const marked = fc.array(
    fc.oneof(
      { weight: 3, arbitrary: fc.integer({ min: 0, max: 0x12 }) },
      { weight: 1, arbitrary: fc.nat(255) },
    ),
  );
  fc.assert(
    fc.property(marked, fc.boolean(), (bytes, allowMissingEnd) => {
      try {
        decodeAmf0(Uint8Array.from(bytes), { allowMissingEnd });
      } catch (error) {
        assert.ok(error instanceof MalformedError, String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

test("§2 every truncation of a value is malformed", () => {
  fc.assert(
    fc.property(anyValue, (value) => {
      const bytes = encodeAmf0([value]);
      for (let length = 1; length < bytes.length; length += 1) {
        assert.throws(() => decodeAmf0(bytes.subarray(0, length)), MalformedError);
      }
    }),
    { numRuns: 50 },
  );
});

test("§2.4, §2.14 a string past 65535 bytes is a long string", () => {
  const short = "é".repeat(32767);
  assert.equal(encodeAmf0([short])[0], 0x02);
  const long = `${short}é`;
  assert.equal(toHex(encodeAmf0([long]).subarray(0, 5)), "0c00010000");
  assert.deepEqual(decodeAmf0(encodeAmf0([short, long])), [short, long]);
});

test("§2.4 invalid UTF-8 becomes the replacement character", () => {
  assert.deepEqual(decodeAmf0(fromHex("020001ff")), ["\ufffd"]);
});

test("§2.5 ordinary objects are written as they are, undefined members included", () => {
  const [object] = decodeAmf0(encodeAmf0([{ app: "live", fpad: false, swfUrl: undefined }]));
  assert.ok(isAmfObject(object));
  assert.deepEqual(Object.keys(object), ["app", "fpad", "swfUrl"]);
  assert.equal(object.app, "live");
});

test("§2.5 a key __proto__ is a key and changes no prototype", () => {
  const [object] = decodeAmf0(fromHex("0300095f5f70726f746f5f5f030001610101000009000009"));
  assert.ok(isAmfObject(object));
  assert.equal(Object.getPrototypeOf(object), null);
  assert.deepEqual(Object.keys(object), ["__proto__"]);
  assert.equal("a" in {}, false);
  assert.equal(toHex(encodeAmf0([object])), "0300095f5f70726f746f5f5f030001610101000009000009");
});

test("§2.9 an object that occurs again is a reference, also to one that is still open", () => {
  const cycle = createAmfObject();
  cycle.self = cycle;
  cycle.list = [cycle];
  const [decoded] = decodeAmf0(encodeAmf0([cycle]));
  assert.ok(isAmfObject(decoded));
  assert.equal(decoded.self, decoded);
  assert.ok(Array.isArray(decoded.list));
  assert.equal(decoded.list[0], decoded);
});

test("§2.9 dates and strings take no index", () => {
  const shared = [1];
  assert.equal(toHex(encodeAmf0([[new AmfDate(0), "a", shared, shared]])).slice(-6), "070001");
});

test("§2.9 references reach across the values of one message, not into the next", () => {
  const shared = { a: 1 };
  const [one, other] = decodeAmf0(encodeAmf0([shared, shared]));
  assert.equal(one, other);
  assert.throws(() => decodeAmf0(fromHex("070000")), MalformedError);
});

test("§2.9 a message holds no more objects than a reference can name", () => {
  const writer = new Writer().u8(0x0a).u32(0x1_0000);
  for (let index = 0; index < 0x1_0000; index += 1) writer.u8(0x0a).u32(0);
  assert.throws(() => decodeAmf0(writer.bytes()), MalformedError);
  const arrays = Array.from({ length: 0x1_0000 }, () => []);
  assert.throws(() => encodeAmf0([arrays]), RangeError);
  assert.equal(decodeAmf0(encodeAmf0(arrays)).length, 0x1_0000);
});

test("§2.10 an ECMA array is an object that remembers its count", () => {
  const [metadata] = decodeAmf0(encodeAmf0([ecmaArray({ width: 640, height: 360 })]));
  assert.ok(isAmfObject(metadata));
  assert.equal(metadata.width, 640);
  assert.equal(metadata[amfArrayCount], 2);
  assert.equal(toHex(encodeAmf0([{ ...metadata }]).subarray(0, 5)), "0800000002");
});

test("§2.10 a cut-off end is malformed, or accepted when asked for", () => {
  const whole = encodeAmf0(["onMetaData", ecmaArray({ width: 640, nested: { a: 1 } })]);
  const expected = decodeAmf0(whole);
  for (let missing = 1; missing <= 6; missing += 1) {
    const cut = whole.subarray(0, whole.length - missing);
    assert.throws(() => decodeAmf0(cut), MalformedError);
    assert.deepEqual(decodeAmf0(cut, { allowMissingEnd: true }), expected);
  }
  for (const missing of [7, 8, 14]) {
    const cut = whole.subarray(0, whole.length - missing);
    assert.throws(() => decodeAmf0(cut, { allowMissingEnd: true }), MalformedError);
  }
  assert.throws(() => decodeAmf0(fromHex("030001"), { allowMissingEnd: true }), MalformedError);
});

test("§2.12 an array cannot announce more values than bytes follow", () => {
  assert.throws(() => decodeAmf0(fromHex("0affffffff05")), MalformedError);
  assert.throws(() => decodeAmf0(fromHex("0a0000000205")), MalformedError);
});

test("§2.13 a JavaScript Date is written as a date", () => {
  const [date] = decodeAmf0(encodeAmf0([new Date(1045112400000)]));
  assert.deepEqual(date, new AmfDate(1045112400000, 0));
});

test("§2.18 a typed object keeps its class name", () => {
  const [object] = decodeAmf0(encodeAmf0([typedObject("org.example.Point", { x: 1 })]));
  assert.ok(isAmfObject(object));
  assert.equal(object[amfClassName], "org.example.Point");
  assert.equal(object.x, 1);
});

test("§2 values nest 64 levels and no deeper", () => {
  const nested = (levels: number): AmfValue => {
    let value: AmfValue = null;
    for (let level = 0; level < levels; level += 1) value = level % 2 ? [value] : { a: value };
    return value;
  };
  assert.deepEqual(decodeAmf0(encodeAmf0([nested(64)])).length, 1);
  assert.throws(() => encodeAmf0([nested(65)]), RangeError);
  assert.throws(() => decodeAmf0(fromHex(`${"0a00000001".repeat(65)}05`)), MalformedError);
  assert.throws(() => decodeAmf0(fromHex("0a00000001".repeat(100_000))), MalformedError);
});

test("§2 reserved and unknown markers are malformed", () => {
  for (const hex of ["04", "09", "0e", "12", "ff", "11", "1112"]) {
    assert.throws(() => decodeAmf0(fromHex(hex)), MalformedError, hex);
  }
});

test("what AMF0 cannot carry is refused, never written as less", () => {
  class Point {
    x = 1;
  }
  const wrong: unknown[] = [
    () => 1,
    1n,
    Symbol("s"),
    new Map([["a", 1]]),
    new Uint8Array(2),
    new Point(),
  ];
  for (const value of wrong) {
    assert.throws(() => encodeAmf0([value as AmfValue]), TypeError);
    assert.throws(() => encodeAmf0([{ value: value as AmfValue }]), TypeError);
  }
  assert.throws(() => encodeAmf0([{ ["k".repeat(0x1_0000)]: 1 }]), RangeError);
});

test("values can be written and read one by one in a shared context", () => {
  const shared: AmfValue = [1];
  const writer = new Writer();
  const writing = new Amf0WriteContext();
  for (const value of ["name", shared, shared]) writeAmf0(writer, value, writing);
  const reader = new Reader(writer.bytes());
  const reading = new Amf0ReadContext();
  assert.equal(readAmf0(reader, reading), "name");
  const first = readAmf0(reader, reading);
  assert.equal(readAmf0(reader, reading), first);
  assert.equal(reader.remaining, 0);
});
