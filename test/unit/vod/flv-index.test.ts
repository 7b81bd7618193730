import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import type { AmfValue } from "../../../protocol/amf/value.ts";
import { MalformedError } from "../../../protocol/errors.ts";
import { KeyframeIndex, readKeyframes } from "../../../protocol/flv/keyframe-index.ts";
import type { FlvTag } from "../../../protocol/flv/tag.ts";
import { type FlvIndex, indexFlv } from "../../../rendezvous/vod/flv-index.ts";
import { film, flv, flvBytes } from "../../support/flv-file.ts";
import { temporaryFolder } from "../../support/temporary.ts";

async function index(t: TestContext, bytes: Uint8Array): Promise<FlvIndex> {
  const path = join(temporaryFolder(t), "clip.flv");
  writeFileSync(path, bytes);
  const file = await open(path);
  try {
    return await indexFlv(file, bytes.length);
  } finally {
    await file.close();
  }
}

/** Where each tag begins. */
function positions(tags: readonly FlvTag[]): number[] {
  return tags.map((_, count) => flvBytes(tags.slice(0, count)).length);
}

test("the last point that is not after a time, for any times", () => {
  const anyTimes = fc.uniqueArray(fc.nat(10_000), { minLength: 1 });
  fc.assert(
    fc.property(anyTimes, fc.nat(12_000), (times, wanted) => {
      const sorted = [...times].sort((a, b) => a - b);
      const keyframes = new KeyframeIndex();
      for (const [at, timeMs] of sorted.entries()) keyframes.add({ timeMs, position: 13 + at });
      const expected = sorted.filter((time) => time <= wanted).at(-1) ?? sorted[0];
      assert.equal(keyframes.before(wanted)?.timeMs, expected);
    }),
  );
});

test("a file without a list of keyframes is looked through", async (t) => {
  const tags = film(3);
  const found = await index(t, flvBytes(tags));
  assert.equal(found.durationMs, 2_900);
  assert.deepEqual(
    [...found.points].map(({ timeMs }) => timeMs),
    [0, 1_000, 2_000],
  );
  assert.equal(found.points.before(1_999)?.position, positions(tags)[3 + 20]);
  assert.deepEqual(
    found.headers.map(({ slot }) => slot),
    ["metadata", "video 0", "audio 0"],
  );
});

test("a file that breaks off ends with its last whole tag", async (t) => {
  const bytes = flvBytes(film(3));
  const found = await index(t, bytes.subarray(0, bytes.length - 5));
  assert.equal(found.durationMs, 2_900);
  assert.equal((await index(t, bytes.subarray(0, 20))).durationMs, 0);
});

test("sound alone can start anywhere", async (t) => {
  const tags = [flv.audioHeader(), ...[0, 400, 1_000, 1_200, 2_100].map(flv.sound)];
  const found = await index(t, flvBytes(tags));
  assert.deepEqual(
    [...found.points].map(({ timeMs }) => timeMs),
    [0, 1_000, 2_100],
  );
});

test("a list of keyframes counts if it is right, and only then", async (t) => {
  const withList = (change: (positions: number[]) => number[]): FlvTag[] => {
    const listed = (filepositions: number[]): FlvTag[] => [
      flv.metadata({ keyframes: { times: [0, 1, 2], filepositions } }),
      ...film(3).slice(1),
    ];
    const at = positions(listed([0, 0, 0]));
    return listed(change([at[3], at[3 + 20], at[3 + 40]] as number[]));
  };
  const right = await index(t, flvBytes(withList((list) => list)));
  assert.deepEqual(
    [...right.points].map(({ timeMs }) => timeMs),
    [0, 1_000, 2_000],
  );
  assert.equal(right.durationMs, 2_900);
  const wrong = withList((list) => list.map((position) => position + 1));
  assert.equal(
    (await index(t, flvBytes(wrong))).points.before(1_500)?.position,
    positions(wrong)[23],
  );
});

test("lists of keyframes that make no sense are none", () => {
  const read = (keyframes: AmfValue): unknown => readKeyframes(flv.metadata({ keyframes }).payload);
  assert.equal(read(null), undefined);
  assert.equal(read({ times: [1], filepositions: [] }), undefined);
  assert.equal(read({ times: ["a"], filepositions: [1] }), undefined);
  assert.equal(read({ times: [Number.NaN], filepositions: [1] }), undefined);
  assert.equal(read({ times: [3, 2, 1], filepositions: [1, 2, 3] }), undefined);
  assert.equal(readKeyframes(Uint8Array.of(2, 0, 10)), undefined);
});

test("what is no FLV is refused", async (t) => {
  await assert.rejects(index(t, Buffer.from("not an FLV file at all")), MalformedError);
});

test("any bytes behind a header make an index", async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
      await index(t, Buffer.concat([flvBytes([]), bytes]));
    }),
    { numRuns: 50 },
  );
});
