import assert from "node:assert/strict";
import { test } from "node:test";
import { TimeCritical } from "../../../protocol/session/time-critical.ts";

const never = Number.NEGATIVE_INFINITY;

test("§2.2.4 the reverse flag says that another session received real-time data", () => {
  const critical = new TimeCritical<string>();
  assert.equal(critical.isReceivedElsewhere("a", 0), false);
  critical.noteReceived("a", 0);
  assert.equal(critical.isReceivedElsewhere("a", 0), false);
  assert.equal(critical.isReceivedElsewhere("b", 0), true);
  critical.noteReceived("b", 100);
  assert.equal(critical.isReceivedElsewhere("a", 100), true);
  assert.equal(critical.isReceivedElsewhere("b", 100), true);
});

test("§3.5.2.1 it holds for 800 ms", () => {
  const critical = new TimeCritical<string>();
  critical.noteReceived("a", 1_000);
  assert.equal(critical.isReceivedElsewhere("b", 1_799), true);
  assert.equal(critical.isReceivedElsewhere("b", 1_800), false);
});

test("§2.2.4 of many sessions, two are enough to know", () => {
  const critical = new TimeCritical<string>();
  for (const [session, at] of [
    ["a", 0],
    ["b", 300],
    ["c", 600],
    ["c", 900],
  ] as const) {
    critical.noteReceived(session, at);
  }
  assert.equal(critical.isReceivedElsewhere("c", 1_000), true);
  assert.equal(critical.isReceivedElsewhere("b", 1_000), true);
  assert.equal(critical.isReceivedElsewhere("c", 1_100), false);
  assert.equal(critical.isReceivedElsewhere("a", 1_100), true);
});

test("Appendix A.2 fast growth is for sessions that real-time data neither leaves nor displaces", () => {
  const critical = new TimeCritical<string>();
  assert.deepEqual(critical.assess(never, never, 0), { isSentHere: false, mayGrowFast: true });
  const displaced = critical.assess(never, 500, 1_299);
  assert.deepEqual(displaced, { isSentHere: false, mayGrowFast: false });
  assert.equal(critical.assess(never, 500, 1_300).mayGrowFast, true);
  critical.noteSent(2_000);
  assert.deepEqual(critical.assess(2_000, never, 2_100), { isSentHere: true, mayGrowFast: false });
  const elsewhere = critical.assess(never, never, 2_100);
  assert.deepEqual(elsewhere, { isSentHere: false, mayGrowFast: false });
});
