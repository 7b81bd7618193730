import assert from "node:assert/strict";
import { test } from "node:test";
import { Prng, xoshiro128 } from "../../lab/prng.ts";

test("xoshiro128** gives the numbers of the reference implementation", () => {
  const state = Uint32Array.of(1, 2, 3, 4);
  const numbers = Array.from({ length: 10 }, () => xoshiro128(state));
  assert.deepEqual(
    numbers,
    [
      11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597,
      4258142804,
    ],
  );
});

test("what a seed means never changes", () => {
  const random = new Prng(42);
  assert.deepEqual(
    [random.u32(), random.u32(), random.u32()],
    [2809295383, 2263960400, 3663424543],
  );
});

test("the same seed and stream give the same numbers, another of either gives others", () => {
  const numbers = (seed: number, stream: string): number[] => {
    const random = new Prng(seed, stream);
    return Array.from({ length: 8 }, () => random.u32());
  };
  assert.deepEqual(numbers(1, "a"), numbers(1, "a"));
  assert.notDeepEqual(numbers(1, "a"), numbers(2, "a"));
  assert.notDeepEqual(numbers(1, "a"), numbers(1, "b"));
  assert.notDeepEqual(numbers(1, "1/a"), numbers(11, "/a"));
});

test("fractions fill [0, 1) evenly, also the first ones of neighbouring seeds", () => {
  const random = new Prng(1);
  for (const draw of [() => random.fraction(), (seed: number) => new Prng(seed).fraction()]) {
    const buckets = new Array<number>(10).fill(0);
    for (let index = 0; index < 10_000; index += 1) {
      const bucket = Math.floor(draw(index) * 10);
      buckets[bucket] = (buckets[bucket] ?? Number.NaN) + 1;
    }
    assert.equal(buckets.length, 10);
    for (const count of buckets) assert.ok(Math.abs(count - 1000) < 150, `${buckets}`);
  }
});

test("chance never happens at 0, always at 1, and half the time at 0.5", () => {
  const random = new Prng(7);
  const count = (probability: number): number =>
    Array.from({ length: 10_000 }, () => random.chance(probability)).filter(Boolean).length;
  assert.equal(count(0), 0);
  assert.equal(count(1), 10_000);
  assert.ok(Math.abs(count(0.5) - 5000) < 200);
});

test("below stays below, and bytes take every value", () => {
  const random = new Prng(3);
  const seen = new Set(Array.from({ length: 1000 }, () => random.below(6)));
  assert.deepEqual(
    [...seen].sort((a, b) => a - b),
    [0, 1, 2, 3, 4, 5],
  );
  assert.equal(new Set(random.bytes(10_000)).size, 256);
  assert.equal(random.bytes(0).length, 0);
});
