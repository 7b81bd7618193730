import assert from "node:assert/strict";
import { test } from "node:test";
import { KeyedBuckets, TokenBucket } from "../../../protocol/bytes/token-bucket.ts";

test("a burst at once, then as fast as the rate", () => {
  const bucket = new TokenBucket({ perSecond: 10, burst: 3 }, 0);
  const takes = (now: number): boolean => bucket.take(now);
  assert.deepEqual([takes(0), takes(0), takes(0), takes(0)], [true, true, true, false]);
  assert.equal(takes(99), false);
  assert.equal(takes(101), true);
  assert.equal(takes(102), false);
  assert.deepEqual(
    [takes(9_000), takes(9_000), takes(9_000), takes(9_000)],
    [true, true, true, false],
  );
});

test("keys do not disturb each other, and only the last used are remembered", () => {
  const buckets = new KeyedBuckets({ perSecond: 0.001, burst: 1 }, 3);
  assert.equal(buckets.take("a", 0), true);
  assert.equal(buckets.take("a", 1), false);
  for (const key of ["b", "c"]) assert.equal(buckets.take(key, 2), true);
  assert.equal(buckets.take("a", 3), false, "used lately");
  assert.equal(buckets.take("d", 4), true);
  assert.equal(buckets.size, 3);
  assert.equal(buckets.take("b", 5), true, "forgotten");
  for (let index = 0; index < 1_000; index += 1) buckets.take(`${index}`, 6);
  assert.equal(buckets.size, 3);
});
