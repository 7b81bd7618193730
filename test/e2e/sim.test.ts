/** `npm run sim`: the seeds that it is told to run, and what it says. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { replayLine } from "../simulation/random/run.ts";
import { repositoryRoot } from "../support/root.ts";
import { run } from "../support/run.ts";

const entry = join(repositoryRoot, "dist/test/simulation/random/sim.js");

function sim(...args: readonly string[]): ReturnType<typeof run> {
  return run(process.execPath, [entry, ...args]);
}

test("so many seeds from the given one, and the laws held", async () => {
  const { code, stdout } = await sim("--seed", "7", "--count", "3");
  assert.deepEqual([code, stdout], [0, "3 seeds from 7: every law held\n"]);
});

test("for so many seconds, and no longer", async () => {
  const started = performance.now();
  const { code, stdout } = await sim("--seed", "7", "--seconds", "1");
  assert.equal(code, 0);
  assert.match(stdout, /^[1-9]\d* seeds from 7: every law held\n$/);
  assert.ok(performance.now() - started < 30_000);
  assert.equal(
    (await sim("--seconds", "0", "--seed", "7")).stdout,
    "0 seeds from 7: every law held\n",
  );
});

test("what is no number is told, in one line", async () => {
  for (const args of [
    ["--seed", "x"],
    ["--seconds", "-1"],
    ["--seeds", "3"],
  ]) {
    const { code, stdout, stderr } = await sim(...args);
    assert.deepEqual([code, stdout], [2, ""], args.join(" "));
    assert.match(stderr, /^sim: [^\n]+\n$/);
  }
});

/** What arrives is not what was sent. */
const BROKEN = `--import=data:text/javascript,${encodeURIComponent(
  'const { decode } = TextDecoder.prototype; TextDecoder.prototype.decode = function (bytes) { return decode.call(this, bytes).replace("xxx", "xyx"); };',
)}`;

test("the first seed that breaks a law ends it, with one line: run again, it says more", async () => {
  const { code, stdout, stderr } = await run(process.execPath, [BROKEN, entry, "--seed", "7"]);
  assert.deepEqual([code, stdout], [1, ""]);
  const [, seed = ""] =
    /^failed: [^\n]+; replay with: npm run sim -- --seed (\d+) --count 1\n$/.exec(stderr) ?? [];
  assert.ok(Number(seed) >= 7, stderr);
  const again = await run(process.execPath, [BROKEN, entry, "--seed", seed, "--count", "1"]);
  assert.equal(again.code, 1);
  assert.ok(again.stderr.startsWith(stderr) && again.stderr.includes("    at "), again.stderr);
});

test("a failure is one line that replays it", () => {
  const line = replayLine(42, new Error("delivered twice\n    at somewhere"));
  assert.equal(line, "failed: delivered twice; replay with: npm run sim -- --seed 42 --count 1");
});
