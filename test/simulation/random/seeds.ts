import { replayLine, runSeed } from "./run.ts";

/** Runs the plans of these seeds; the first that breaks a law ends it, with the line that replays it. */
export async function runSeeds(seeds: Iterable<number>): Promise<void> {
  for (const seed of seeds) {
    try {
      await runSeed(seed);
    } catch (cause) {
      throw new Error(replayLine(seed, cause), { cause });
    }
  }
}

/** So many seeds of the tests: each `part` has its own, and a file, because files run side by side. */
export async function runPart(part: number): Promise<void> {
  const first = 1_000_000 + (part - 1) * SEEDS;
  await runSeeds(Array.from({ length: SEEDS }, (_, index) => first + index));
}

const SEEDS = 1_000;
