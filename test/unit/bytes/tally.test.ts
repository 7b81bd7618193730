import assert from "node:assert/strict";
import { test } from "node:test";
import { Tally } from "../../../protocol/bytes/tally.ts";

test("each key has its count, and what is gone is forgotten", () => {
  const tally = new Tally();
  for (const key of ["one", "other", "one"]) tally.add(key);
  assert.deepEqual([tally.of("one"), tally.of("other"), tally.of("nobody")], [2, 1, 0]);
  tally.remove("one");
  assert.deepEqual([tally.of("one"), tally.size], [1, 2]);
  tally.remove("one");
  tally.remove("other");
  tally.remove("other");
  assert.deepEqual([tally.of("one"), tally.of("other"), tally.size], [0, 0, 0]);
});
