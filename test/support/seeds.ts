/**
 * Runs `run` for the seeds 1 to `count`, or for the one in the environment's SEED, and names the
 * seed of the run that fails.
 */
export async function eachSeed(count: number, run: (seed: number) => Promise<void>): Promise<void> {
  const { SEED: only } = process.env;
  const seeds = only ? [Number(only)] : Array.from({ length: count }, (_, index) => index + 1);
  for (const seed of seeds) {
    try {
      await run(seed);
    } catch (cause) {
      throw new Error(`failed with SEED=${seed}: ${cause}`, { cause });
    }
  }
}
