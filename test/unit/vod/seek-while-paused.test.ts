import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { film, flvBytes } from "../../support/flv-file.ts";
import { RecordedPlay } from "../../support/recorded-play.ts";
import { eventually, temporaryFolder } from "../../support/temporary.ts";

function stand(t: TestContext): RecordedPlay {
  const root = temporaryFolder(t);
  mkdirSync(join(root, "vod"));
  writeFileSync(join(root, "vod/long.flv"), flvBytes(film(20)));
  const play = new RecordedPlay(root);
  t.after(() => assert.deepEqual(play.errors, []));
  return play;
}

/** Times of the sounds that came. */
function sounds(notes: readonly string[]): number[] {
  return notes.filter((note) => note.startsWith("audio")).map((note) => Number(note.slice(6)));
}

/** The heads are followed by this sound. */
function firstSound(notes: readonly string[]): number | undefined {
  return sounds(notes)[1];
}

test("§7.2.2.8 who scrubs while it is paused stays paused", async (t) => {
  const play = stand(t);
  const playback = play.play("long");
  await eventually(() => play.notes.includes("audio 3000"));
  playback.pause(true, 3_000, 0);
  play.take();
  playback.seek(5_000, 0);
  playback.seek(9_000, 0);
  await eventually(() => play.notes.includes("audio 9000"));
  playback.pause(true, 9_000, 0);
  assert.ok(!play.take().includes("Pause.Notify"), "it is paused already");
  playback.pause(false, 9_000, 5_000);
  await eventually(() => play.notes.includes("audio 9100"));
  playback.stop(0);
});

test("§7.2.2.9 what goes on before its seek is answered goes on from there", async (t) => {
  const play = stand(t);
  const playback = play.play("long");
  await eventually(() => play.notes.includes("audio 3000"));
  playback.pause(true, 3_000, 0);
  playback.seek(9_000, 0);
  playback.pause(false, 9_000, 0);
  play.take();
  await eventually(() => play.notes.includes("audio 12000"));
  const notes = play.take();
  assert.ok(notes.includes("Seek.Notify"));
  assert.equal(firstSound(notes), 9_000);
  playback.stop(0);
});

test("§7.2.2.8 a seek that is followed by a pause counts", async (t) => {
  const play = stand(t);
  const playback = play.play("long");
  await eventually(() => play.notes.includes("audio 3000"));
  playback.seek(9_000, 0);
  playback.pause(true, 3_000, 0);
  await eventually(() => play.notes.includes("Seek.Notify"));
  play.io.advance(5_000);
  assert.deepEqual(sounds(play.take().slice(-3)), [9_000]);
  playback.pause(false, 9_000, 5_000);
  await eventually(() => play.notes.includes("audio 12000"));
  assert.equal(firstSound(play.take()), 9_100);
  playback.stop(0);
});

test("§7.2.2.1 what is paused at once starts where it was to start", async (t) => {
  const play = stand(t);
  const playback = play.play("long", 10_000);
  playback.pause(true, 0, 0);
  await eventually(() => play.notes.includes("Pause.Notify"));
  playback.pause(false, 0, 0);
  await eventually(() => play.notes.includes("audio 3000"));
  play.io.advance(60_000);
  await eventually(() => play.notes.includes("Play.Stop"));
  assert.equal(Math.max(...sounds(play.take())), 9_900, "time 0 is the tenth second");
  playback.stop(0);
});
