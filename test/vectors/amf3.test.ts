import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeAmf3 } from "../../protocol/amf/amf3-decode.ts";
import { encodeAmf3 } from "../../protocol/amf/amf3-encode.ts";
import { AmfExternalizable } from "../../protocol/amf/amf3-value.ts";
import type { ExternalizableCodec } from "../../protocol/amf/externalizable.ts";
import type { AmfValue } from "../../protocol/amf/value.ts";
import { fromHex, toHex } from "../../protocol/bytes/hex.ts";
import { MalformedError } from "../../protocol/errors.ts";
import type { Json } from "../support/amf-json.ts";
import { FromTagged3, ToTagged3 } from "../support/amf3-json.ts";
import { readJsonVector } from "../support/data.ts";

interface Case {
  readonly id: string;
  readonly case: string;
  readonly hex: string;
  /** Null where the body of an externalizable class has to be known. */
  readonly values: Json[] | null;
}

interface NegativeCase {
  readonly id: string;
  readonly case: string;
  readonly hex: string;
  readonly amf: number;
  readonly expect: string;
}

const { cases } = readJsonVector<{ cases: Case[] }>("amf/amf3.json");
const negative = readJsonVector<{ cases: NegativeCase[] }>("amf/amf-negative.json").cases;

/** What we write where another encoder chose a longer form, or an order that JavaScript forgets. */
const OUR_FORM = new Map([
  // NaN has many forms.
  ["a3-13", "057ff8000000000000"],
  // An integer written as a double.
  ["a3-40", "04ffffff85"],
  // JavaScript lists the key "42" first.
  [
    "a3-64",
    "09070534320607626172096173646606096664736107666f6f060201060962617231060962617232060962617233",
  ],
]);

function tagged(values: readonly AmfValue[]): Json[] {
  const toTagged = new ToTagged3();
  return values.map((value) => toTagged.value(value));
}

function untagged(values: readonly Json[]): AmfValue[] {
  const fromTagged = new FromTagged3();
  return values.map((value) => fromTagged.value(value));
}

test("every AMF3 vector is used", () => {
  assert.equal(cases.length, 121);
  const special = cases.filter(({ values }) => values === null).map(({ id }) => id);
  assert.deepEqual(special, ["a3-78", "a3-348"]);
});

test("every negative vector is used, here or among those of AMF0", () => {
  assert.equal(negative.length, 36);
  assert.deepEqual(new Set(negative.map(({ amf }) => amf)), new Set([0, 3]));
});

for (const { id, case: name, hex, values } of cases) {
  if (values === null) continue;

  test(`${id} ${name}: bytes to values`, () => {
    assert.deepEqual(tagged(decodeAmf3(fromHex(hex))), tagged(untagged(values)));
  });

  test(`${id} ${name}: values to bytes`, () => {
    assert.equal(toHex(encodeAmf3(untagged(values))), OUR_FORM.get(id) ?? hex);
  });
}

test("a3-78 two objects of a class that writes two doubles", () => {
  const hex = cases.find(({ id }) => id === "a3-78")?.hex ?? "";
  const codec: ExternalizableCodec = {
    read: (reader) => [reader.f64(), reader.f64()],
    write: (writer, body) => {
      for (const double of body as number[]) writer.f64(double);
    },
  };
  const options = { externalizables: new Map([["ExternalizableTest", codec]]) };
  const values = decodeAmf3(fromHex(hex), options);
  const external = (...body: number[]) => new AmfExternalizable("ExternalizableTest", body);
  assert.deepEqual(values, [[external(5, 7), external(13, 5)]]);
  assert.equal(toHex(encodeAmf3(values, options)), hex);
  assert.throws(() => decodeAmf3(fromHex(hex)), MalformedError);
});

test("a3-348 an object of a class that writes a byte, then the object itself", () => {
  const hex = cases.find(({ id }) => id === "a3-348")?.hex ?? "";
  const codec: ExternalizableCodec = {
    read: (reader, readValue) => [reader.u8(), readValue()],
    write: (writer, body, writeValue) => {
      const [byte, value] = body as [number, AmfValue];
      writer.u8(byte);
      writeValue(value);
    },
  };
  const options = { externalizables: new Map([["X", codec]]) };
  const [object] = decodeAmf3(fromHex(hex), options);
  assert.ok(object instanceof AmfExternalizable && Array.isArray(object.body));
  assert.equal(object.body[0], 0xab);
  assert.equal(object.body[1], object);
  assert.equal(toHex(encodeAmf3([object], options)), hex);
});

/** Beginnings of remoting packets, and an integer of four bytes: values, if not those meant. */
const OTHER_TYPE = new Map<string, AmfValue[]>([
  ["neg-1", [undefined]],
  ["neg-2", [undefined, true]],
  ["neg-3", [undefined, true, undefined]],
  ["neg-4", [undefined, true, undefined, undefined]],
  ["neg-5", [undefined, true, undefined, undefined, undefined]],
  ["neg-6", [undefined, true, undefined, undefined, undefined, null]],
  ["neg-7", [undefined, true, undefined, null, undefined, undefined]],
  ["neg-8", [undefined]],
  ["neg-9", [undefined]],
  ["neg-21", [0x8283]],
]);

for (const { id, case: name, hex, amf, expect } of negative) {
  if (amf !== 3) continue;
  test(`${id} ${name}: ${expect}`, () => {
    const other = OTHER_TYPE.get(id);
    if (other) assert.deepEqual(decodeAmf3(fromHex(hex)), other);
    else assert.throws(() => decodeAmf3(fromHex(hex)), MalformedError);
  });
}
