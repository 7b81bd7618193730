import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { connectRtmp } from "../../protocol/node/connect-rtmp.ts";
import { Rendezvous, type RendezvousOptions } from "../../rendezvous/index.ts";
import { NginxRtmp } from "../support/nginx.ts";
import { silent } from "../support/rendezvous-lab.ts";
import { type Outcome, run } from "../support/run.ts";
import { findFfmpeg, makeClip, type PacketHash, packetHashes } from "./support/ffmpeg.ts";
import { missedPictures } from "./support/played.ts";

/* Streams pushed to and pulled from other servers, compared packet by packet with the source. */

const directory = mkdtempSync(join(tmpdir(), "rtmfp-forward-"));
after(() => rmSync(directory, { recursive: true }));

const ffmpeg = await findFfmpeg();
const clip = join(directory, "clip.flv");
await makeClip(clip, { seconds: 4 });
const source = await packetHashes(clip);

/** Where somebody plays, and what is in the file when the stream has ended. */
interface Playing {
  readonly file: string;
  readonly ended: Promise<Outcome>;
}

const skip = missing();

/** On the machine that decides, everything has to be there. */
function missing(): string | false {
  if (NginxRtmp.isThere || process.env.CI) return false;
  return "SKIPPED: no nginx with libnginx-mod-rtmp on this machine";
}

async function serve(t: TestContext, more: Partial<RendezvousOptions>): Promise<Rendezvous> {
  const here = "127.0.0.1:0";
  const tls = { maxVersion: "TLSv1.2" } as const;
  const options = { rtmfp: here, rtmp: here, tls, logger: silent, graceMs: 100, ...more };
  const server = await Rendezvous.listen(options);
  t.after(() => server.close());
  return server;
}

async function nginx(t: TestContext, application = "", port = 0): Promise<NginxRtmp> {
  const server = await NginxRtmp.start(application, port);
  t.after(() => server.stop());
  return server;
}

function publish(url: string): Promise<Outcome> {
  const args = ["-nostdin", "-v", "error", "-re", "-i", clip, "-c", "copy", "-f", "flv", url];
  return run(ffmpeg, args, { timeoutMs: 20_000 });
}

function play(url: string): Playing {
  const file = join(mkdtempSync(join(directory, "played-")), "played.flv");
  const args = ["-nostdin", "-v", "error", "-y", "-i", url, "-c", "copy", file];
  return { file, ended: run(ffmpeg, args, { timeoutMs: 30_000 }) };
}

async function until(isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error("waited for 10 s");
    await sleep(10);
  }
}

/** nginx does not tell ffmpeg that a stream has ended: it is ended itself, if it is `from` there. */
async function played({ file, ended }: Playing, from?: NginxRtmp): Promise<PacketHash[]> {
  if (from) {
    await sleep(500);
    await from.stop();
  }
  await ended;
  return packetHashes(file);
}

/** A connection that took its time on a busy machine starts with the group of pictures of then. */
function assertPassed(packets: readonly PacketHash[]): void {
  const missed = missedPictures(packets, source);
  assert.ok(missed <= 50, `${missed} pictures missed`);
}

/** nginx lets players wait for a keyframe, but not for sounds: its pictures alone are compared. */
function assertTail(packets: readonly PacketHash[]): void {
  const pictures = source.filter(isPicture).map(({ hash }) => hash);
  const shown = packets.filter(isPicture).map(({ hash }) => hash);
  assert.ok(shown.length >= 25, `${shown.length} pictures`);
  assert.deepEqual(shown, pictures.slice(-shown.length));
}

function isPicture({ stream }: PacketHash): boolean {
  return stream === 0;
}

function addressOf(server: Rendezvous): string {
  return server.addresses.rtmp[0] ?? "";
}

const insecure: Partial<RendezvousOptions> = {
  connectRtmp: (url, accept, options) =>
    connectRtmp(url, accept, { ...options, tls: { rejectUnauthorized: false } }),
};

test("push and pull between two of ours, over every scheme", { concurrency: true }, async (t) => {
  const schemes = ["rtmp", "rtmps", "rtmpe", "rtmpt", "rtmpte", "rtmpts"];
  await Promise.all(schemes.map((scheme) => t.test(scheme, (one) => pass(one, scheme))));
});

async function pass(t: TestContext, scheme: string): Promise<void> {
  const origin = await serve(t, {});
  const there = `${scheme}://${addressOf(origin)}/live`;
  const edge = await serve(t, { ...insecure, pull: `live/*=${there}/*` });
  const near = await serve(t, { ...insecure, push: `cam=${there}/far` });
  const playing = play(`rtmp://${addressOf(edge)}/live/far`);
  await until(() => edge.status.forwards[0]?.state === "running");
  await publish(`rtmp://${addressOf(near)}/live/cam`);
  assertPassed(await played(playing));
  for (const { status } of [near, origin, edge]) assert.equal(status.counts.faults, 0);
}

test("push to nginx", { skip }, async (t) => {
  const far = await nginx(t);
  const there = `rtmp://127.0.0.1:${far.port}/live/far`;
  const near = await serve(t, { push: `cam=${there}` });
  const playing = play(there);
  await sleep(500);
  await publish(`rtmp://${addressOf(near)}/live/cam`);
  assertPassed(await played(playing, far));
});

test("pull from nginx", { skip }, async (t) => {
  const far = await nginx(t);
  const there = `rtmp://127.0.0.1:${far.port}/live/far`;
  const near = await serve(t, { pull: `cam=${there}` });
  const playing = play(`rtmp://${addressOf(near)}/live/cam`);
  await until(() => near.status.forwards[0]?.state === "running");
  await publish(there);
  assertPassed(await played(playing));
});

test("nginx pushes to us, and pulls from us", { skip }, async (t) => {
  const ours = await serve(t, {});
  const pusher = await nginx(t, `push rtmp://${addressOf(ours)}/live;`);
  const puller = await nginx(t, `pull rtmp://${addressOf(ours)}/live;`);
  const playing = play(`rtmp://127.0.0.1:${puller.port}/live/cam`);
  await until(() => ours.status.streams[0]?.players === 1);
  await publish(`rtmp://127.0.0.1:${pusher.port}/live/cam`);
  assertTail(await played(playing, puller));
});

test("an nginx that dies in mid-stream and comes back is pushed to again", { skip }, async (t) => {
  const first = await nginx(t);
  const there = `rtmp://127.0.0.1:${first.port}/live/far`;
  const near = await serve(t, { push: `cam=${there}` });
  const local = play(`rtmp://${addressOf(near)}/live/cam`);
  await until(() => near.status.streams[0]?.players === 1);
  const published = publish(`rtmp://${addressOf(near)}/live/cam`);
  await until(() => near.status.forwards[0]?.state === "running");
  await sleep(700);
  await first.stop();
  await until(() => near.status.forwards[0]?.state === "waiting");
  const second = await nginx(t, "", first.port);
  const again = play(there);
  await published;
  assertTail(await played(again, second));
  assert.equal(missedPictures(await played(local), source), 0, "here nobody noticed");
});
