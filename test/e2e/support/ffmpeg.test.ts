import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { run } from "../../support/run.ts";
import { executable, findEveryFfmpeg, findFfmpeg, makeClip, packetHashes } from "./ffmpeg.ts";

const directory = mkdtempSync(join(tmpdir(), "rtmfp-clips-"));
after(() => rmSync(directory, { recursive: true }));

const ffmpegs = await findEveryFfmpeg();
const clip = join(directory, "clip.flv");

test("there is an ffmpeg, and the first of all is the one that is used", async () => {
  assert.equal(await findFfmpeg(), ffmpegs[0]);
});

for (const ffmpeg of ffmpegs) {
  test(`${ffmpeg}: a clip has a key frame each second, B-frames, and sound to its end`, async () => {
    const path = join(directory, "own.flv");
    await makeClip(path, { seconds: 2, framesPerSecond: 20, ffmpeg });
    const packets = await packetHashes(path, { ffmpeg });
    const video = packets.filter((packet) => packet.stream === 0);
    const audio = packets.filter((packet) => packet.stream === 1);
    assert.equal(video.length, 40);
    assert.ok(video.some((packet) => packet.pts > packet.dts));
    assert.equal(new Set(video.map((packet) => packet.pts)).size, 40);
    assert.ok((audio.at(-1)?.dts ?? 0) > 1900);
    for (const packet of packets) {
      assert.match(packet.hash, /^[0-9a-f]{32}$/);
      assert.ok(packet.size > 0);
    }
  });
}

test("every ffmpeg sees the same packets, and the same clip is encoded once", async () => {
  await makeClip(clip, { seconds: 1 });
  const expected = await packetHashes(clip);
  assert.ok(expected.length > 50);
  for (const ffmpeg of ffmpegs) assert.deepEqual(await packetHashes(clip, { ffmpeg }), expected);
  const started = performance.now();
  const again = join(directory, "again.flv");
  await makeClip(again, { seconds: 1 });
  assert.ok(performance.now() - started < 1000);
  assert.deepEqual(await packetHashes(again), expected);
});

test("a program that nobody may execute is copied and run", async () => {
  const path = join(directory, "program");
  writeFileSync(path, "#!/bin/sh\necho ran", { mode: 0o644 });
  const copy = executable(path);
  assert.notEqual(copy, path);
  assert.equal((await run(copy, [])).stdout, "ran\n");
  assert.equal(executable(copy), copy);
});

test("a file that is no media rejects with what ffmpeg says of it", async () => {
  const path = join(directory, "nothing.flv");
  writeFileSync(path, "nothing");
  await assert.rejects(packetHashes(path), /Invalid data found/);
});

test("abort ends the encoding, and nothing of it is kept for the next", async () => {
  const options = { seconds: 600, width: 1280, height: 720 };
  await assert.rejects(makeClip(clip, { ...options, signal: AbortSignal.timeout(300) }), {
    name: "TimeoutError",
  });
  await assert.rejects(makeClip(clip, { ...options, signal: AbortSignal.timeout(300) }), {
    name: "TimeoutError",
  });
});
