import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Rendezvous } from "../../rendezvous/index.ts";
import { silent } from "../support/rendezvous-lab.ts";
import { type Outcome, run } from "../support/run.ts";
import { findEveryFfmpeg, makeClip, packetHashes } from "./support/ffmpeg.ts";
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

type Publish = (url: string) => Promise<Outcome>;
type Play = (url: string, file: string) => Promise<Outcome>;

const publishers: Readonly<Record<string, Publish>> = {
  ffmpeg: (url) =>
    tool(ffmpeg, "-nostdin", "-v", "error", "-re", "-i", clip, "-c", "copy", "-f", "flv", url),
};

const players: Readonly<Record<string, Play>> = {
  ffmpeg: (url, file) =>
    tool(ffmpeg, "-nostdin", "-v", "error", "-y", "-i", url, "-c", "copy", file),
  rtmpdump: (url, file) => tool("rtmpdump", "-q", "--live", "-r", url, "-o", file),
};

const table: readonly (readonly [program: string, schemes: readonly string[]])[] = [
  ["ffmpeg", ["rtmp", "rtmpt", "rtmps", "rtmpts"]],
  ["rtmpdump", ["rtmp", "rtmpe", "rtmpt", "rtmpte", "rtmps", "rtmpts"]],
];

for (const [program, schemes] of table) {
  for (const scheme of schemes) {
    test(`${program} plays over ${scheme}`, async (t) => {
      const { server, host } = await serve(t);
      const file = join(directory, `${program}-${scheme}.flv`);
      const plays = players[program]?.(`${scheme}://${host}/live/cam`, file);
      await until(() => server.status.streams[0]?.players === 1);
      const publishes = publishers.ffmpeg?.(`rtmp://${host}/live/cam`);
      assert.deepEqual(await publishes, { code: 0, stdout: "", stderr: "" });
      assert.equal((await plays)?.code, 0);
      assert.equal(missedPictures(await packetHashes(file), source), 0);
    });
  }
}

for (const scheme of ["rtmpt", "rtmps", "rtmpts"]) {
  test(`ffmpeg publishes over ${scheme}`, async (t) => {
    const { server, host } = await serve(t);
    const file = join(directory, `published-${scheme}.flv`);
    const plays = players.ffmpeg?.(`rtmp://${host}/live/cam`, file);
    await until(() => server.status.streams[0]?.players === 1);
    const publishes = await publishers.ffmpeg?.(`${scheme}://${host}/live/cam`);
    assert.deepEqual(publishes, { code: 0, stdout: "", stderr: "" });
    assert.equal((await plays)?.code, 0);
    assert.equal(missedPictures(await packetHashes(file), source), 0);
  });
}
