import assert from "node:assert/strict";
import { test } from "node:test";
import { drawPlan } from "./plan.ts";
import { runSeed } from "./run.ts";
import { runSeeds } from "./seeds.ts";

/** Each of these found a bug once. */
const OLD_FINDS: readonly number[] = [77, 372, 458, 504, 1_298];

test("§3 the laws hold for the plans that found something", async () => {
  await runSeeds(OLD_FINDS);
});

test("a seed says all: the same plan, and the same run to the last datagram", async () => {
  assert.deepEqual(drawPlan(7), drawPlan(7));
  assert.equal(await runSeed(7), await runSeed(7));
  assert.notEqual(await runSeed(7), await runSeed(8));
});
