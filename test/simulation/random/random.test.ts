import assert from "node:assert/strict";
import { test } from "node:test";
import { drawPlan } from "./plan.ts";
import { replayLine, runSeed } from "./run.ts";

const SEEDS = 1_000;

/** Each of these found a bug once. */
const OLD_FINDS: readonly number[] = [372, 458, 504, 1_298];

async function runAll(seeds: Iterable<number>): Promise<void> {
  for (const seed of seeds) {
    try {
      await runSeed(seed);
    } catch (cause) {
      throw new Error(replayLine(seed, cause), { cause });
    }
  }
}

test(`§3 the laws hold for ${SEEDS} random plans`, async () => {
  await runAll(Array.from({ length: SEEDS }, (_, index) => 1_000_000 + index));
});

test("§3 and for those that found something", async () => {
  await runAll(OLD_FINDS);
});

test("a seed says all: the same plan, and the same run to the last datagram", async () => {
  assert.deepEqual(drawPlan(7), drawPlan(7));
  assert.equal(await runSeed(7), await runSeed(7));
  assert.notEqual(await runSeed(7), await runSeed(8));
});
