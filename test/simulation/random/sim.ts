/**
 * Runs random plans for longer than a test may take: `npm run sim -- --seconds 600`. Without `--seed`
 * it begins anywhere; `--count` ends it after so many seeds. The first that breaks a law ends it, with
 * the line that replays it.
 */
import { parseArgs } from "node:util";
import { replayLine, runSeed } from "./run.ts";

const { seconds, first, count } = read();

const end = performance.now() + seconds * 1_000;
let seed = first;
for (; seed < first + count && performance.now() < end; seed += 1) {
  try {
    await runSeed(seed);
  } catch (cause) {
    process.stderr.write(`${replayLine(seed, cause)}\n`);
    if (count === 1) process.stderr.write(`${cause instanceof Error ? cause.stack : cause}\n`);
    process.exit(1);
  }
}
process.stdout.write(`${seed - first} seeds from ${first}: every law held\n`);

function read(): { seconds: number; first: number; count: number } {
  try {
    const { values } = parseArgs({
      options: {
        seconds: { type: "string", default: "60" },
        seed: { type: "string", default: `${Math.floor(Math.random() * 2 ** 31)}` },
        count: { type: "string", default: "Infinity" },
      },
    });
    const [seconds, first, count] = [values.seconds, values.seed, values.count].map(Number);
    for (const value of [seconds, first, count]) {
      if (!(Number(value) >= 0)) throw new TypeError("--seconds, --seed and --count are numbers");
    }
    return { seconds: Number(seconds), first: Number(first), count: Number(count) };
  } catch (error) {
    const [what] = String(error instanceof Error ? error.message : error).split("\n");
    process.stderr.write(`sim: ${what}\n`);
    process.exit(2);
  }
}
