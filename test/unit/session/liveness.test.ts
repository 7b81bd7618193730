import assert from "node:assert/strict";
import { test } from "node:test";
import { Liveness } from "../../../protocol/session/liveness.ts";

const options = { keepaliveMs: 10_000, retransmitLimitMs: 20_000 };

test("§3.5.4.1 a Ping after a time of silence", () => {
  const liveness = new Liveness(options, 1_000);
  assert.equal(liveness.timeout, 11_000);
  assert.equal(liveness.takePing(10_999, 500), false);
  liveness.noteHeard(5_000);
  assert.equal(liveness.timeout, 15_000);
  assert.equal(liveness.takePing(15_000, 500), true);
  assert.equal(liveness.takePing(15_499, 500), false);
  assert.equal(liveness.takePing(15_500, 500), true);
});

test("§3.5.4.1 an answer ends the Pings", () => {
  const liveness = new Liveness(options, 0);
  liveness.takePing(10_000, 500);
  liveness.noteHeard(10_100);
  assert.equal(liveness.timeout, 20_100);
  assert.equal(liveness.isDead(1e9), false);
});

test("§3.5.4.1 without any answer the session is dead when the limit is over", () => {
  const liveness = new Liveness(options, 0);
  assert.equal(liveness.isDead(1e9), false, "nobody owes anything yet");
  liveness.takePing(10_000, 5_000);
  liveness.takePing(15_000, 5_000);
  assert.equal(liveness.isDead(29_999), false);
  assert.equal(liveness.isDead(30_000), true);
});

test("what is owed counts from the first thing that was sent", () => {
  const liveness = new Liveness(options, 0);
  liveness.noteExpecting(1_000);
  liveness.noteExpecting(5_000);
  assert.equal(liveness.timeout, 10_000);
  assert.equal(liveness.isDead(20_999), false);
  assert.equal(liveness.isDead(21_000), true);
  liveness.noteHeard(21_000);
  assert.equal(liveness.isDead(21_000), false);
});
