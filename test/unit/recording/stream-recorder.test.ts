import assert from "node:assert/strict";
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { readKeyframes, readMetadata } from "../../../protocol/flv/keyframe-index.ts";
import { FlvReader } from "../../../protocol/flv/reader.ts";
import { type FlvTag, FlvTagType } from "../../../protocol/flv/tag.ts";
import { CacheBudget } from "../../../protocol/tc/cache-budget.ts";
import { LiveStream, type Publisher } from "../../../protocol/tc/live-stream.ts";
import { repairRecording } from "../../../rendezvous/recording/repair.ts";
import { StreamRecorder } from "../../../rendezvous/recording/stream-recorder.ts";
import { indexFlv } from "../../../rendezvous/vod/flv-index.ts";
import { film, flv } from "../../support/flv-file.ts";
import { eventually, temporaryFolder } from "../../support/temporary.ts";

interface Stand {
  readonly folder: string;
  readonly recorder: StreamRecorder;
  readonly publisher: Publisher;
  readonly errors: unknown[];
  readonly budget: CacheBudget;
}

function stand(t: TestContext, limits = {}, budgetBytes = 1_000_000): Stand {
  const folder = temporaryFolder(t);
  const errors: unknown[] = [];
  const budget = new CacheBudget(budgetBytes);
  const recorder = new StreamRecorder(
    { maxBytes: 1e9, maxMs: 1e9, ...limits },
    { budget, nextPath: () => join(folder, "live/cam"), onError: (error) => errors.push(error) },
  );
  const stream = new LiveStream("cam");
  const publisher = stream.publish(0);
  assert.ok(publisher);
  stream.play(recorder, 0);
  return { folder, recorder, publisher, errors, budget };
}

function write(publisher: Publisher, tags: readonly FlvTag[], shiftMs = 0, now = 0): void {
  for (const tag of tags) {
    const timestampMs = (tag.timestampMs + shiftMs) >>> 0;
    publisher.write({ ...tag, timestampMs, streamId: 1 }, now);
  }
}

function tagsOf(path: string): FlvTag[] {
  const reader = new FlvReader();
  reader.push(new Uint8Array(readFileSync(path)));
  const tags: FlvTag[] = [];
  for (let tag = reader.next(); tag; tag = reader.next()) tags.push(tag);
  return tags;
}

function media(tags: readonly FlvTag[]): FlvTag[] {
  return tags.filter(({ type }) => type !== FlvTagType.data);
}

function files(folder: string): string[] {
  const live = join(folder, "live");
  return existsSync(live) ? readdirSync(live).sort(byName) : [];
}

function byName(one: string, other: string): number {
  return one < other ? -1 : 1;
}

test("a recording has all that was published, from 0, with its length and its keyframes", async (t) => {
  const { folder, recorder, publisher, errors } = stand(t);
  write(publisher, film(3), 0xffff_ff00);
  publisher.end(0);
  await recorder.end();
  assert.deepEqual(files(folder), ["cam.flv"]);
  const path = join(folder, "live/cam.flv");
  const tags = tagsOf(path);
  assert.deepEqual(media(tags), media(film(3)));
  const payload = tags[0]?.payload ?? new Uint8Array();
  const metadata = readMetadata(payload);
  assert.equal(metadata?.duration, 2.9);
  assert.equal(metadata?.width, 320);
  assert.equal(metadata?.filesize, readFileSync(path).length);
  const listed = [...(readKeyframes(payload) ?? [])].map(({ timeMs }) => timeMs);
  assert.deepEqual(listed, [0, 1_000, 2_000]);
  const file = await open(path);
  const { durationMs, points } = await indexFlv(file, readFileSync(path).length);
  await file.close();
  assert.equal(durationMs, 2_900);
  assert.equal(points.size, 3);
  assert.deepEqual(errors, []);
});

test("files change at keyframes, and each has what decoders need", async (t) => {
  const { folder, recorder, publisher } = stand(t, { maxMs: 1_500 });
  for (let second = 0; second < 5; second += 1) {
    const isNow = ({ timestampMs }: FlvTag): boolean => Math.floor(timestampMs / 1_000) === second;
    write(publisher, film(5).filter(isNow));
    // Files that begin at the same moment may take their numbers in any order.
    await eventually(() => files(folder).length > second / 2);
  }
  publisher.end(0);
  await recorder.end();
  assert.deepEqual(files(folder), ["cam-2.flv", "cam-3.flv", "cam.flv"]);
  const second = tagsOf(join(folder, "live/cam-2.flv"));
  const whole = media(film(5));
  assert.deepEqual(
    media(second).slice(0, 2),
    whole.slice(1, 2).concat(whole.slice(0, 1)).reverse(),
  );
  const third = film(2).slice(3);
  assert.deepEqual(media(second).slice(2), third);
});

test("a recording that is cut anywhere is repaired, or was empty", async (t) => {
  const { folder, recorder, publisher } = stand(t);
  write(publisher, film(1));
  await recorder.end();
  const bytes = readFileSync(join(folder, "live/cam.flv"));
  const whole = media(film(1));
  const cuts = [0, 5, 13, 100, bytes.length - 900, bytes.length - 301, bytes.length - 1];
  for (const cut of cuts) {
    const there = temporaryFolder(t);
    writeFileSync(join(there, "cam.part.flv"), bytes.subarray(0, cut));
    const unfinished = join(there, "cam.part.flv");
    assert.equal(await repairRecording(unfinished, Date.now()), "in-use", `cut at ${cut}`);
    const repaired = await repairRecording(unfinished, Date.now() + 60_000);
    const left = readdirSync(there);
    if (left.length === 0) continue;
    assert.deepEqual(left, ["cam.flv"]);
    assert.equal(repaired, join(there, "cam.flv"));
    const tags = tagsOf(join(there, "cam.flv"));
    assert.deepEqual(media(tags), whole.slice(0, media(tags).length));
    const metadata = readMetadata(tags[0]?.payload ?? new Uint8Array());
    assert.equal(metadata?.filesize, readFileSync(join(there, "cam.flv")).length);
    assert.equal(metadata?.duration, (tags.at(-1)?.timestampMs ?? 0) / 1_000);
  }
});

test("a recording that is repaired replaces none that is there", async (t) => {
  const { folder, recorder, publisher } = stand(t);
  write(publisher, film(1));
  await recorder.end();
  const live = join(folder, "live");
  copyFileSync(join(live, "cam.flv"), join(live, "cam.part.flv"));
  writeFileSync(join(live, "cam.flv"), "somebody else's");
  const repaired = await repairRecording(join(live, "cam.part.flv"), Date.now() + 60_000);
  assert.equal(repaired, join(live, "cam-2.flv"));
  assert.equal(readFileSync(join(live, "cam.flv"), "utf8"), "somebody else's");
  assert.deepEqual(media(tagsOf(repaired)), media(film(1)));
  assert.deepEqual(files(folder), ["cam-2.flv", "cam.flv"]);
});

test("what is being recorded plays as it is", async (t) => {
  const { folder, recorder, publisher } = stand(t);
  write(publisher, film(1));
  const path = join(folder, "live/cam.part.flv");
  await eventually(() => files(folder).length > 0 && media(tagsOf(path)).length > 20);
  assert.deepEqual(media(tagsOf(path)), media(film(1)));
  await recorder.end();
});

test("a disk that does not keep up costs pictures up to a keyframe, and nobody waits", async (t) => {
  const { folder, recorder, publisher, budget } = stand(t, {}, 25_000);
  write(publisher, film(1));
  const roomBytes = 25_000 - budget.used;
  budget.hold(roomBytes);
  write(publisher, film(1), 1_000);
  budget.free(roomBytes);
  await eventually(() => budget.used === 0);
  write(publisher, film(1), 2_500);
  await eventually(() => budget.used === 0);
  publisher.end(0);
  await recorder.end();
  const times = media(tagsOf(join(folder, "live/cam.flv"))).map(({ timestampMs }) => timestampMs);
  assert.ok(times.includes(900) && times.includes(2_500) && times.includes(3_400));
  assert.ok(!times.some((timeMs) => timeMs > 900 && timeMs < 2_500));
});

test("what is no media counts as well, and decoders are set up anew behind a gap", async (t) => {
  const { folder, recorder, publisher, budget } = stand(t, {}, 25_000);
  write(publisher, film(1));
  const note = (bytes: number): FlvTag => flv.note(1_000, bytes);
  const waiting = budget.used;
  for (let count = 0; count < 100; count += 1) write(publisher, [note(2_000)]);
  assert.ok(budget.used <= 25_000 && budget.used > waiting, `${budget.used} bytes wait`);
  write(publisher, [flv.videoHeader(7), flv.inter(1_100)]);
  await eventually(() => budget.used === 0);
  write(publisher, [flv.inter(1_200), flv.keyframe(1_300)]);
  publisher.end(0);
  await recorder.end();
  const tail = media(tagsOf(join(folder, "live/cam.flv"))).slice(media(film(1)).length);
  const setups = [flv.videoHeader(7), flv.audioHeader()].map((tag) => ({
    ...tag,
    timestampMs: 1_300,
  }));
  assert.deepEqual(tail, [...setups, flv.keyframe(1_300)]);
});

test("a file begins when there is room for its beginning", async (t) => {
  const { folder, recorder, publisher, budget } = stand(t, {}, 25_000);
  budget.hold(24_900);
  write(publisher, film(1));
  assert.equal(budget.used, 24_900);
  budget.free(24_900);
  write(publisher, film(1).slice(5), 1_000);
  write(publisher, [flv.keyframe(2_000)]);
  publisher.end(0);
  await recorder.end();
  const tags = media(tagsOf(join(folder, "live/cam.flv")));
  assert.deepEqual(tags.at(-1), { ...flv.keyframe(0) });
  assert.equal(tags.length, 3);
});

test("errors of the disk end the file, not the stream; later there is another", async (t) => {
  const { folder, recorder, publisher, errors } = stand(t);
  writeFileSync(join(folder, "live"), "a file where a folder should be");
  write(publisher, film(1));
  await eventually(() => errors.length > 0);
  write(publisher, film(1));
  rmSync(join(folder, "live"));
  write(publisher, film(1), 0, 29_000);
  assert.equal(existsSync(join(folder, "live")), false);
  write(publisher, film(1), 0, 31_000);
  publisher.end(0);
  await recorder.end();
  assert.equal(errors.length, 1);
  assert.deepEqual(media(tagsOf(join(folder, "live/cam.flv"))), media(film(1)));
});
