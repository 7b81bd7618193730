import assert from "node:assert/strict";
import { test } from "node:test";
import { Backoff } from "../../../rendezvous/forward/backoff.ts";

test("pauses double up to half a minute, and start anew after a success", () => {
  const longest = new Backoff(() => 1);
  const pauses = [1, 2, 3, 4, 5, 6, 7].map(() => longest.fail());
  assert.deepEqual(pauses, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  assert.equal(longest.failures, 7);
  longest.succeed();
  assert.equal(longest.fail(), 1_000);
});

test("a pause is as short as half of it", () => {
  assert.equal(new Backoff(() => 0).fail(), 500);
});
