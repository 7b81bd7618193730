import assert from "node:assert/strict";
import { test } from "node:test";
import { RoundTrip, ticks } from "../../../protocol/session/round-trip.ts";
import { TailProbe } from "../../../protocol/session/tail-probe.ts";

function measure(roundTrip: RoundTrip, ms: number, now: number): void {
  const flags = { mode: 1, timeCritical: false, timeCriticalReverse: false } as const;
  const timestampEchoTicks = ticks(now - ms);
  roundTrip.receive({ ...flags, timestampTicks: undefined, timestampEchoTicks }, now);
}

/** One measurement of `ms`: the timeout is then 3 times that and 200 ms. */
function measured(ms: number): RoundTrip {
  const roundTrip = new RoundTrip();
  measure(roundTrip, ms, 1_000 + ms);
  return roundTrip;
}

test("RFC 8985 §7.2 a probe is due two round trips and the far end's patience after the last packet", () => {
  const probe = new TailProbe();
  assert.equal(probe.timeout, Number.POSITIVE_INFINITY);
  probe.noteSent(measured(100), 5_000);
  assert.equal(probe.timeout, 5_400);
  probe.noteSent(measured(100), 5_100);
  assert.equal(probe.timeout, 5_500);
  assert.equal(probe.takeDue(5_499), false);
  assert.equal(probe.takeDue(5_500), true);
  assert.equal(probe.takeDue(9_999), false);
});

test("RFC 8985 §7.2 after a second while no round trip was measured", () => {
  const probe = new TailProbe();
  probe.noteSent(new RoundTrip(), 5_000);
  assert.equal(probe.timeout, 6_000);
});

test("there is none where the retransmission timeout is nearer", () => {
  const roundTrip = new RoundTrip();
  for (let now = 1_000; now < 60_000; now += 1_000) measure(roundTrip, 100, now);
  assert.ok(roundTrip.timeoutMs < 400);
  const probe = new TailProbe();
  probe.noteSent(roundTrip, 60_000);
  assert.equal(probe.timeout, Number.POSITIVE_INFINITY);
});

test("RFC 8985 §7.3 what a probe sends is not probed for until something is acknowledged", () => {
  const probe = new TailProbe();
  const roundTrip = measured(100);
  probe.noteSent(roundTrip, 5_000);
  assert.equal(probe.takeDue(5_400), true);
  probe.noteSent(roundTrip, 5_400);
  assert.equal(probe.timeout, Number.POSITIVE_INFINITY);
  probe.noteAcknowledged(true, roundTrip, 5_500);
  assert.equal(probe.timeout, 5_900);
  probe.noteAcknowledged(false, roundTrip, 5_600);
  assert.equal(probe.timeout, Number.POSITIVE_INFINITY);
  probe.noteSent(roundTrip, 6_000);
  assert.equal(probe.timeout, 6_400);
});

test("RFC 8985 §7.3 a probe that is due is owed until a packet is sent, or acknowledged", () => {
  const probe = new TailProbe();
  const roundTrip = measured(100);
  for (const answer of ["sent", "acknowledged"] as const) {
    probe.noteSent(roundTrip, 5_000);
    assert.ok(!probe.isOwed);
    assert.ok(probe.takeDue(5_400) && probe.isOwed);
    if (answer === "sent") probe.noteSent(roundTrip, 5_400);
    else probe.noteAcknowledged(false, roundTrip, 5_500);
    assert.ok(!probe.isOwed);
    probe.noteAcknowledged(false, roundTrip, 5_600);
  }
});
