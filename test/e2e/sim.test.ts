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

test("a failure is one line that replays it", () => {
  const line = replayLine(42, new Error("delivered twice\n    at somewhere"));
  assert.equal(line, "failed: delivered twice; replay with: npm run sim -- --seed 42 --count 1");
});
