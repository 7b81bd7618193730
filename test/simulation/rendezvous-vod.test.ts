import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { film, flvBytes } from "../support/flv-file.ts";
import { RendezvousLab } from "../support/rendezvous-lab.ts";
import { clip, play, publish } from "../support/rendezvous-streams.ts";
import { temporaryFolder } from "../support/temporary.ts";

/** Files answer in real time, whatever time it is in the lab. */
async function until(world: RendezvousLab, isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`did not come within ${LIMIT_MS} ms`);
    await world.lab.advance(10);
    await new Promise((resolve) => void setImmediate(resolve));
  }
}

/** Much more than a file takes on a busy machine. */
const LIMIT_MS = 30_000;

test("a recording plays over RTMFP, and its end comes after all of it", async (t) => {
  const media = temporaryFolder(t);
  mkdirSync(join(media, "chat"));
  writeFileSync(join(media, "chat/film.flv"), flvBytes(film(5)));
  const world = await RendezvousLab.start(
    { seed: 1, conditions: { delayMs: 20, loss: 0.02 } },
    { media },
  );
  t.after(() => world.close());
  const player = play(await world.connected(), "film");
  await until(world, () => player.statuses.includes("NetStream.Play.Stop"));
  const pictures = player.media.filter((line) => line.startsWith("video"));
  const sounds = player.media.filter((line) => line.startsWith("audio"));
  assert.deepEqual([pictures.length, sounds.length], [51, 51]);
  assert.equal(player.media.at(-1), "data");
  assert.deepEqual(player.statuses, [
    "NetStream.Play.Reset",
    "NetStream.Play.Start",
    "NetStream.Play.Stop",
  ]);
});

test("what is live goes before a recording of its name; what is neither is waited for", async (t) => {
  const media = temporaryFolder(t);
  mkdirSync(join(media, "chat"));
  writeFileSync(join(media, "chat/cam.flv"), flvBytes(film(1)));
  const world = await RendezvousLab.start({ seed: 2 }, { media });
  t.after(() => world.close());
  const one = await world.connected();
  const other = await world.connected();
  const cam = publish(one, "cam");
  await until(world, () => cam.statuses.length > 0);
  const live = play(other, "cam");
  await until(world, () => live.statuses.includes("NetStream.Play.PublishNotify"));
  const later = play(other, "later");
  await until(world, () => later.statuses.includes("NetStream.Play.Start"));
  const source = publish(one, "later");
  await until(world, () => later.statuses.includes("NetStream.Play.PublishNotify"));
  source.send(clip.videoHeader, clip.keyframe(0));
  await until(world, () => later.media.includes("video 23 1 0 0 0 2"));
  cam.close();
  await until(world, () => live.statuses.includes("NetStream.Play.UnpublishNotify"));
  const recorded = play(other, "cam");
  await until(world, () => recorded.statuses.includes("NetStream.Play.Stop"));
});
