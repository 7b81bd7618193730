import assert from "node:assert/strict";
import { test } from "node:test";
import { splitQuery } from "../../../protocol/rtmp/name-query.ts";

test("a name, and the first value of each key as it stands", () => {
  const { name, query } = splitQuery("live/cam?user=u1&hash=a==&user=u2&flag&");
  assert.equal(name, "live/cam");
  assert.deepEqual(
    [...query],
    [
      ["user", "u1"],
      ["hash", "a=="],
      ["flag", ""],
      ["", ""],
    ],
  );
  assert.equal(splitQuery("live").query.size, 0);
});

test("limits: 32 keys", () => {
  const pairs = Array.from({ length: 33 }, (_, index) => `key${index}=value`);
  const { query } = splitQuery(`live?${pairs.join("&")}`);
  assert.equal(query.size, 32);
  assert.ok(query.has("key31"));
});
