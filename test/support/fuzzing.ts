/** Seconds of real time that a fuzz test may take, from the environment's FUZZ_SECONDS. */
const BUDGET_SECONDS: number = Number(process.env.FUZZ_SECONDS ?? 3);

/**
 * Calls `run` with one seed after another until the time is over, beginning with the environment's
 * SEED, or anywhere. Answers what it did, for the test's diagnostics; a failure names its seed.
 */
export async function fuzz(run: (seed: number) => Promise<void>): Promise<string> {
  const first = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));
  const end = performance.now() + BUDGET_SECONDS * 1_000;
  let seed = first;
  do {
    try {
      await run(seed);
    } catch (cause) {
      throw new Error(`failed with SEED=${seed}: ${cause}`, { cause });
    }
    seed += 1;
  } while (performance.now() < end && !process.env.SEED);
  return `SEED=${first} and ${seed - first - 1} more`;
}
