import assert from "node:assert/strict";
import { test } from "node:test";
import { expected, type NatClass, natClass } from "../lab/index.ts";
import { PunchLab } from "../support/punch-lab.ts";

const MAPPINGS = ["adm", "apdm"];
const FILTERS = ["eif", "adf", "apdf"];

/** The 15 classes that the table of possibilities has. */
const CLASSES: readonly NatClass[] = [
  ...FILTERS.map((filter) => natClass(`eim-${filter}`)),
  ...MAPPINGS.flatMap((mapping) =>
    FILTERS.flatMap((filter) =>
      ["sequential", "random"].map((ports) => natClass(`${mapping}-${filter}-${ports}`)),
    ),
  ),
];

interface Cell {
  readonly successes: number;
  readonly times: readonly number[];
}

async function run(one: NatClass, other: NatClass, seeds: number): Promise<Cell> {
  const times: number[] = [];
  for (let seed = 1; seed <= seeds; seed += 1) {
    const stand = await PunchLab.start({ seed, layers: [one.layers, other.layers] });
    await stand.discover();
    const ms = await stand.punch();
    if (ms !== undefined) times.push(ms);
  }
  return { successes: times.length, times };
}

const ROUND_TRIP_MS = 40;

for (const one of CLASSES) {
  test(`${one.key} meets every other class as well as theory allows`, async () => {
    const failures: string[] = [];
    for (const other of CLASSES) {
      const way = expected(one, other);
      const seeds = way === "B" ? 3 : 2;
      const { successes, times } = await run(one, other, seeds);
      const slowest = Math.max(0, ...times);
      const isFast = way !== "D" || slowest <= 3 * ROUND_TRIP_MS;
      if (way === "R" ? false : successes < seeds || !isFast) {
        failures.push(`${other.key}: ${way} ${successes}/${seeds} in ${times.map(Math.round)} ms`);
      }
    }
    assert.deepEqual(failures, []);
  });
}
