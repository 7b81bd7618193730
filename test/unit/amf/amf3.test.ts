import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeAmf0 } from "../../../protocol/amf/amf0-decode.ts";
import { encodeAmf0 } from "../../../protocol/amf/amf0-encode.ts";
import { decodeAmf3 } from "../../../protocol/amf/amf3-decode.ts";
import { encodeAmf3, writeAvmPlus } from "../../../protocol/amf/amf3-encode.ts";
import {
  AmfExternalizable,
  AmfMixedArray,
  AmfVector,
  AmfWeakDictionary,
  AmfXml,
  amfTraits,
} from "../../../protocol/amf/amf3-value.ts";
import {
  AmfDate,
  type AmfValue,
  AmfXmlDocument,
  amfClassName,
  createAmfObject,
  ecmaArray,
  isAmfObject,
  typedObject,
} from "../../../protocol/amf/value.ts";
import { fromHex, toHex } from "../../../protocol/bytes/hex.ts";
import { Writer } from "../../../protocol/bytes/writer.ts";
import { MalformedError } from "../../../protocol/errors.ts";
import { anyAmf3 } from "../../support/amf3-arbitraries.ts";
import { ToTagged3 } from "../../support/amf3-json.ts";

function roundTrip(...values: AmfValue[]): AmfValue[] {
  return decodeAmf3(encodeAmf3(values));
}

function hexOf(...values: AmfValue[]): string {
  return toHex(encodeAmf3(values));
}

test("§3.1 every value survives writing and reading", () => {
  fc.assert(
    fc.property(fc.array(anyAmf3, { maxLength: 4 }), (values) => {
      assert.deepEqual(roundTrip(...values), values);
    }),
    { numRuns: 500 },
  );
});

test("§2.2 values that occur again, in any place, are the same values after reading", () => {
  const shared = fc.array(anyAmf3, { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(shared, fc.array(fc.nat(3), { maxLength: 8 }), (values, picks) => {
      const list: AmfValue[] = [...values];
      for (const pick of picks) list.push(values[pick % values.length], [values[0]], list);
      const [decoded] = roundTrip(list);
      assert.deepEqual(new ToTagged3().value(decoded), new ToTagged3().value(list));
    }),
  );
});

test("§3.6 integers of 29 bits with sign are integers, all other numbers doubles", () => {
  for (const value of [0, 1, -1, 0x0fff_ffff, -0x1000_0000]) assert.equal(hexOf(value)[1], "4");
  const others = [0x1000_0000, -0x1000_0001, 2 ** 32, 2 ** 32 + 5, 0.5, -0, Number.NaN, Infinity];
  for (const value of others) assert.equal(hexOf(value)[1], "5", String(value));
  assert.ok(Object.is(roundTrip(-0)[0], -0));
});

test("§1.3.2 strings are referred to, the empty one never, keys and class names too", () => {
  assert.equal(hexOf("", "", "a", "a"), "0601060106036106" + "00");
  assert.equal(hexOf("a", { a: "a" }), "0603610a0b0100060001");
  assert.equal(hexOf(typedObject("a", {}), "a"), "0a0b0361010600");
  assert.throws(() => decodeAmf3(fromHex("06010600")), MalformedError);
});

test("§3.8 what JavaScript has as a date is written as one, and its time zone is not", () => {
  const [date, again] = roundTrip(new Date(5), new AmfDate(7, 60));
  assert.deepEqual([date, again], [new AmfDate(5), new AmfDate(7)]);
});

test("§2.2 references reach everything but strings in one table, whatever its type", () => {
  const shared: AmfValue[] = [
    [1],
    { a: 1 },
    new AmfDate(1),
    new AmfXml("<a/>"),
    new AmfXmlDocument("<a/>"),
    Uint8Array.of(1),
    new AmfVector(Int32Array.of(1)),
    new AmfVector(["a"]),
    new Map([[1, 2]]),
    new AmfExternalizable("flex.messaging.io.ArrayList", [1]),
  ];
  const [one, other] = roundTrip(shared, [...shared]);
  assert.ok(Array.isArray(one) && Array.isArray(other));
  one.forEach((value, index) => {
    assert.equal(value, other[index]);
  });
  for (const hex of ["0a00", "0900", "0802", "090501060161" + "0904", "110e"]) {
    assert.throws(() => decodeAmf3(fromHex(hex)), MalformedError, hex);
  }
});

test("§2.2 values that contain themselves", () => {
  const object = createAmfObject();
  const list: AmfValue[] = [object];
  const map = new Map<AmfValue, AmfValue>();
  map.set(map, object);
  const vector = new AmfVector([list]);
  const mixed = new AmfMixedArray([vector], createAmfObject());
  mixed.associative.self = mixed;
  const proxy = new AmfExternalizable("flex.messaging.io.ObjectProxy", undefined);
  proxy.body = proxy;
  Object.assign(object, { object, list, map, vector, mixed, proxy });
  const [decoded] = roundTrip(object);
  assert.deepEqual(new ToTagged3().value(decoded), new ToTagged3().value(object));
});

test("§3.11 an array without named members is an array, an ECMA array one without others", () => {
  assert.deepEqual(roundTrip([1, "a"]), [[1, "a"]]);
  const [metadata] = roundTrip(ecmaArray({ width: 640 }));
  assert.ok(metadata instanceof AmfMixedArray);
  assert.deepEqual([metadata.dense, metadata.associative.width], [[], 640]);
});

test("§3.12 members that traits declare come first, in their order, missing ones undefined", () => {
  const traits = { className: "P", sealed: ["x", "y"], isDynamic: true };
  const object = { z: 3, y: 2, [amfTraits]: traits };
  assert.equal(hexOf(object), "0a2b03500378037900040203" + "7a" + "0403" + "01");
  const [decoded] = roundTrip(object);
  assert.ok(isAmfObject(decoded));
  assert.deepEqual(Object.keys(decoded), ["x", "y", "z"]);
  assert.equal(decoded[amfClassName], "P");
  assert.deepEqual(decoded[amfTraits], traits);
});

test("§3.12 objects of one class refer to the same traits", () => {
  const [one, other] = decodeAmf3(fromHex("0a1303500378" + "0401" + "0a01" + "0402"));
  assert.ok(isAmfObject(one) && isAmfObject(other));
  assert.equal(one[amfTraits], other[amfTraits]);
  assert.equal(hexOf(one, other), "0a13035003780401" + "0a01" + "0402");
  assert.throws(() => decodeAmf3(fromHex("0a01")), MalformedError);
});

test("§3.12 a member __proto__ is a member and changes no prototype, wherever it stands", () => {
  const key = "135f5f70726f746f5f5f";
  for (const hex of [
    `0a0b01${key}0a01036104010101`,
    `0a1301${key}0a0b010361040101`,
    `0901${key}0a0b01036104010101`,
  ]) {
    const [object] = decodeAmf3(fromHex(hex));
    assert.ok(object && typeof object === "object");
    const members = object instanceof AmfMixedArray ? object.associative : object;
    assert.equal(Object.getPrototypeOf(members), null);
    assert.deepEqual(Object.keys(members), ["__proto__"]);
    assert.equal("a" in {}, false);
    assert.equal(hexOf(object), hex);
  }
});

test("§3.14 bytes are a copy, and any kind of byte array is written", () => {
  const bytes = encodeAmf3([Buffer.from([1, 2, 3])]);
  const [decoded] = decodeAmf3(Buffer.from(bytes));
  assert.ok(decoded instanceof Uint8Array && !Buffer.isBuffer(decoded));
  assert.equal(decoded.buffer.byteLength, 3);
});

test("§3.15, §3.16 vectors keep their kind, dictionaries their weakness", () => {
  const values = [
    new AmfVector(Int32Array.of(-1), true),
    new AmfVector(Uint32Array.of(0xffff_ffff)),
    new AmfVector(Float64Array.of(0.5), true),
    new AmfVector([null], true, "org.example.Point"),
    new Map<AmfValue, AmfValue>([[[1], "list"]]),
    new AmfWeakDictionary([["1", 1]]),
  ];
  assert.deepEqual(roundTrip(...values), values);
});

test("AMF 0 §3.1 the switch holds for one value, which shares nothing with others", () => {
  const shared = { a: "a" };
  const writer = new Writer();
  writeAvmPlus(writer, shared);
  writeAvmPlus(writer, shared);
  writer.put(encodeAmf0(["a"]));
  assert.equal(toHex(writer.bytes()), `${"110a0b010361060001".repeat(2)}02000161`);
  assert.throws(() => decodeAmf0(fromHex("11060361" + "110600")), MalformedError);
  assert.throws(() => decodeAmf0(fromHex("11090101" + "110900")), MalformedError);
});

test("AMF 0 §3.1 an object in AMF0 holds values in AMF3", () => {
  const [object] = decodeAmf0(fromHex("030001611104070001621111010000" + "0009"));
  assert.ok(isAmfObject(object));
  assert.equal(object.a, 7);
  assert.deepEqual(object.b, new Map());
});
