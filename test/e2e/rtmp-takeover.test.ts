import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Rendezvous, type Takeover } from "../../rendezvous/index.ts";
import { silent } from "../support/rendezvous-lab.ts";
import { findEveryFfmpeg, makeClip } from "./support/ffmpeg.ts";

const directory = mkdtempSync(join(tmpdir(), "rtmfp-takeover-"));
after(() => rmSync(directory, { recursive: true }));
const clip = join(directory, "clip.flv");
await makeClip(clip, { seconds: 30 });
const [ffmpeg = "ffmpeg"] = await findEveryFfmpeg();

async function serve(t: TestContext, takeover: Takeover): Promise<Rendezvous> {
  const here = "127.0.0.1:0";
  const options = { rtmfp: here, rtmp: here, logger: silent, graceMs: 100, takeover };
  const server = await Rendezvous.listen(options);
  t.after(() => server.close());
  return server;
}

/** An encoder in real time, and how it ended. */
class Encoder {
  readonly process: ChildProcess;
  code: number | null | undefined;

  constructor(t: TestContext, server: Rendezvous) {
    const url = `rtmp://${server.addresses.rtmp[0]}/live/cam`;
    const args = ["-nostdin", "-v", "quiet", "-re", "-i", clip, "-c", "copy", "-f", "flv", url];
    this.process = spawn(ffmpeg, args, { stdio: "ignore" });
    this.process.on("exit", (code) => {
      this.code = code;
    });
    t.after(async () => {
      if (this.code !== undefined) return;
      const gone = once(this.process, "exit");
      this.process.kill("SIGKILL");
      await gone;
    });
  }
}

async function until(isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error("waited for 20 s");
    await sleep(10);
  }
}

const isLive = (server: Rendezvous): boolean => server.status.streams[0]?.isLive === true;

test("always: ffmpeg gives way to another ffmpeg, and ends", async (t) => {
  const server = await serve(t, "always");
  const first = new Encoder(t, server);
  await until(() => isLive(server));
  const second = new Encoder(t, server);
  await until(() => first.code !== undefined);
  assert.ok(isLive(server));
  assert.equal(second.code, undefined);
});

test("silent: an encoder that is stuck gives way after 5 s, one that works does not", async (t) => {
  const server = await serve(t, "silent");
  const first = new Encoder(t, server);
  await until(() => isLive(server));
  const refused = new Encoder(t, server);
  await until(() => refused.code !== undefined);
  assert.equal(first.code, undefined);
  first.process.kill("SIGSTOP");
  await sleep(5_500);
  const second = new Encoder(t, server);
  await sleep(2_000);
  assert.equal(second.code, undefined);
  first.process.kill("SIGCONT");
  await until(() => first.code !== undefined);
  assert.ok(isLive(server));
  assert.equal(second.code, undefined);
});
