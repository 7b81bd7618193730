import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type AmfObject, type AmfValue, amfClassName } from "../../../protocol/amf/value.ts";
import { withDuration } from "../../../protocol/flv/duration.ts";
import { readKeyframes, readMetadata } from "../../../protocol/flv/keyframe-index.ts";
import { FlvReader } from "../../../protocol/flv/reader.ts";
import { encodeRecordingMetadata, NO_FACTS } from "../../../protocol/flv/recording-metadata.ts";
import { film, flv, flvBytes } from "../../support/flv-file.ts";

/** What a recording repeats of what the publisher said. */
function saidOf(said: AmfObject): AmfObject {
  const payload = encodeRecordingMetadata(said, NO_FACTS);
  assert.ok(payload && payload.length < 200_000);
  const properties = readMetadata(payload) ?? {};
  const facts = new Set(Object.keys(readMetadata(bare) ?? {}));
  return Object.fromEntries(Object.entries(properties).filter(([name]) => !facts.has(name)));
}

const bare = encodeRecordingMetadata({}, NO_FACTS) ?? new Uint8Array();

test("facts fit into the room that was made for them, however many keyframes there are", () => {
  const properties = { width: 640, videocodecid: 7, encoder: "obs", duration: 99 };
  const first = encodeRecordingMetadata(properties, NO_FACTS);
  assert.ok(first);
  fc.assert(
    fc.property(fc.nat(5_000), fc.nat(), (count, durationMs) => {
      const points = Array.from({ length: count }, (_, index) => ({
        timeMs: index * 1_000,
        position: 13 + index * 5_000,
      }));
      const facts = { durationMs, fileBytes: 7, points };
      const payload = encodeRecordingMetadata(properties, facts, first.length);
      assert.equal(payload?.length, first.length);
      const { duration, width, filesize } = readMetadata(payload) ?? {};
      assert.deepEqual([duration, width, filesize], [durationMs / 1_000, 640, 7]);
      const listed = [...(readKeyframes(payload) ?? [])];
      assert.ok(listed.length <= 1_024 && listed.length >= Math.min(count, 512));
      for (const { timeMs, position } of listed) assert.equal(position, 13 + timeMs * 5);
    }),
  );
  assert.equal(encodeRecordingMetadata(properties, NO_FACTS, 20), undefined);
});

test("of what the publisher said, a recording keeps what AMF0 can say, and not without measure", () => {
  const text = "x".repeat(60_000);
  const keyed = { [text.repeat(2)]: 1 };
  let deep: AmfValue = 1;
  for (let level = 0; level < 70; level += 1) deep = [deep];
  const bad: readonly AmfValue[] = [Uint8Array.of(1), new Map(), keyed, deep];
  for (const value of bad) {
    assert.deepEqual(saidOf({ before: 1, value, after: [2, "3"] }), { before: 1, after: [2, "3"] });
  }
  const bomb: string[] = new Array(30_000).fill(text);
  assert.deepEqual(saidOf({ before: 1, bomb }), { before: 1 });
  assert.deepEqual(saidOf({ text, [amfClassName]: "Secret" }), { text });
});

test("what was kept is kept when the facts are written", () => {
  const said = { text: "x".repeat(60_000), more: "y".repeat(60_000), "": [[]] };
  const first = encodeRecordingMetadata(said, NO_FACTS);
  const properties = first && readMetadata(first);
  assert.ok(properties);
  const facts = { durationMs: 5, fileBytes: 7, points: [{ timeMs: 1, position: 2 }] };
  const last = encodeRecordingMetadata(properties, facts, first.length);
  assert.ok(last);
  for (const name of Object.keys(said)) assert.ok(name in (readMetadata(last) ?? {}), name);
});

test("a duration is replaced in place, where there is one", () => {
  const { payload } = flv.metadata({ width: 1, duration: 6.08, filesize: 9 });
  const changed = withDuration(payload, 6_000);
  assert.equal(changed.length, payload.length);
  const { width, duration, filesize } = readMetadata(changed) ?? {};
  assert.deepEqual([width, duration, filesize], [1, 6, 9]);
  assert.equal(readMetadata(payload)?.duration, 6.08);
  const without = flv.metadata({ width: 1 }).payload;
  assert.equal(withDuration(without, 5), without);
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      assert.equal(withDuration(bytes, 1).length, bytes.length);
    }),
  );
});

test("§E.3 reading can start in the middle, at the back pointer before a tag", () => {
  const tags = film(1);
  const bytes = new Uint8Array(flvBytes(tags));
  for (const [count] of tags.entries()) {
    const reader = new FlvReader({ isInside: true });
    reader.push(bytes.subarray(flvBytes(tags.slice(0, count)).length - 4));
    assert.deepEqual(reader.next(), tags[count]);
  }
});
