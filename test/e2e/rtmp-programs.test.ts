import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Rendezvous } from "../../rendezvous/index.ts";
import { silent } from "../support/rendezvous-lab.ts";
import { type Outcome, run } from "../support/run.ts";
import { findEveryFfmpeg, makeClip, type PacketHash, packetHashes } from "./support/ffmpeg.ts";
import { missedPictures } from "./support/played.ts";

/*
 * Real programs over every form of RTMP, their streams compared packet by packet with what was
 * published. Which program can do what is what its authors left it with.
 */

const directory = mkdtempSync(join(tmpdir(), "rtmfp-programs-"));
after(() => rmSync(directory, { recursive: true }));

const clip = join(directory, "clip.flv");
await makeClip(clip, { seconds: 3 });
const source = await packetHashes(clip);

/** A program that is not there fails the tests that need it: it is part of what is promised. */
const [ffmpeg = "ffmpeg"] = await findEveryFfmpeg();

async function serve(t: TestContext): Promise<{ server: Rendezvous; host: string }> {
  const here = "127.0.0.1:0";
  const server = await Rendezvous.listen({
    rtmfp: here,
    rtmp: here,
    // Debian's librtmp cannot do TLS 1.3.
    tls: { maxVersion: "TLSv1.2" },
    logger: silent,
    graceMs: 100,
  });
  t.after(() => server.close());
  return { server, host: server.addresses.rtmp[0] ?? "" };
}

async function until(isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error("waited for 10 s");
    await sleep(10);
  }
}

function tool(command: string, ...args: string[]): Promise<Outcome> {
  return run(command, args, { timeoutMs: 20_000 });
}

/** GStreamer; `sink` with its properties takes FLV. */
function pipeline(sink: string): Promise<Outcome> {
  const read = ["filesrc", `location=${clip}`, "!", "flvdemux", "name=in"];
  const write = ["flvmux", "name=out", "streamable=true", "!", ...sink.split(" ")];
  const video = ["in.video", "!", "queue", "!", "h264parse", "!", "out."];
  const audio = ["in.audio", "!", "queue", "!", "aacparse", "!", "out."];
  return tool("gst-launch-1.0", "-q", ...read, ...write, ...video, ...audio);
}

/** GStreamer; `element` with its properties gives FLV. `url`: may have properties of librtmp behind it. */
function receive(element: string, file: string, url: string): Promise<Outcome> {
  const from = [...element.split(" "), `location=${url}`];
  return tool("gst-launch-1.0", "-q", ...from, "!", "filesink", `location=${file}`);
}

type Publish = (url: string) => Promise<Outcome>;
type Play = (url: string, file: string) => Promise<Outcome>;

type Table = readonly (readonly [program: string, schemes: readonly string[]])[];

interface Schemes {
  readonly publish: string;
  readonly play: string;
}

const publishers: Readonly<Record<string, Publish>> = {
  ffmpeg: (url) =>
    tool(ffmpeg, "-nostdin", "-v", "error", "-re", "-i", clip, "-c", "copy", "-f", "flv", url),
  /** librtmp */
  rtmpsink: (url) => pipeline(`rtmpsink location=${url}`),
  rtmp2sink: (url) => pipeline(`rtmp2sink tls-validation-flags=0 location=${url}`),
};

const players: Readonly<Record<string, Play>> = {
  ffmpeg: (url, file) =>
    tool(ffmpeg, "-nostdin", "-v", "error", "-y", "-i", url, "-c", "copy", file),
  rtmpdump: (url, file) => tool("rtmpdump", "-q", "--live", "-r", url, "-o", file),
  // librtmp; it waits for more after the end, so all that it is to take is what fits into one buffer.
  rtmpsrc: (url, file) =>
    receive("rtmpsrc num-buffers=1 blocksize=16777216", file, `${url} live=1`),
  rtmp2src: (url, file) => receive("rtmp2src tls-validation-flags=0", file, url),
};

const playing: Table = [
  ["ffmpeg", ["rtmp", "rtmpt", "rtmps", "rtmpts"]],
  ["rtmpdump", ["rtmp", "rtmpe", "rtmpt", "rtmpte", "rtmps", "rtmpts"]],
  ["rtmpsrc", ["rtmp", "rtmpe", "rtmpt", "rtmpte", "rtmps"]],
  ["rtmp2src", ["rtmp", "rtmps"]],
];

const publishing: Table = [
  ["ffmpeg", ["rtmp", "rtmpt", "rtmps", "rtmpts"]],
  ["rtmpsink", ["rtmp", "rtmpe", "rtmpt", "rtmpte", "rtmps"]],
  ["rtmp2sink", ["rtmp", "rtmps"]],
];

/** Publishes and plays the clip, and compares what was played. */
async function pass(
  t: TestContext,
  publish: Publish,
  play: Play,
  schemes: Schemes,
): Promise<PacketHash[]> {
  const { server, host } = await serve(t);
  const folder = mkdtempSync(join(directory, "played-"));
  const file = join(folder, "played.flv");
  const plays = play(`${schemes.play}://${host}/live/cam`, file);
  await until(() => server.status.streams[0]?.players === 1);
  const published = await publish(`${schemes.publish}://${host}/live/cam`);
  assert.deepEqual(published, { code: 0, stdout: "", stderr: "" });
  assert.equal((await plays).code, 0);
  return packetHashes(file);
}

/** What is in the packets of each stream, one after another. */
function payloads(packets: readonly PacketHash[]): readonly string[][] {
  return [0, 1].map((stream) =>
    packets.filter((packet) => packet.stream === stream).map(({ hash }) => hash),
  );
}

/** rtmp2src forgets what it has not passed on when the stream ends: at most one packet. */
function assertAllButLast(played: readonly string[][], all: readonly string[][]): void {
  let missing = 0;
  for (const [stream, hashes] of all.entries()) {
    const got = played[stream] ?? [];
    assert.deepEqual(got, hashes.slice(0, got.length));
    missing += hashes.length - got.length;
  }
  assert.ok(missing <= 1, `${missing} packets are missing`);
}

for (const [program, schemes] of playing) {
  for (const scheme of schemes) {
    test(`${program} plays over ${scheme}`, async (t) => {
      const { [program]: play } = players;
      const { ffmpeg: publish } = publishers;
      assert.ok(play && publish);
      const played = await pass(t, publish, play, { publish: "rtmp", play: scheme });
      if (program === "rtmp2src") assertAllButLast(payloads(played), payloads(source));
      else assert.equal(missedPictures(played, source), 0);
    });
  }
}

for (const [program, schemes] of publishing) {
  for (const scheme of schemes) {
    test(`${program} publishes over ${scheme}`, async (t) => {
      const { ffmpeg: play } = players;
      const { [program]: publish } = publishers;
      assert.ok(play && publish);
      const played = await pass(t, publish, play, { publish: scheme, play: "rtmp" });
      // GStreamer has its own thoughts about the timestamps of B-frames.
      if (program === "ffmpeg") assert.equal(missedPictures(played, source), 0);
      else assert.deepEqual(payloads(played), payloads(source));
    });
  }
}
