import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Rendezvous, type RendezvousOptions } from "../../rendezvous/index.ts";
import { silent } from "../support/rendezvous-lab.ts";
import { type Outcome, run } from "../support/run.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { readWebSocket } from "../support/web-socket.ts";
import { findFfmpeg, makeClip, packetHashes } from "./support/ffmpeg.ts";
import { missedPictures } from "./support/played.ts";

/* Live streams over HTTP and WebSocket, compared packet by packet with what was published. */

const ffmpeg = await findFfmpeg();

interface Stand {
  readonly server: Rendezvous;
  readonly folder: string;
  readonly clip: string;
  readonly played: string;
  readonly http: string;
  publish(): Promise<Outcome>;
}

async function stand(t: TestContext): Promise<Stand> {
  return standWith(t, {});
}

async function standWith(t: TestContext, more: Partial<RendezvousOptions>): Promise<Stand> {
  const folder = temporaryFolder(t);
  const clip = join(folder, "clip.flv");
  await makeClip(clip, { seconds: 4 });
  const here = "127.0.0.1:0";
  const options = { rtmfp: here, rtmp: here, http: here, logger: silent, graceMs: 100, ...more };
  const server = await Rendezvous.listen(options);
  t.after(() => server.close());
  const url = `rtmp://${server.addresses.rtmp[0]}/live/cam`;
  return {
    server,
    folder,
    clip,
    played: join(folder, "played.flv"),
    http: `${server.addresses.http[0]}/live/cam.flv`,
    publish: () => tool("-re", "-i", clip, "-c", "copy", "-f", "flv", url),
  };
}

function tool(...args: string[]): Promise<Outcome> {
  return run(ffmpeg, ["-nostdin", "-v", "error", "-y", ...args], { timeoutMs: 20_000 });
}

async function until(isSo: () => boolean): Promise<void> {
  for (let round = 0; !isSo(); round += 1) {
    if (round > 1_000) throw new Error("did not come within 10 s");
    await sleep(10);
  }
}

function untilLive(server: Rendezvous): Promise<void> {
  return until(() => server.status.streams[0]?.isLive === true);
}

test("ffmpeg plays over HTTP what another publishes, and ends with it", async (t) => {
  const { server, clip, played, http, publish } = await stand(t);
  const published = publish();
  await untilLive(server);
  const outcome = await tool("-i", `http://${http}`, "-c", "copy", played);
  assert.deepEqual(outcome, { code: 0, stdout: "", stderr: "" });
  assert.equal((await published).code, 0);
  const missed = missedPictures(await packetHashes(played), await packetHashes(clip));
  assert.equal(missed % 25, 0, "it starts with a keyframe");
});

test("a WebSocket gets the same stream", async (t) => {
  const { server, folder, clip, played, http, publish } = await stand(t);
  const published = publish();
  await untilLive(server);
  const { bytes, closeCode } = await readWebSocket(`ws://${http}`, () => undefined);
  assert.equal(closeCode, 1_000);
  assert.equal((await published).code, 0);
  const received = join(folder, "received.flv");
  writeFileSync(received, bytes);
  // As a player takes it: pictures first, whatever comes first.
  assert.equal((await tool("-i", received, "-c", "copy", played)).code, 0);
  const missed = missedPictures(await packetHashes(played), await packetHashes(clip));
  assert.equal(missed % 25, 0, "it starts with a keyframe");
});

test("pages of any origin may play; what is not live is not found", async (t) => {
  const { server, http, publish } = await stand(t);
  const published = publish();
  await untilLive(server);
  const leave = new AbortController();
  const headers = { origin: "https://player.example" };
  const answer = await fetch(`http://${http}`, { headers, signal: leave.signal });
  assert.equal(answer.headers.get("access-control-allow-origin"), "*");
  assert.equal(answer.headers.get("content-type"), "video/x-flv");
  assert.equal(answer.headers.get("cache-control"), "no-store");
  assert.equal(server.status.streams[0]?.players, 1);
  leave.abort();
  await until(() => server.status.streams[0]?.players === 0);
  for (const path of ["live/none.flv", "none.flv", "live/cam", "%2e%2e/x.flv"]) {
    const missing = await fetch(`http://${server.addresses.http[0]}/${path}`);
    assert.equal(missing.status, 404, path);
  }
  const socket = readWebSocket(`ws://${http.replace("cam", "none")}`, () => undefined);
  await assert.rejects(socket, /HTTP 404/);
  assert.equal((await published).code, 0);
});

test("what another server has is fetched for who plays it over HTTP or WebSocket, and no longer", async (t) => {
  const origin = await stand(t);
  const pull = `live/*=rtmp://${origin.server.addresses.rtmp[0]}/live/*`;
  const { server, played, http } = await standWith(t, { pull });
  const published = origin.publish();
  await untilLive(origin.server);
  assert.equal(origin.server.status.streams[0]?.players, 0);
  const socket = readWebSocket(`ws://${http}`, () => undefined);
  const outcome = await tool("-i", `http://${http}`, "-c", "copy", played);
  assert.deepEqual(outcome, { code: 0, stdout: "", stderr: "" });
  assert.ok((await socket).bytes.length > 10_000);
  assert.equal((await published).code, 0);
  const missed = missedPictures(await packetHashes(played), await packetHashes(origin.clip));
  assert.equal(missed % 25, 0, "it starts with a keyframe");
  assert.equal(server.status.streams.find(({ name }) => name === "cam")?.players ?? 0, 0);
});

test("who waits for what nobody publishes may leave, and is told in the end", async (t) => {
  const origin = await stand(t);
  const pull = `live/*=rtmp://${origin.server.addresses.rtmp[0]}/live/*`;
  const { server, http } = await standWith(t, { pull });
  const players = (): number => server.status.streams[0]?.players ?? 0;
  const leave = new AbortController();
  const left = assert.rejects(fetch(`http://${http}`, { signal: leave.signal }));
  await until(() => players() === 1);
  leave.abort();
  await left;
  await until(() => players() === 0);
  assert.equal((await fetch(`http://${http}`)).status, 404);
  assert.equal(players(), 0);
});

const UPGRADE = [
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
];

/** Asks for something and then neither reads nor answers. */
function mute(t: TestContext, http: string, lines: readonly string[], times = 1): void {
  const [authority = "", ...path] = http.split("/");
  const port = Number(authority.split(":").at(-1));
  const head = [`GET /${path.join("/")} HTTP/1.1`, "Host: 127.0.0.1", ...lines, "", ""];
  const socket = connect(port, "127.0.0.1", () => socket.write(head.join("\r\n").repeat(times)));
  socket.pause();
  socket.on("error", () => undefined);
  t.after(() => socket.destroy());
}

test("a WebSocket player that answers nothing holds up no end", async (t) => {
  const { server, http, publish } = await stand(t);
  const published = publish();
  await untilLive(server);
  mute(t, http, UPGRADE);
  await until(() => server.status.streams[0]?.players === 1);
  const before = performance.now();
  await server.close();
  assert.ok(performance.now() - before < 5_000);
  await published;
});

test("a connection plays one stream at a time, however many requests it sends ahead", async (t) => {
  const { server, http, publish } = await stand(t);
  const published = publish();
  await untilLive(server);
  mute(t, http, [], 20);
  await until(() => server.status.streams[0]?.players === 1);
  await sleep(200);
  assert.equal(server.status.streams[0]?.players, 1);
  assert.equal((await published).code, 0);
});
