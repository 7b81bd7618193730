/** Each example does what its first line says. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { repositoryRoot } from "../support/root.ts";
import { run } from "../support/run.ts";
import { makeClip } from "./support/ffmpeg.ts";

const example = (name: string): string => join(repositoryRoot, "dist/examples", `${name}.js`);

test("examples/server.ts, and examples/pair.ts run twice", async (t) => {
  const { url } = await startServer(t);
  const both = await Promise.all([runExample("pair", url), runExample("pair", url)]);
  const said = both.map(({ stdout }) => stdout).join("");
  assert.match(said, /hello ada, I am the first/);
  assert.match(said, /hello ada, I am the second/);
});

test("examples/publish.ts, and examples/play.ts", async (t) => {
  const { url } = await startServer(t);
  const folder = mkdtempSync(join(tmpdir(), "rtmfp-examples-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const clip = join(folder, "clip.flv");
  await makeClip(clip, { seconds: 3 });
  const publisher = await start(t, example("publish"), clip, url);
  const played = await runExample("play", publisher.firstLine, url);
  assert.match(played.stdout, /0 ms: keyframe, \d+ bytes/);
  assert.match(played.stdout, /\d\d pictures, round trip \d+\.\d ms/);
});

async function runExample(name: string, ...args: string[]): Promise<{ stdout: string }> {
  const outcome = await run(process.execPath, [example(name), ...args], { timeoutMs: 30_000 });
  assert.equal(outcome.code, 0, outcome.stderr);
  return outcome;
}

async function startServer(t: TestContext): Promise<{ url: string }> {
  const { firstLine } = await start(t, example("server"), "127.0.0.1:0");
  return { url: `${/rtmfp:\/\/\S+/.exec(firstLine)?.[0]}chat` };
}

/** Starts a program that ends with the test; answers when it has said its first line. */
async function start(t: TestContext, ...args: string[]): Promise<{ firstLine: string }> {
  const child = spawn(process.execPath, args);
  const exit = new Promise((resolve) => child.once("close", resolve));
  t.after(async () => {
    child.kill("SIGINT");
    await exit;
  });
  for await (const firstLine of createInterface({ input: child.stdout })) return { firstLine };
  throw new Error(`${args.join(" ")} said nothing`);
}
