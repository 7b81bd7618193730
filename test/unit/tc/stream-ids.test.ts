import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_STREAM_ID, nextStreamId } from "../../../protocol/tc/stream-ids.ts";

test("§7.2.1.3 streams count up from 1, below the numbers of peer-to-peer streams", () => {
  const taken = new Map([
    [1, ""],
    [5, ""],
  ]);
  assert.equal(nextStreamId(0, new Map()), 1);
  assert.equal(nextStreamId(3, taken), 4);
  assert.equal(nextStreamId(4, taken), 6);
  assert.equal(nextStreamId(MAX_STREAM_ID - 1, taken), MAX_STREAM_ID);
  assert.equal(nextStreamId(MAX_STREAM_ID, taken), 2, "then those that are free begin again");
  assert.ok(MAX_STREAM_ID < 2_000_001);
});
