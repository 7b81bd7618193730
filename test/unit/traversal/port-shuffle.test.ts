import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { PortShuffle } from "../../../peer/traversal/port-shuffle.ts";
import { Prng } from "../../lab/index.ts";

function drawn(base: number, size: number, seed: number, count = size + 1): (number | undefined)[] {
  const prng = new Prng(seed, "ports");
  const shuffle = new PortShuffle({ base, size }, (limit) => prng.below(limit));
  return Array.from({ length: count }, () => shuffle.next());
}

test("birthday: each port of the range once, then none", () => {
  const ranges = fc.record({
    base: fc.integer({ min: 1, max: 60_000 }),
    size: fc.integer({ min: 0, max: 600 }),
    seed: fc.integer(),
  });
  fc.assert(
    fc.property(ranges, ({ base, size, seed }) => {
      const ports = drawn(base, size, seed);
      assert.equal(ports.pop(), undefined);
      const sorted = ports.toSorted((one, other) => (one ?? 0) - (other ?? 0));
      assert.deepEqual(
        sorted,
        Array.from({ length: size }, (_, index) => base + index),
      );
    }),
  );
});

test("every place is as likely as any other for a port", () => {
  const counts = [0, 0, 0, 0];
  for (let seed = 0; seed < 4_000; seed += 1) {
    const place = drawn(1_000, 4, seed).indexOf(1_002);
    counts[place] = (counts[place] ?? 0) + 1;
  }
  for (const count of counts) assert.ok(Math.abs(count - 1_000) < 120, `${counts}`);
});

test("64,512 ports: 2,048 draws remember no more than they drew", () => {
  const ports = drawn(1_024, 64_512, 1, 2_048);
  assert.equal(new Set(ports).size, 2_048);
  assert.ok(ports.every((port) => port !== undefined && port >= 1_024 && port <= 65_535));
});
