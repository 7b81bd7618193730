import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeAmf0 } from "../../protocol/amf/amf0-decode.ts";
import { Amf0WriteContext, writeAmf0 } from "../../protocol/amf/amf0-encode.ts";
import { writeAvmPlus } from "../../protocol/amf/amf3-encode.ts";
import { fromHex, toHex } from "../../protocol/bytes/hex.ts";
import { Writer } from "../../protocol/bytes/writer.ts";
import { MalformedError } from "../../protocol/errors.ts";
import { fromTagged, type Json, toTagged } from "../support/amf-json.ts";
import { FromTagged3, ToTagged3 } from "../support/amf3-json.ts";
import { readJsonVector } from "../support/data.ts";

interface Case {
  readonly id: string;
  readonly case: string;
  readonly hex: string;
  readonly values: Json[];
}

interface NegativeCase {
  readonly id: string;
  readonly case: string;
  readonly hex: string;
  readonly amf: number;
}

const { cases } = readJsonVector<{ cases: Case[] }>("amf/amf0.json");
const negative = readJsonVector<{ cases: NegativeCase[] }>("amf/amf-negative.json").cases;

/** A reference alone: its target was written before the recorded bytes. Here, an empty object. */
const CONTINUED = new Map([["a0-52", { hex: "03000009", values: [{ $object: [] }] }]]);

/** A string of three bytes in the form for long ones: we read it and write the short form. */
const LONG_FORM = new Map([["a0-75", "02000368656c"]]);

test("every AMF0 vector is used, four of them with a value in AMF3", () => {
  assert.equal(cases.length, 84);
  const switching = cases.filter(({ values }) =>
    values.some((value) => inAmf3(value) !== undefined),
  );
  assert.deepEqual(
    switching.map(({ id }) => id),
    ["a0-31", "a0-41", "a0-50", "a0-82"],
  );
});

for (const { id, case: name, hex, values } of cases) {
  const before = CONTINUED.get(id) ?? { hex: "", values: [] };
  const bytes = before.hex + hex;
  const tagged = [...before.values, ...values];

  test(`${id} ${name}: bytes to values`, () => {
    const opened: object[] = [];
    const decoded = decodeAmf0(fromHex(bytes)).map((value, index) =>
      inAmf3(tagged[index]) === undefined
        ? toTagged(value, opened as never)
        : { $amf3: new ToTagged3().value(value) },
    );
    assert.deepEqual(decoded, tagged.map(withoutForms));
  });

  test(`${id} ${name}: values to bytes`, () => {
    const opened: object[] = [];
    const writer = new Writer();
    const context = new Amf0WriteContext();
    for (const value of tagged) {
      const switched = inAmf3(value);
      if (switched !== undefined) writeAvmPlus(writer, new FromTagged3().value(switched));
      else writeAmf0(writer, fromTagged(value, opened as never), context);
    }
    assert.equal(toHex(writer.bytes()), LONG_FORM.get(id) ?? bytes);
  });
}

/** What a value that switches to AMF3 is there. */
function inAmf3(value: Json | undefined): Json | undefined {
  return typeof value === "object" && value && "$amf3" in value ? value.$amf3 : undefined;
}

/** Decoding does not tell long strings from short ones, nor integers from doubles. */
function withoutForms(value: Json): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  if (value.$long !== undefined) return value.$long;
  const switched = inAmf3(value);
  if (switched === undefined) return value;
  return { $amf3: new ToTagged3().value(new FromTagged3().value(switched)) };
}

for (const { id, case: name, hex, amf } of negative) {
  if (amf !== 0) continue;
  test(`${id} ${name}: malformed`, () => {
    assert.throws(() => decodeAmf0(fromHex(hex)), MalformedError);
  });
}
