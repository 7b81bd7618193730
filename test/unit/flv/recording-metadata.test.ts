import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { withDuration } from "../../../protocol/flv/duration.ts";
import { readKeyframes, readMetadata } from "../../../protocol/flv/keyframe-index.ts";
import { FlvReader } from "../../../protocol/flv/reader.ts";
import { encodeRecordingMetadata, NO_FACTS } from "../../../protocol/flv/recording-metadata.ts";
import { film, flv, flvBytes } from "../../support/flv-file.ts";

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
