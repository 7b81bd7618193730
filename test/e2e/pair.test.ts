/** The whole chain with real programs: rendezvous, two peers, ffmpeg in at one and out of the other. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { run } from "../support/run.ts";
import { findFfmpeg, makeClip, type PacketHash, packetHashes } from "./support/ffmpeg.ts";
import { addressOf, Program } from "./support/program.ts";

const SECONDS = 8;

test("a real video crosses from peer to peer, byte for byte", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "rtmfp-pair-"));
  const programs: Program[] = [];
  const start = (...args: string[]): Program => {
    const program = new Program(args);
    programs.push(program);
    return program;
  };
  t.after(async () => {
    await Promise.all(programs.map((program) => program.stop()));
    rmSync(folder, { recursive: true });
  });
  const clip = join(folder, "clip.flv");
  await makeClip(clip, { seconds: SECONDS });

  const server = start("rendezvous", "--rtmfp", "127.0.0.1:0", "--http", "127.0.0.1:0");
  const url = `rtmfp://${addressOf(await server.event("ready"), "rtmfp")}/chat`;
  const peerArgs = ["peer", "--rendezvous", url, "--pair", "--rtmp", "127.0.0.1:0"];
  const one = start(...peerArgs, "--stats", "0.2");
  const other = start(...peerArgs, "--stats", "0.2");
  const [oneReady, otherReady] = await Promise.all([one.event("ready"), other.event("ready")]);
  const [onePaired, otherPaired] = await Promise.all([one.event("paired"), other.event("paired")]);
  assert.equal(onePaired.peerId, otherReady.peerId);
  assert.equal(otherPaired.peerId, oneReady.peerId);
  assert.notEqual(onePaired.initiator, otherPaired.initiator, "exactly one initiates");

  const ffmpeg = await findFfmpeg();
  const received = join(folder, "received.flv");
  const quiet = ["-nostdin", "-v", "error", "-y"];
  const target = `rtmp://${addressOf(oneReady, "rtmp")}/local/cam`;
  const source = `rtmp://${addressOf(otherReady, "rtmp")}/pair/cam`;
  const playing = run(ffmpeg, [...quiet, "-i", source, "-c", "copy", received]);
  const publishing = run(ffmpeg, [...quiet, "-re", "-i", clip, "-c", "copy", "-f", "flv", target]);
  const [played, published] = await Promise.all([playing, publishing]);
  assert.equal(published.code, 0, published.stderr);
  assert.equal(played.code, 0, played.stderr);

  compare(await packetHashes(clip), await packetHashes(received));
  const isOver = (stats: { readonly sentBytes?: number }): boolean =>
    Number(stats.sentBytes) > CLIP_BYTES_AT_LEAST;
  const stats = await one.event(
    ({ event, peers }) => event === "stats" && Array.isArray(peers) && peers.some(isOver),
  );
  const toServer = Number((stats.server as { sentBytes: number }).sentBytes);
  assert.ok(toServer < SERVER_BYTES_AT_MOST, `${toServer} bytes went to the server: no media`);
  assert.equal(await one.stop(), 0);
});

/** From the first keyframe that arrived on, everything that was sent, as it was sent. */
function compare(sent: readonly PacketHash[], received: readonly PacketHash[]): void {
  for (const stream of [0, 1]) {
    const source = sent.filter((packet) => packet.stream === stream).map(({ hash }) => hash);
    const arrived = received.filter((packet) => packet.stream === stream).map(({ hash }) => hash);
    const first = source.indexOf(arrived[0] ?? "");
    assert.ok(first >= 0, `stream ${stream} begins with a packet of the source`);
    assert.deepEqual(arrived, source.slice(first, first + arrived.length));
    assert.ok(arrived.length >= source.length * 0.7, `${arrived.length} of ${source.length}`);
  }
}

const CLIP_BYTES_AT_LEAST = 100_000;
const SERVER_BYTES_AT_MOST = 20_000;
