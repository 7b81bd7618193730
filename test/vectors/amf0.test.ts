import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeAmf0 } from "../../protocol/amf/amf0-decode.ts";
import { encodeAmf0 } from "../../protocol/amf/amf0-encode.ts";
import { fromHex, toHex } from "../../protocol/bytes/hex.ts";
import { MalformedError } from "../../protocol/errors.ts";
import { fromTagged, type Json, toTagged } from "../support/amf-json.ts";
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

/** These hold a value in AMF3. */
const AMF3 = new Set(["a0-31", "a0-41", "a0-50", "a0-82"]);

/** A reference alone: its target was written before the recorded bytes. Here, an empty object. */
const CONTINUED = new Map([["a0-52", { hex: "03000009", values: [{ $object: [] }] }]]);

/** A string of three bytes in the form for long ones: we read it and write the short form. */
const LONG_FORM = new Map([["a0-75", "02000368656c"]]);

test("every AMF0 vector but those of AMF3 is used", () => {
  assert.equal(cases.length, 84);
  assert.deepEqual(
    cases.filter(({ values }) => JSON.stringify(values).includes("$amf3")).map(({ id }) => id),
    [...AMF3],
  );
});

for (const { id, case: name, hex, values } of cases) {
  if (AMF3.has(id)) {
    test(`${id} ${name}: AMF3 is refused`, () => {
      assert.throws(() => decodeAmf0(fromHex(hex)), MalformedError);
    });
    continue;
  }
  const before = CONTINUED.get(id) ?? { hex: "", values: [] };
  const bytes = before.hex + hex;
  const tagged = [...before.values, ...values];

  test(`${id} ${name}: bytes to values`, () => {
    const opened: object[] = [];
    const decoded = decodeAmf0(fromHex(bytes)).map((value) => toTagged(value, opened as never));
    const expected = tagged.map((value) =>
      typeof value === "object" && value !== null && "$long" in value ? value.$long : value,
    );
    assert.deepEqual(decoded, expected);
  });

  test(`${id} ${name}: values to bytes`, () => {
    const opened: object[] = [];
    const encoded = encodeAmf0(...tagged.map((value) => fromTagged(value, opened as never)));
    assert.equal(toHex(encoded), LONG_FORM.get(id) ?? bytes);
  });
}

for (const { id, case: name, hex, amf } of negative) {
  if (amf !== 0) continue;
  test(`${id} ${name}: malformed`, () => {
    assert.throws(() => decodeAmf0(fromHex(hex)), MalformedError);
  });
}
