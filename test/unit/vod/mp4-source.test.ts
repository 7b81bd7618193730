import assert from "node:assert/strict";
import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { concat } from "../../../protocol/bytes/concat.ts";
import { audible, box, moov, type TrackPlan } from "../../support/mp4-file.ts";
import { RecordedPlay } from "../../support/recorded-play.ts";
import { eventually, temporaryFolder } from "../../support/temporary.ts";

const SECONDS = 8;
const COUNT = SECONDS * 10;
/** Behind `ftyp` and the head of `mdat`: pictures in chunks of a second, then all sound. */
const START = 16;
const PICTURES: TrackPlan = {
  timescale: 10,
  sizes: new Array<number>(COUNT).fill(20),
  stts: [[COUNT, 1]],
  stss: Array.from({ length: SECONDS }, (_, second) => second * 10 + 1),
  stsc: [[1, 10]],
  stco: Array.from({ length: SECONDS }, (_, second) => START + second * 200),
};
const SOUNDS: TrackPlan = {
  stsd: audible(),
  timescale: 1_000,
  sizes: new Array<number>(COUNT).fill(5),
  stts: [[COUNT, 100]],
  stsc: [[1, COUNT]],
  stco: [START + COUNT * 20],
};

function stand(t: TestContext, file: Uint8Array): [play: RecordedPlay, path: string] {
  const root = temporaryFolder(t);
  mkdirSync(join(root, "vod"));
  const path = join(root, "vod/film.mp4");
  writeFileSync(path, file);
  return [new RecordedPlay(root), path];
}

function film(...tracks: readonly TrackPlan[]): Uint8Array {
  const mdat = box("mdat", new Uint8Array(COUNT * 25));
  return concat([box("ftyp"), mdat, box("moov", moov(...tracks))]);
}

const STARTED = ["streamIsRecorded", "streamBegin", "Play.Reset", "Play.Start"];
const ENDED = ["onPlayStatus Play.Complete", "streamEof", "Play.Stop"];
const HEADS = (at: number): string[] => ["onMetaData", `video ${at}`, `audio ${at}`];

function media(fromMs: number, toMs: number): string[] {
  const notes: string[] = [];
  for (let at = fromMs; at <= toMs; at += 100) notes.push(`video ${at}`, `audio ${at}`);
  return notes;
}

test("an MP4 file plays to its end, in step, and says how long it is", async (t) => {
  const [play] = stand(t, film(PICTURES, SOUNDS));
  const playback = play.play("mp4:film");
  playback.setBufferLength(60_000, 0);
  await eventually(() => play.notes.includes("Play.Stop"));
  const all = [...STARTED, "|RtmpSampleAccess", ...HEADS(0), ...media(0, 7_900), ...ENDED];
  assert.deepEqual(play.take(), all);
  playback.stop(0);
  let length = 0;
  play.library.tellLength("vod", "film.mp4", (lengthMs) => {
    length = lengthMs;
  });
  await eventually(() => length > 0);
  assert.equal(length, 7_900);
});

test("§7.2.2.8 §7.2.2.9 it can be sought and paused, start and duration count", async (t) => {
  const [play] = stand(t, film(PICTURES, SOUNDS));
  const playback = play.play("film.mp4", 2_500, 700);
  await eventually(() => play.notes.includes("Play.Stop"));
  assert.deepEqual(play.take().slice(5), [...HEADS(0), ...media(0, 1_200), ...ENDED]);
  playback.stop(0);
  const other = play.play("film");
  await eventually(() => play.notes.includes("audio 3000"));
  other.seek(4_950, 0);
  await eventually(() => play.notes.includes("audio 7000"));
  play.take();
  other.pause(true, 5_250, 0);
  other.pause(false, 5_250, 0);
  await eventually(() => play.notes.includes("audio 7900"));
  const notes = play.take();
  assert.deepEqual(notes.slice(5, 10), [...HEADS(5_000), "video 5300", "audio 5300"]);
  other.seek(8_000, 0);
  await eventually(() => play.notes.includes("Seek.InvalidTime"));
  other.stop(0);
  assert.deepEqual(play.errors, []);
});

test("sound alone can start anywhere", async (t) => {
  const [play] = stand(t, film(SOUNDS));
  const playback = play.play("film", 7_750);
  await eventually(() => play.notes.includes("Play.Stop"));
  const sounds = play.take().filter((note) => note.startsWith("audio"));
  assert.deepEqual(sounds, ["audio 0", "audio 0", "audio 100", "audio 200"]);
  playback.stop(0);
});

test("a file that becomes shorter while it plays ends there", async (t) => {
  const [play, path] = stand(t, film(SOUNDS, PICTURES));
  const playback = play.play("film");
  await eventually(() => play.notes.includes("audio 3000"));
  truncateSync(path, START + 30);
  playback.seek(0, 0);
  await eventually(() => play.notes.includes("Play.Stop"));
  assert.deepEqual(play.errors, []);
  playback.stop(0);
});

test("what is no MP4 file, or has none of it that can be played, fails", async (t) => {
  const whole = film(PICTURES);
  const huge = concat([box("ftyp"), box("moov", new Uint8Array(100))]);
  for (const file of [box("ftyp"), film(), whole.subarray(0, 900), new Uint8Array(3), huge]) {
    const [play] = stand(t, file);
    play.play("film");
    await eventually(() => play.notes.includes("Play.Failed"));
    assert.equal((play.errors[0] as { code?: string }).code, "MALFORMED");
    assert.match(String(play.errors[0]), /film\.mp4: /);
  }
});
