import assert from "node:assert/strict";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Rendezvous } from "../../rendezvous/index.ts";
import { silent } from "../support/rendezvous-lab.ts";
import { type Outcome, run } from "../support/run.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { findFfmpeg, makeClip, type PacketHash, packetHashes } from "./support/ffmpeg.ts";
import { addressOf, Program } from "./support/program.ts";

/* Live streams are recorded, compared packet by packet with what was published. */

const ffmpeg = await findFfmpeg();

function publish(clip: string, url: string): Promise<Outcome> {
  const input = ["-nostdin", "-v", "error", "-re", "-i", clip];
  return run(ffmpeg, [...input, "-c", "copy", "-f", "flv", url], { timeoutMs: 20_000 });
}

async function makeSource(t: TestContext): Promise<{ folder: string; clip: string }> {
  const folder = temporaryFolder(t);
  const clip = join(folder, "clip.flv");
  await makeClip(clip, { seconds: 4 });
  return { folder, clip };
}

function recordingsIn(folder: string): string[] {
  const live = join(folder, "live");
  return existsSync(live) ? readdirSync(live).map((name) => join(live, name)) : [];
}

function stream(packets: readonly PacketHash[], number: number): readonly PacketHash[] {
  return packets.filter((packet) => packet.stream === number);
}

test("a recording is what was published, and plays from the media folder", async (t) => {
  const { folder, clip } = await makeSource(t);
  const here = "127.0.0.1:0";
  const directory = join(folder, "recordings");
  const common = { rtmfp: here, rtmp: here, logger: silent, graceMs: 100 };
  const server = await Rendezvous.listen({ ...common, record: { directory }, media: directory });
  t.after(() => server.close());
  const host = server.addresses.rtmp[0];
  assert.equal((await publish(clip, `rtmp://${host}/live/cam`)).code, 0);
  while (!recordingsIn(directory).some((path) => /cam-\d{8}T\d{6}Z\.flv$/.test(path)))
    await sleep(20);
  const [recording = ""] = recordingsIn(directory);
  const [got, source] = [await packetHashes(recording), await packetHashes(clip)];
  for (const number of [0, 1]) assert.deepEqual(stream(got, number), stream(source, number));
  const name = recording.slice(recording.lastIndexOf("/") + 1);
  const played = join(folder, "played.flv");
  const url = `rtmp://${host}/live/${name}`;
  assert.equal((await run("rtmpdump", ["-q", "-r", url, "-o", played])).code, 0);
  assert.deepEqual(stream(await packetHashes(played), 0), stream(source, 0));
});

test("a recording survives that its server is killed, and the next start finishes it", async (t) => {
  const { folder, clip } = await makeSource(t);
  const directory = join(folder, "recordings");
  const here = "127.0.0.1:0";
  const options = ["--rtmfp", here, "--http", here, "--record", directory];
  const server = new Program(["rendezvous", ...options]);
  t.after(() => server.kill());
  const host = addressOf(await server.event("ready"), "rtmp");
  const published = publish(clip, `rtmp://${host}/live/cam`);
  const grown = (): boolean => recordingsIn(directory).some((path) => statSync(path).size > 90_000);
  while (!grown()) await sleep(20);
  server.kill();
  await published;
  const [unfinished = ""] = recordingsIn(directory);
  assert.match(unfinished, /\.part\.flv$/);
  const asItIs = stream(await packetHashes(unfinished), 0);
  const again = new Program(["rendezvous", ...options]);
  t.after(() => again.stop());
  await again.event("ready");
  // It might be another server's that still runs: nobody may have written to it for 15 s.
  while (recordingsIn(directory).some((path) => path.endsWith(".part.flv"))) await sleep(100);
  const [repaired = ""] = recordingsIn(directory);
  assert.match(repaired, /Z\.flv$/);
  const pictures = stream(await packetHashes(repaired), 0);
  assert.deepEqual(pictures, asItIs);
  assert.deepEqual(pictures, stream(await packetHashes(clip), 0).slice(0, pictures.length));
  assert.ok(pictures.length > 25);
});
