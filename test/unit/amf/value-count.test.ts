import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeAmf0 } from "../../../protocol/amf/amf0-decode.ts";
import { decodeAmf3 } from "../../../protocol/amf/amf3-decode.ts";
import { MAX_AMF_VALUES } from "../../../protocol/amf/value-count.ts";
import { Writer } from "../../../protocol/bytes/writer.ts";
import { MalformedError } from "../../../protocol/errors.ts";

const UNDEFINED = 6;
const TRUE = 3;

/** So many one-byte values after what comes before them. */
function values(count: number, value: number, before: Writer = new Writer()): Uint8Array {
  return before.put(new Uint8Array(count).fill(value)).finish();
}

/** A dense array of AMF3: its length, and no keys. */
function denseArray(writer: Writer, count: number): Writer {
  const header = count * 2 + 1;
  for (const shift of [14, 7]) writer.u8(((header >> shift) & 0x7f) | 0x80);
  return writer.u8(header & 0x7f).u8(1);
}

test("a message has no more than MAX_AMF_VALUES values, in AMF0", () => {
  assert.equal(decodeAmf0(values(MAX_AMF_VALUES, UNDEFINED)).length, MAX_AMF_VALUES);
  assert.throws(() => decodeAmf0(values(MAX_AMF_VALUES + 1, UNDEFINED)), MalformedError);
  const array = (count: number): Uint8Array =>
    values(count, UNDEFINED, new Writer().u8(0x0a).u32(count));
  assert.equal(decodeAmf0(array(MAX_AMF_VALUES - 1)).length, 1);
  assert.throws(() => decodeAmf0(array(MAX_AMF_VALUES)), MalformedError);
});

test("a message has no more than MAX_AMF_VALUES values, in AMF3", () => {
  assert.equal(decodeAmf3(values(MAX_AMF_VALUES, TRUE)).length, MAX_AMF_VALUES);
  assert.throws(() => decodeAmf3(values(MAX_AMF_VALUES + 1, TRUE)), MalformedError);
});

test("what AMF0 and AMF3 bring counts together", () => {
  const count = 500_000;
  for (const half of [MAX_AMF_VALUES / 2 - 10, MAX_AMF_VALUES / 2 + 10]) {
    const writer = new Writer().put(new Uint8Array(half).fill(UNDEFINED)).u8(0x11).u8(0x09);
    const bytes = values(half, TRUE, denseArray(writer, half));
    if (half * 2 < MAX_AMF_VALUES) assert.equal(decodeAmf0(bytes).length, half + 1);
    else assert.throws(() => decodeAmf0(bytes), MalformedError);
  }
  const traits = new Writer().u8(0x0a);
  const header = count * 16 + 3;
  traits.u8(((header >> 22) & 0x7f) | 0x80).u8(((header >> 15) & 0x7f) | 0x80);
  traits.u8(((header >> 8) & 0x7f) | 0x80).u8(header & 0xff);
  assert.throws(() => decodeAmf3(values(count + 2, 1, traits)), /AMF values/);
});
