import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromHex, toHex } from "../../../protocol/bytes/hex.ts";
import { MalformedError } from "../../../protocol/errors.ts";
import { FlvReader } from "../../../protocol/flv/reader.ts";
import {
  encodeFlvHeader,
  encodeFlvTag,
  type FlvTag,
  FlvTagType,
} from "../../../protocol/flv/tag.ts";
import { cut } from "../../support/cut.ts";

const anyTag: fc.Arbitrary<FlvTag> = fc.record(
  {
    type: fc.constantFrom(...Object.values(FlvTagType)),
    timestampMs: fc.nat(0xffff_ffff),
    payload: fc.uint8Array({ maxLength: 9000 }),
  },
  { noNullPrototype: true },
);

function encode(tags: readonly FlvTag[]): Uint8Array {
  const parts = [encodeFlvHeader({ hasAudio: true, hasVideo: false }), ...tags.map(encodeFlvTag)];
  return Uint8Array.from(Buffer.concat(parts));
}

function read(reader: FlvReader, pieces: readonly Uint8Array[]): FlvTag[] {
  const tags: FlvTag[] = [];
  for (const piece of pieces) {
    reader.push(piece);
    for (let tag = reader.next(); tag; tag = reader.next()) tags.push(tag);
  }
  return tags;
}

test("§E.2 the header and the back pointer after it", () => {
  assert.equal(
    toHex(encodeFlvHeader({ hasAudio: true, hasVideo: true })),
    "464c5601050000000900000000",
  );
  assert.equal(toHex(encodeFlvHeader({ hasAudio: false, hasVideo: true })).slice(8, 10), "01");
});

test("§E.4.1 a tag splits its timestamp and ends with a back pointer", () => {
  const tag = { type: FlvTagType.video, timestampMs: 0x12345678, payload: fromHex("1701") };
  assert.equal(toHex(encodeFlvTag(tag)), "0900000234567812000000" + "1701" + "0000000d");
  assert.throws(() => encodeFlvTag({ ...tag, payload: new Uint8Array(0x100_0000) }), RangeError);
});

test("§E.3 tags come out as they went in, however the file is cut", () => {
  fc.assert(
    fc.property(fc.array(anyTag, { maxLength: 5 }), fc.array(fc.nat(5000)), (tags, cuts) => {
      const reader = new FlvReader();
      assert.deepEqual(read(reader, cut(encode(tags), cuts)), tags);
      assert.deepEqual(reader.header, { hasAudio: true, hasVideo: false });
    }),
  );
});

test("§E.3 a tag is out with its last byte, and not before", () => {
  const tag = { type: 8, timestampMs: 1, payload: fromHex("af01") };
  const file = encode([tag]);
  const reader = new FlvReader();
  assert.deepEqual(read(reader, [file.subarray(0, 25)]), []);
  assert.deepEqual(read(reader, [file.subarray(25, 26)]), [tag]);
});

test("§E.3 bytes pushed before the tags are taken are not lost", () => {
  const tags = [1, 2, 3].map((timestampMs) => ({ type: 8, timestampMs, payload: fromHex("af01") }));
  const reader = new FlvReader();
  for (const piece of cut(encode(tags), [7, 7, 7])) reader.push(piece);
  assert.deepEqual(read(reader, [new Uint8Array(0)]), tags);
});

test("§E.2 a longer header is skipped", () => {
  const file = fromHex("464c5601010000000baabb" + "00000000" + "0800000100000500000061");
  assert.equal(read(new FlvReader(), [file])[0]?.timestampMs, undefined);
  const whole = fromHex("464c5601010000000baabb" + "00000000" + "0800000100000500000000" + "61");
  assert.equal(read(new FlvReader(), [whole])[0]?.timestampMs, 5);
});

test("what is no FLV, encrypted or too long is malformed", () => {
  const wrong = [
    "464c5801050000000900000000",
    "464c5602050000000900000000",
    "464c5601050000000800000000",
    "464c5601050010000000000000",
    "464c5601050000000900000000" + "2900000100000000000000",
    "464c5601050000000900000000" + "0900001100000000000000",
  ];
  for (const hex of wrong) {
    const reader = new FlvReader({ maxTagBytes: 16 });
    assert.throws(() => read(reader, [fromHex(hex)]), MalformedError, hex);
  }
});

test("any bytes are tags or malformed", () => {
  const start = fromHex("464c5601050000000900000000");
  fc.assert(
    fc.property(fc.boolean(), fc.uint8Array({ maxLength: 200 }), (isFlv, bytes) => {
      try {
        read(new FlvReader(), isFlv ? [start, bytes] : [bytes]);
      } catch (error) {
        assert.ok(error instanceof MalformedError);
      }
    }),
  );
});
