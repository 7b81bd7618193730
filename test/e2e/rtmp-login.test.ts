import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { readSwf } from "../../protocol/node/swf-file.ts";
import { mintStreamToken, Rendezvous, type RendezvousOptions } from "../../rendezvous/index.ts";
import { silent } from "../support/rendezvous-lab.ts";
import { type Outcome, run } from "../support/run.ts";
import { findEveryFfmpeg, makeClip } from "./support/ffmpeg.ts";

const directory = mkdtempSync(join(tmpdir(), "rtmfp-login-"));
after(() => rmSync(directory, { recursive: true }));
const clip = join(directory, "clip.flv");
await makeClip(clip, { seconds: 1 });
const [ffmpeg = "ffmpeg"] = await findEveryFfmpeg();
const secret = "a secret of more than sixteen bytes";

async function serve(t: TestContext, more: Partial<RendezvousOptions>): Promise<Rendezvous> {
  const here = "127.0.0.1:0";
  const options = { rtmfp: here, rtmp: here, logger: silent, graceMs: 100, ...more };
  const server = await Rendezvous.listen(options);
  t.after(() => server.close());
  return server;
}

function publish(url: string): Promise<Outcome> {
  const args = ["-nostdin", "-v", "error", "-i", clip, "-c", "copy", "-f", "flv", url];
  return run(ffmpeg, args, { timeoutMs: 20_000 });
}

/** Does a stream of this name come to be while the program runs? */
async function isPublished(server: Rendezvous, program: Promise<Outcome>): Promise<boolean> {
  let isRunning = true;
  let isSeen = false;
  program.then(
    () => {
      isRunning = false;
    },
    () => undefined,
  );
  while (isRunning) {
    isSeen ||= server.status.streams.some(({ name, isLive }) => isLive && name === "cam");
    await sleep(2);
  }
  return isSeen;
}

for (const authmod of ["adobe", "llnw"] as const) {
  test(`ffmpeg logs in by ${authmod}, with the right password`, async (t) => {
    const server = await serve(t, { publishers: { ada: "lovelace" }, authmod });
    const at = server.addresses.rtmp[0];
    const right = publish(`rtmp://ada:lovelace@${at}/live/cam`);
    assert.ok(await isPublished(server, right));
    assert.equal((await right).code, 0);
    for (const who of ["ada:byron@", ""]) {
      const wrong = publish(`rtmp://${who}${at}/live/cam`);
      assert.ok(!(await isPublished(server, wrong)));
      assert.notEqual((await wrong).code, 0);
    }
  });
}

test("GStreamer logs in by adobe", async (t) => {
  const server = await serve(t, { publishers: { ada: "lovelace" } });
  const gst = (password: string): Promise<Outcome> => {
    const sink = `rtmp2sink location=rtmp://${server.addresses.rtmp[0]}/live/cam`;
    const login = `username=ada password=${password} authmod=adobe`;
    const line = `filesrc location=${clip} ! flvdemux ! h264parse ! flvmux streamable=true ! ${sink} ${login}`;
    return run("gst-launch-1.0", ["-q", ...line.split(" ")], { timeoutMs: 20_000 });
  };
  const right = gst("lovelace");
  assert.ok(await isPublished(server, right));
  assert.equal((await right).code, 0);
  assert.notEqual((await gst("byron")).code, 0);
});

test("ffmpeg publishes and plays with tokens, and not without", async (t) => {
  const server = await serve(t, { secret, tokensFor: ["publish", "play"] });
  const url = `rtmp://${server.addresses.rtmp[0]}/live/cam`;
  const claim = { app: "live", stream: "cam" };
  const token = mintStreamToken(secret, { ...claim, right: "publish" }, 60_000);
  const right = publish(`${url}?token=${token}`);
  assert.ok(await isPublished(server, right));
  assert.equal((await right).code, 0);
  const wrong = mintStreamToken(
    "another secret of sixteen bytes",
    { ...claim, right: "publish" },
    1,
  );
  assert.notEqual((await publish(`${url}?token=${wrong}`)).code, 0);
  assert.notEqual((await publish(url)).code, 0);
  const play = ["-v", "error", "-i", url, "-c", "copy", "-f", "null", "-"];
  assert.notEqual((await run(ffmpeg, play, { timeoutMs: 20_000 })).code, 0);
});

test("rtmpdump says which SWF it is", async (t) => {
  const program = readSwf(Buffer.from("FWS\u0009....a program of Flash"));
  const server = await serve(t, { swf: [program] });
  const url = `rtmp://${server.addresses.rtmp[0]}/live/cam`;
  const dump = (hash: string): Promise<Outcome> => {
    const swf = ["-w", hash, "-x", `${program.size}`];
    const file = join(directory, "verified.flv");
    return run("rtmpdump", ["-q", "--live", "-r", url, ...swf, "-m", "2", "-o", file], {
      timeoutMs: 20_000,
    });
  };
  let wasPlaying = false;
  const playing = dump(Buffer.from(program.hash).toString("hex"));
  const look = setInterval(() => {
    wasPlaying ||= server.status.streams.some(({ players }) => players > 0);
  }, 5);
  t.after(() => clearInterval(look));
  await playing;
  assert.ok(wasPlaying);
  wasPlaying = false;
  await dump("00".repeat(32));
  assert.ok(!wasPlaying);
});
