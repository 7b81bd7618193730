import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { LiveStream } from "../../../protocol/tc/live-stream.ts";
import { film, flv, flvBytes } from "../../support/flv-file.ts";
import { RecordedPlay } from "../../support/recorded-play.ts";
import { eventually, temporaryFolder } from "../../support/temporary.ts";

function stand(t: TestContext, maxPlaybacks?: number): RecordedPlay {
  const root = temporaryFolder(t);
  mkdirSync(join(root, "vod"));
  writeFileSync(join(root, "vod/clip.flv"), flvBytes(film(3)));
  writeFileSync(join(root, "vod/long.flv"), flvBytes(film(20)));
  writeFileSync(join(root, "vod/bad.flv"), "this is no FLV");
  const play = new RecordedPlay(root, maxPlaybacks);
  t.after(() =>
    assert.deepEqual(
      play.errors.filter((error) => !isMalformed(error)),
      [],
    ),
  );
  return play;
}

function isMalformed(error: unknown): boolean {
  return (error as { code?: string }).code === "MALFORMED";
}

const STARTED = [
  ...["streamIsRecorded", "streamBegin", "Play.Reset", "Play.Start", "|RtmpSampleAccess"],
];
const ENDED = ["onPlayStatus Play.Complete", "streamEof", "Play.Stop"];
const HEADS = (at: number): string[] => ["onMetaData", `video ${at}`, `audio ${at}`];

/** Pictures and sound in 100 ms steps, both ends included. */
function media(fromMs: number, toMs: number): string[] {
  const notes: string[] = [];
  for (let at = fromMs; at <= toMs; at += 100) notes.push(`video ${at}`, `audio ${at}`);
  return notes;
}

test("§7.2.2.1 a recording plays from its start to its end, which is told", async (t) => {
  const play = stand(t);
  const playback = play.play("clip");
  await eventually(() => play.notes.includes("Play.Stop"));
  assert.deepEqual(play.take(), [...STARTED, ...HEADS(0), ...media(0, 2_900), ...ENDED]);
  playback.stop(0);
});

test("§7.2.2.1 start is the keyframe before it, with what decoders need; duration counts from start", async (t) => {
  const play = stand(t);
  const playback = play.play("clip", 1_500, 700);
  await eventually(() => play.notes.includes("Play.Stop"));
  assert.deepEqual(play.take(), [...STARTED, ...HEADS(0), ...media(0, 1_200), ...ENDED]);
  playback.stop(0);
});

test("§7.2.2.1 the end is told by what comes after it, if there is something; so is a failure", async (t) => {
  const play = stand(t);
  play.hasNext = true;
  const playback = play.play("clip", 2_900);
  assert.ok(!playback.isOver);
  await eventually(() => play.ends === 1);
  assert.ok(playback.isOver);
  assert.equal(play.take().at(-1), "audio 900");
  playback.stop(0);
  for (const [count, name] of ["bad", "none"].entries()) {
    const broken = play.play(name);
    await eventually(() => play.ends === count + 2);
    assert.ok(broken.isOver);
  }
  assert.deepEqual(play.take().slice(-1), ["Play.StreamNotFound"]);
});

test("a start behind the end is an end", async (t) => {
  const play = stand(t);
  const playback = play.play("clip", 99_000);
  await eventually(() => play.notes.includes("Play.Stop"));
  assert.deepEqual(play.take(), [...STARTED, ...ENDED]);
  playback.stop(0);
});

test("§7.1.7 media comes as far ahead of its time as the player wants", async (t) => {
  const play = stand(t);
  const playback = play.play("long");
  await eventually(() => play.notes.includes("audio 3000"));
  assert.equal(play.take().at(-1), "audio 3000");
  play.io.advance(1_000);
  assert.equal(play.take().at(-1), "audio 4000");
  playback.setBufferLength(6_000, 1_000);
  assert.equal(play.take().at(-1), "audio 7000");
  playback.setBufferLength(3_600_000, 1_000);
  await eventually(() => play.notes.includes("Play.Stop"));
  playback.stop(0);
});

test("a connection that takes nothing is sent nothing", async (t) => {
  const play = stand(t);
  play.unsentBytes = 10_000_000;
  const playback = play.play("clip");
  await eventually(() => play.io.nextAlarm < Number.POSITIVE_INFINITY);
  play.io.advance(60_000);
  assert.deepEqual(play.take(), STARTED);
  play.unsentBytes = 0;
  playback.onWritable(60_000);
  await eventually(() => play.notes.includes("Play.Stop"));
  playback.stop(0);
});

test("§7.2.2.9 what is paused goes on behind what the player has shown", async (t) => {
  const play = stand(t);
  const playback = play.play("long");
  await eventually(() => play.notes.includes("audio 3000"));
  play.take();
  playback.pause(true, 1_250, 0);
  playback.pause(true, 1_250, 0);
  play.io.advance(60_000);
  assert.deepEqual(play.take(), ["streamEof", "Pause.Notify"]);
  playback.pause(false, 1_250, 60_000);
  await eventually(() => play.notes.length > 20);
  const resumed = play.take();
  assert.deepEqual(resumed.slice(0, 3), ["streamIsRecorded", "streamBegin", "Unpause.Notify"]);
  assert.deepEqual(resumed.slice(6, 8), ["video 1300", "audio 1300"]);
  playback.stop(0);
});

test("§7.2.2.8 seek goes to the keyframe before; one that is too far changes nothing", async (t) => {
  const play = stand(t);
  const playback = play.play("long");
  await eventually(() => play.notes.includes("audio 3000"));
  play.take();
  playback.seek(15_900, 0);
  await eventually(() => play.notes.includes("audio 18000"));
  const sought = play.take();
  const told = ["streamEof", "streamIsRecorded", "streamBegin", "Seek.Notify", "Play.Start"];
  assert.deepEqual(sought, [...told, ...HEADS(15_000), ...media(15_000, 18_000)]);
  playback.seek(99_000, 0);
  await eventually(() => play.notes.includes("Seek.InvalidTime"));
  play.io.advance(1_000);
  await eventually(() => play.notes.includes("Play.Stop"));
  assert.deepEqual(play.take().slice(4), [...media(18_100, 19_900), ...ENDED]);
  playback.stop(0);
});

test("of many seeks the last one counts, also behind the end", async (t) => {
  const play = stand(t);
  const playback = play.play("clip");
  await eventually(() => play.notes.includes("Play.Stop"));
  play.take();
  for (const to of [2_000, 1_000, 500, 2_500]) playback.seek(to, 0);
  await eventually(() => play.notes.includes("Play.Stop"));
  const notes = play.take();
  assert.equal(notes.filter((note) => note === "Seek.Notify").length, 1);
  assert.equal(
    notes.find((note) => note.startsWith("audio")),
    "audio 2000",
  );
  playback.stop(0);
});

test("§7.2.2.4 §7.2.2.5 pictures that are wanted again start with a keyframe", async (t) => {
  const play = stand(t);
  const playback = play.play("long");
  await eventually(() => play.notes.includes("audio 3000"));
  play.take();
  playback.receive("video", false, 0);
  play.io.advance(500);
  assert.deepEqual(play.take(), [
    "audio 3100",
    "audio 3200",
    "audio 3300",
    "audio 3400",
    "audio 3500",
  ]);
  playback.receive("video", true, 0);
  playback.receive("audio", false, 0);
  play.io.advance(600);
  assert.deepEqual(play.take(), ["video 4000", "video 4100"]);
  playback.stop(0);
});

test("what is asked before the file is open is asked of it then", async (t) => {
  const play = stand(t);
  const playback = play.play("clip");
  playback.pause(true, 0, 0);
  await eventually(() => play.notes.includes("Pause.Notify"));
  assert.deepEqual(play.take(), [...STARTED, "streamEof", "Pause.Notify"]);
  playback.stop(0);
});

test("what is no recording is live, or not found; what is none inside fails", async (t) => {
  const play = stand(t);
  play.play("none");
  await eventually(() => play.notes.includes("Play.StreamNotFound"));
  play.take();
  const request = { name: "none", from: "any", durationMs: undefined, isReset: true } as const;
  const live = new LiveStream("none");
  const playback = play.library.recorded("vod", "none", live).playRecorded(play.outlet, request, 0);
  await eventually(() => play.notes.includes("live"));
  assert.equal(live.playerCount, 1);
  playback.stop(0);
  assert.equal(live.playerCount, 0);
  play.take();
  play.play("bad");
  await eventually(() => play.notes.includes("Play.Failed"));
});

test("who leaves before the file is open gets nothing", async (t) => {
  const play = stand(t);
  play.play("clip").stop(0);
  const lengths: number[] = [];
  for (const name of ["clip", "none", "bad"]) {
    play.library.tellLength("vod", name, (lengthMs) => lengths.push(lengthMs));
    await eventually(() => lengths.length > 0);
    assert.equal(lengths.pop(), name === "clip" ? 2_900 : 0, name);
  }
  assert.deepEqual(play.take(), []);
});

test("a new setup of the decoder in the middle is the one that counts behind it", async (t) => {
  const root = temporaryFolder(t);
  const tags = [
    ...film(2),
    flv.videoHeader(9),
    ...film(4)
      .slice(3)
      .filter((tag) => tag.timestampMs >= 2_000),
  ];
  writeFileSync(join(root, "two.flv"), flvBytes(tags));
  const play = new RecordedPlay(root);
  const playback = play.play("two", 3_000, undefined, "");
  await eventually(() => play.notes.includes("Play.Stop"));
  assert.deepEqual(new Set(play.take().slice(5, 8)), new Set(HEADS(0)));
  playback.stop(0);
});

test("more players than there may be open files are refused, until one leaves", async (t) => {
  const play = stand(t, 2);
  const playbacks = [play.play("clip"), play.play("clip")];
  await eventually(() => play.notes.filter((note) => note === "Play.Stop").length === 2);
  play.take();
  play.play("clip");
  assert.deepEqual(play.take(), ["Play.Failed"]);
  for (const playback of playbacks) playback.stop(0);
  await eventually(() => {
    const playback = play.play("clip");
    playback.stop(0);
    return !play.take().includes("Play.Failed");
  });
});

test("players count while their files are being opened", async (t) => {
  const play = stand(t, 2);
  const playbacks = ["clip", "clip", "clip", "clip"].map((name) => play.play(name));
  assert.deepEqual(play.take(), ["Play.Failed", "Play.Failed"]);
  await eventually(() => play.notes.filter((note) => note === "Play.Stop").length === 2);
  for (const playback of playbacks) playback.stop(0);
  await eventually(() => {
    play.take();
    play.play("none").stop(0);
    return !play.take().includes("Play.Failed");
  });
  for (let count = 0; count < 5; count += 1) {
    play.play("none");
    await eventually(() => play.take().includes("Play.StreamNotFound"));
  }
});

test("files are opened a few at a time, however many lengths are asked for at once", async (t) => {
  const play = stand(t);
  const lengths: number[] = [];
  let mostOpen = 0;
  for (let count = 0; count < 3_000; count += 1) {
    play.library.tellLength("vod", "clip", (lengthMs) => lengths.push(lengthMs));
  }
  await eventually(() => {
    mostOpen = Math.max(mostOpen, openFiles(play.root));
    return lengths.length === 3_000;
  }, 20_000);
  assert.ok(mostOpen <= 24, `${mostOpen} files are open`);
  const told = lengths.filter((lengthMs) => lengthMs === 2_900).length;
  assert.ok(told > 1_000 && told < 1_100, `${told} are told, the others are refused`);
});

/** How many files of a folder this process has open; 0 where the system does not tell. */
function openFiles(folder: string): number {
  if (!existsSync("/proc/self/fd")) return 0;
  const targets = readdirSync("/proc/self/fd").map((fd) => targetOf(`/proc/self/fd/${fd}`));
  return targets.filter((target) => target.startsWith(folder)).length;
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return "";
  }
}
