import assert from "node:assert/strict";
import { test } from "node:test";
import { Epoch } from "../../../peer/traversal/port-mapping/epoch.ts";

/** What the second of two answers shows, `elapsedSeconds` after the first. */
function second(first: number, epoch: number, elapsedSeconds: number): boolean {
  const clock = new Epoch();
  assert.equal(clock.note(first, 5_000), false);
  return clock.note(epoch, 5_000 + elapsedSeconds * 1_000);
}

test("RFC 6887 §8.5 a server whose clock goes on has not restarted", () => {
  assert.equal(second(100, 400, 300), false);
  assert.equal(second(100, 381, 300), false, "a slow clock");
  assert.equal(second(100, 419, 300), false, "a fast clock");
  assert.equal(second(100, 99, 0), false, "answers that overtook each other");
});

test("RFC 6887 §8.5 a server whose clock is not where it should be has lost its mappings", () => {
  assert.equal(second(100, 98, 0), true, "went back");
  assert.equal(second(100, 200, 300), true, "restarted since, and is older than before already");
  assert.equal(second(100, 500, 300), true, "jumped");
  assert.equal(second(100, 0, 300), true);
});
