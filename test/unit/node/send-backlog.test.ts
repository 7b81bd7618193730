import assert from "node:assert/strict";
import { test } from "node:test";
import { SendBacklog } from "../../../protocol/node/send-backlog.ts";

test("what was taken is not late, however long others wait", () => {
  const backlog = new SendBacklog();
  backlog.wrote(1_000);
  assert.equal(backlog.lateMs(1_000, 0), 0);
  backlog.wrote(1_000);
  assert.equal(backlog.lateMs(2_000, 500), 500);
  backlog.wrote(1_000);
  assert.equal(backlog.lateMs(2_000, 700), 200, "the first thousand is gone");
  assert.equal(backlog.lateMs(0, 900), 0);
  backlog.wrote(10);
  assert.equal(backlog.lateMs(10, 5_000), 0, "it counts from when somebody looks");
  assert.equal(backlog.lateMs(10, 6_000), 1_000);
});

test("who looks often does not make it remember more", () => {
  const backlog = new SendBacklog();
  for (let now = 0; now < 200_000; now += 10) {
    backlog.wrote(1);
    backlog.lateMs(now / 10 + 1, now);
  }
  assert.equal(backlog.lateMs(20_000, 200_000), 200_000);
});
