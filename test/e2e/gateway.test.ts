import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Gateway } from "../../peer/gateway/gateway.ts";
import { LiveStreams } from "../support/live-streams.ts";
import { type Outcome, run } from "../support/run.ts";
import { findFfmpeg, makeClip, packetHashes } from "./support/ffmpeg.ts";
import { missedPictures } from "./support/played.ts";

const directory = mkdtempSync(join(tmpdir(), "rtmfp-gateway-"));
after(() => rmSync(directory, { recursive: true }));

const ffmpeg = await findFfmpeg();
const hasRtmpdump = await run("rtmpdump", ["-h"]).then(
  () => true,
  () => false,
);
const clip = join(directory, "clip.flv");
/** As many as between two keyframes. */
const FRAMES_PER_SECOND = 25;
await makeClip(clip, { seconds: 6, framesPerSecond: FRAMES_PER_SECOND });
const source = await packetHashes(clip);

interface Stand {
  readonly streams: LiveStreams;
  readonly gateway: Gateway;
  url(path: string): string;
}

async function stand(t: TestContext): Promise<Stand> {
  const streams = new LiveStreams();
  const gateway = await Gateway.listen({ rtmp: { ip: "127.0.0.1", port: 0 }, streams });
  t.after(() => gateway.close());
  return { streams, gateway, url: (path) => `rtmp://127.0.0.1:${gateway.address.port}/${path}` };
}

/** Programs end by themselves in these tests; one that does not fails its test. */
function tool(command: string, ...args: string[]): Promise<Outcome> {
  return run(command, args, { timeoutMs: 20_000 });
}

function publish(url: string): Promise<Outcome> {
  const args = ["-nostdin", "-v", "error", "-re", "-i", clip, "-c", "copy", "-f", "flv", url];
  return tool(ffmpeg, ...args);
}

function play(url: string, file: string): Promise<Outcome> {
  return tool(ffmpeg, "-nostdin", "-v", "error", "-y", "-i", url, "-c", "copy", file);
}

async function until(isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error("waited for 10 s");
    await sleep(10);
  }
}

test("what is published is played, from the start and by who joins late", async (t) => {
  const { streams, url } = await stand(t);
  const early = join(directory, "early.flv");
  const late = join(directory, "late.flv");
  const playsEarly = play(url("local/cam"), early);
  await until(() => streams.at("cam").playerCount === 1);
  const publishes = publish(url("local/cam"));
  await until(() => streams.at("cam").isLive);
  await sleep(2_500);
  const playsLate = play(url("local/cam"), late);
  assert.deepEqual(await publishes, { code: 0, stdout: "", stderr: "" });
  // Both end because the publisher did.
  assert.equal((await playsEarly).code, 0);
  assert.equal((await playsLate).code, 0);
  assert.equal(missedPictures(await packetHashes(early), source), 0);
  const missed = missedPictures(await packetHashes(late), source);
  assert.ok(missed >= FRAMES_PER_SECOND, "the late one came late");
  assert.equal(missed % FRAMES_PER_SECOND, 0, "it starts with a keyframe");
  await until(() => streams.at("cam").isIdle);
});

test("a folder is part of the name, and a query is not", async (t) => {
  const { streams, url } = await stand(t);
  const file = join(directory, "folder.flv");
  const plays = play(url("local/room/cam"), file);
  await until(() => streams.at("room/cam").playerCount === 1);
  assert.equal((await publish(`${url("local/room/cam")}?token=secret`)).code, 0);
  assert.equal((await plays).code, 0);
  assert.equal(missedPictures(await packetHashes(file), source), 0);
});

test("the client is told what is wrong with its URL", async (t) => {
  const { streams, url } = await stand(t);
  const wrongApp = await publish(url("nowhere/cam"));
  assert.notEqual(wrongApp.code, 0);
  assert.match(wrongApp.stderr, /there is no app "nowhere" here, but local, pair, server/);
  const toPair = await publish(url("pair/cam"));
  assert.notEqual(toPair.code, 0);
  assert.match(toPair.stderr, /what comes from pair can only be played/);
  const noSource = await play(url(`${"ab".repeat(32)}/cam`), join(directory, "none.flv"));
  assert.notEqual(noSource.code, 0);
  assert.match(noSource.stderr, /nothing comes from abab/);
  streams.at("taken").publish(performance.now());
  const taken = await publish(url("local/taken"));
  assert.notEqual(taken.code, 0);
  assert.match(taken.stderr, /taken is published already/);
});

test("a gateway that closes ends its players and publishers", async (t) => {
  const { streams, gateway, url } = await stand(t);
  const plays = play(url("local/cam"), join(directory, "closed.flv"));
  await until(() => streams.at("cam").playerCount === 1);
  const publishes = publish(url("local/cam"));
  await until(() => streams.at("cam").isLive);
  await sleep(500);
  await Promise.all([gateway.close(), gateway.close()]);
  assert.ok(streams.at("cam").isIdle);
  assert.notEqual((await publishes).code, 0);
  await plays;
});

test("rtmpdump plays it too", { timeout: 30_000 }, async (t) => {
  if (!hasRtmpdump) {
    t.skip("rtmpdump is not installed: apt-get install rtmpdump");
    return;
  }
  const { streams, url } = await stand(t);
  const file = join(directory, "dump.flv");
  const dumps = tool("rtmpdump", "-q", "-r", url("local/cam"), "--live", "-o", file);
  await until(() => streams.at("cam").playerCount === 1);
  assert.equal((await publish(url("local/cam"))).code, 0);
  await dumps;
  assert.equal(missedPictures(await packetHashes(file), source), 0);
});
