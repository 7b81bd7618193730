import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { FlvReader } from "../../protocol/flv/reader.ts";
import type { FlvTag } from "../../protocol/flv/tag.ts";
import { Rendezvous } from "../../rendezvous/index.ts";
import { flvBytes } from "../support/flv-file.ts";
import { silent } from "../support/rendezvous-lab.ts";
import { type Outcome, run } from "../support/run.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { findFfmpeg, makeClip, type PacketHash, packetHashes } from "./support/ffmpeg.ts";

/*
 * Real programs play a file over every form of RTMP; what they get is compared packet by packet with
 * the file.
 */

const ffmpeg = await findFfmpeg();
const SECONDS = 6;

interface Stand {
  readonly host: string;
  readonly folder: string;
  readonly clip: string;
  readonly played: string;
}

async function serve(t: TestContext): Promise<Stand> {
  const folder = temporaryFolder(t);
  const media = join(folder, "media");
  mkdirSync(join(media, "vod"), { recursive: true });
  const clip = join(media, "vod/clip.flv");
  await makeClip(clip, { seconds: SECONDS });
  const here = "127.0.0.1:0";
  const server = await Rendezvous.listen({
    rtmfp: here,
    rtmp: here,
    media,
    // Debian's librtmp cannot do TLS 1.3.
    tls: { maxVersion: "TLSv1.2" },
    logger: silent,
    graceMs: 100,
  });
  t.after(() => server.close());
  const [host = ""] = server.addresses.rtmp;
  return { host, folder, clip, played: join(folder, "played.flv") };
}

function tool(command: string, ...args: string[]): Promise<Outcome> {
  return run(command, args, { timeoutMs: 15_000 });
}

/** GStreamer; `element` with its properties gives FLV. */
function source(element: string, file: string): Promise<Outcome> {
  return tool("gst-launch-1.0", "-q", ...element.split(" "), "!", "filesink", `location=${file}`);
}

function tagsOf(path: string): FlvTag[] {
  const reader = new FlvReader();
  reader.push(new Uint8Array(readFileSync(path)));
  const tags: FlvTag[] = [];
  for (let tag = reader.next(); tag; tag = reader.next()) tags.push(tag);
  return tags;
}

/** Of one stream, as they were in the file. */
function ofStream(packets: readonly PacketHash[], stream: number): readonly PacketHash[] {
  return packets.filter((packet) => packet.stream === stream);
}

async function assertWhole(played: string, clip: string): Promise<void> {
  const [got, source] = await Promise.all([packetHashes(played), packetHashes(clip)]);
  for (const stream of [0, 1]) assert.deepEqual(ofStream(got, stream), ofStream(source, stream));
}

/** What was played is a part of the clip, in its order and without a hole. Answers the second in which it starts. */
async function assertPart(played: string, clip: string): Promise<number> {
  const [got, source] = await Promise.all([packetHashes(played), packetHashes(clip)]);
  const all = ofStream(source, 0);
  // rtmpdump gives the metadata a time, and ffmpeg takes such for a stream of its own.
  const picture = got.find(({ hash }) => all.some((one) => one.hash === hash));
  const pictures = ofStream(got, picture?.stream ?? -1).map(({ hash }) => hash);
  const first = all.findIndex(({ hash }) => hash === pictures[0]);
  const part = all.slice(first, first + pictures.length);
  assert.ok(pictures.length > 0 && first >= 0);
  assert.deepEqual(
    pictures,
    part.map(({ hash }) => hash),
  );
  return Math.round((part[0]?.dts ?? -1) / 1_000);
}

type Play = (url: string, file: string) => Promise<Outcome>;

const players: Readonly<Record<string, readonly [play: Play, schemes: readonly string[]]>> = {
  rtmpdump: [
    (url, file) => tool("rtmpdump", "-q", "-r", url, "-o", file),
    ["rtmp", "rtmpe", "rtmpt", "rtmpte", "rtmps", "rtmpts"],
  ],
  ffmpeg: [
    (url, file) => tool(ffmpeg, "-nostdin", "-v", "error", "-y", "-i", url, "-c", "copy", file),
    ["rtmp", "rtmpt", "rtmps", "rtmpts"],
  ],
  rtmpsrc: [
    // It starts anew after the end: all it is to take is what fits into one buffer.
    (url, file) => source(`rtmpsrc num-buffers=1 blocksize=16777216 location=${url}`, file),
    ["rtmp", "rtmpe", "rtmpt", "rtmpte", "rtmps"],
  ],
  rtmp2src: [
    (url, file) => source(`rtmp2src tls-validation-flags=0 location=${url}`, file),
    ["rtmp", "rtmps"],
  ],
};

for (const [program, [play, schemes]] of Object.entries(players)) {
  for (const scheme of schemes) {
    test(`${program} plays a file over ${scheme}, and ends when it ends`, async (t) => {
      const { host, clip, played } = await serve(t);
      const outcome = await play(`${scheme}://${host}/vod/clip`, played);
      assert.equal(outcome.code, 0, outcome.stderr);
      await assertWhole(played, clip);
    });
  }
}

test("rtmpdump plays a part with --start and --stop", async (t) => {
  const { host, clip, played } = await serve(t);
  const url = `rtmp://${host}/vod/clip`;
  const part = ["--start", "2", "--stop", "4"];
  const outcome = await tool("rtmpdump", "-q", "-r", url, "-o", played, ...part);
  // A part is less than all, which is what it calls incomplete.
  assert.equal(outcome.code, 2, outcome.stderr);
  assert.equal(await assertPart(played, clip), 2);
  const lastMs = Math.max(...tagsOf(played).map(({ timestampMs }) => timestampMs));
  assert.ok(lastMs > 3_900 && lastMs <= 4_000, `up to ${lastMs} ms`);
});

test("rtmpdump resumes where it broke off", async (t) => {
  const { host, clip, played } = await serve(t);
  const url = `rtmp://${host}/vod/clip`;
  assert.equal((await tool("rtmpdump", "-q", "-r", url, "-o", played)).code, 0);
  const tags = tagsOf(played);
  writeFileSync(played, flvBytes(tags.slice(0, Math.floor(tags.length * 0.6))));
  const outcome = await tool("rtmpdump", "-q", "-r", url, "-o", played, "--resume");
  assert.equal(outcome.code, 0, outcome.stderr);
  await assertWhole(played, clip);
});

test("ffmpeg seeks in a file", async (t) => {
  const { host, clip, played } = await serve(t);
  const url = `rtmp://${host}/vod/clip`;
  const input = ["-rtmp_live", "recorded", "-ss", "3.5", "-i", url];
  const outcome = await tool(ffmpeg, "-nostdin", "-v", "error", ...input, "-c", "copy", played);
  assert.equal(outcome.code, 0, outcome.stderr);
  assert.equal(await assertPart(played, clip), 3);
});

test("a file with a list of its keyframes plays from them", async (t) => {
  const { host, folder, clip, played } = await serve(t);
  const listed = join(folder, "media/vod/listed.flv");
  const copy = ["-i", clip, "-c", "copy", "-flvflags", "add_keyframe_index", listed];
  assert.equal((await tool(ffmpeg, "-nostdin", "-v", "error", ...copy)).code, 0);
  const url = `rtmp://${host}/vod/listed`;
  const outcome = await tool("rtmpdump", "-q", "-r", url, "-o", played, "--start", "4");
  assert.equal(outcome.code, 0, outcome.stderr);
  assert.equal(await assertPart(played, clip), 4);
});

test("what is not in the folder is not found", async (t) => {
  const { host, folder, clip, played } = await serve(t);
  copyFileSync(clip, join(folder, "secret.flv"));
  for (const name of ["../../secret", "flv:../../secret.flv", "/etc/passwd", "%2e%2e/secret"]) {
    const outcome = await tool(
      ...(["rtmpdump", "-q", "-r", `rtmp://${host}/vod`, "-a", "vod", "-o", played] as const),
      ...["-y", name, "-b", "100", "-m", "2"],
    );
    assert.notEqual(outcome.code, 0, name);
  }
});
