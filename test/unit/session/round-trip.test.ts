import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RoundTrip, ticks } from "../../../protocol/session/round-trip.ts";
import type { PacketHeader } from "../../../protocol/wire/packet.ts";

function header(timestampTicks?: number, timestampEchoTicks?: number): PacketHeader {
  const flags = { mode: 1, timeCritical: false, timeCriticalReverse: false } as const;
  return { ...flags, timestampTicks, timestampEchoTicks };
}

/** Measures a round trip of `ms` that ends at `now`. */
function measure(roundTrip: RoundTrip, ms: number, now: number): void {
  roundTrip.receive(header(undefined, ticks(now - ms)), now);
}

test("§2.2.4 the clock on the wire has 4 ms ticks and 16 bits", () => {
  assert.equal(ticks(0), 0);
  assert.equal(ticks(3.9), 0);
  assert.equal(ticks(4), 1);
  assert.equal(ticks(65_536 * 4), 0);
  assert.equal(ticks(65_536 * 4 - 1), 65_535);
});

test("§3.5.2.2 before anything is measured", () => {
  const roundTrip = new RoundTrip();
  assert.equal(roundTrip.smoothedMs, undefined);
  assert.equal(roundTrip.measuredTimeoutMs, 250);
  assert.equal(roundTrip.timeoutMs, 3_000);
});

test("§3.5.2.2 the first measurement, and those that follow", () => {
  const roundTrip = new RoundTrip();
  measure(roundTrip, 100, 1_000);
  assert.equal(roundTrip.smoothedMs, 100);
  assert.equal(roundTrip.measuredTimeoutMs, 100 + 4 * 50 + 200);
  assert.equal(roundTrip.timeoutMs, 500);
  measure(roundTrip, 180, 2_000);
  assert.equal(roundTrip.smoothedMs, (7 * 100 + 180) / 8);
  const variation = (3 * 50 + 80) / 4;
  assert.equal(roundTrip.measuredTimeoutMs, 110 + 4 * variation + 200);
  assert.equal(roundTrip.timeoutMs, roundTrip.measuredTimeoutMs);
});

test("§3.5.2.2 the timeout is never below 250 ms", () => {
  const roundTrip = new RoundTrip();
  for (let now = 1_000; now < 5_000; now += 100) measure(roundTrip, 0, now);
  assert.equal(roundTrip.measuredTimeoutMs, 200);
  assert.equal(roundTrip.timeoutMs, 250);
});

test("§3.5.2.2 an echo from the future is discarded, as is the same echo again", () => {
  const roundTrip = new RoundTrip();
  roundTrip.receive(header(undefined, ticks(10_000)), 9_000);
  assert.equal(roundTrip.smoothedMs, undefined);
  measure(roundTrip, 40, 10_000);
  roundTrip.receive(header(undefined, ticks(9_960)), 20_000);
  assert.equal(roundTrip.smoothedMs, 40);
});

test("§3.5.2.2 the clock wraps around in the middle of a round trip", () => {
  const roundTrip = new RoundTrip();
  const wrap = 65_536 * 4;
  measure(roundTrip, 80, wrap + 40);
  assert.equal(roundTrip.smoothedMs, 80);
});

test("§3.5.2.2 each timeout makes the next longer, up to 10 s or what was measured", () => {
  const roundTrip = new RoundTrip();
  roundTrip.backOff();
  assert.equal(Math.round(roundTrip.timeoutMs), 4_243);
  for (let times = 0; times < 10; times += 1) roundTrip.backOff();
  assert.equal(roundTrip.timeoutMs, 10_000);
  measure(roundTrip, 20_000, 50_000);
  assert.equal(roundTrip.timeoutMs, 20_000 + 4 * 10_000 + 200);
  roundTrip.backOff();
  assert.equal(roundTrip.timeoutMs, 60_200);
  measure(roundTrip, 20_000, 60_000);
  assert.equal(roundTrip.timeoutMs, 20_000 + 4 * 7_500 + 200);
});

test("§3.5.2.2 an echo counts on from the timestamp, once for each value", () => {
  const roundTrip = new RoundTrip();
  assert.equal(roundTrip.stamp(0).timestampEchoTicks, undefined);
  roundTrip.receive(header(65_530), 1_000);
  const stamps = roundTrip.stamp(1_000);
  assert.deepEqual(stamps, { timestampTicks: 250, timestampEchoTicks: 65_530 });
  roundTrip.noteSent(stamps);
  assert.equal(roundTrip.stamp(1_003.9).timestampEchoTicks, undefined);
  assert.equal(roundTrip.stamp(1_004).timestampEchoTicks, 65_531);
  assert.equal(roundTrip.stamp(1_028).timestampEchoTicks, 1);
});

test("§3.5.2.2 the same timestamp again does not set the echo back", () => {
  const roundTrip = new RoundTrip();
  roundTrip.receive(header(100), 1_000);
  roundTrip.receive(header(100), 1_400);
  assert.equal(roundTrip.stamp(1_400).timestampEchoTicks, 200);
});

test("§3.5.2.2 a timestamp older than 128 s is not echoed", () => {
  const roundTrip = new RoundTrip();
  roundTrip.receive(header(100), 0);
  assert.equal(roundTrip.stamp(128_000).timestampEchoTicks, (100 + 32_000) & 0xffff);
  assert.equal(roundTrip.stamp(128_001).timestampEchoTicks, undefined);
  assert.equal(roundTrip.stamp(128_100).timestampEchoTicks, undefined);
});

test("§3.5.2.2 an echo that was prepared for a packet that was not sent is still due", () => {
  const roundTrip = new RoundTrip();
  roundTrip.receive(header(7), 0);
  assert.equal(roundTrip.stamp(0).timestampEchoTicks, 7);
  assert.equal(roundTrip.stamp(0).timestampEchoTicks, 7);
});

test("§2.2.4 a sample ends by our own clock, and is not rounded to ticks", () => {
  const sample = new RoundTrip().receive(header(1_000, ticks(400)), 463.5);
  assert.deepEqual(sample, { roundTripMs: 63.5, oneWayTicks: 900 });
});

test("§3.5.2.2 two ends measure the way there and back, whatever their clocks", () => {
  const delay = fc.integer({ min: 0, max: 30_000 });
  fc.assert(
    fc.property(
      delay,
      delay,
      fc.nat(1e6),
      fc.nat(1e6),
      fc.nat(60_000),
      (there, back, skew, start, wait) => {
        const [near, far] = [new RoundTrip(), new RoundTrip()];
        const farClock = (now: number): number => now + skew;
        far.receive(header(near.stamp(start).timestampTicks), farClock(start + there));
        const { timestampEchoTicks } = far.stamp(farClock(start + there + wait));
        near.receive(header(undefined, timestampEchoTicks), start + there + wait + back);
        const measured = near.smoothedMs ?? Number.NaN;
        assert.ok(Math.abs(measured - there - back) <= 8, `${measured} of ${there + back}`);
      },
    ),
  );
});

test("§3.5.3 on another path it starts again, with the first measurement there is", () => {
  const roundTrip = new RoundTrip();
  roundTrip.receive(header(undefined, ticks(10_000 - 400)), 10_000);
  roundTrip.backOff();
  roundTrip.restart(undefined);
  assert.equal(roundTrip.smoothedMs, undefined);
  assert.equal(roundTrip.timeoutMs, 3_000);
  roundTrip.restart(80);
  assert.equal(roundTrip.smoothedMs, 80);
  assert.equal(roundTrip.timeoutMs, 80 + 4 * 40 + 200);
});

test("a packet with both timestamps tells the way there, whatever the clocks and the wait", () => {
  const roundTrip = new RoundTrip();
  assert.equal(roundTrip.receive(header(5), 0), undefined);
  const short = roundTrip.receive(header(1_000, ticks(940)), 1_000);
  assert.deepEqual(short, { roundTripMs: 60, oneWayTicks: 1_000 - 235 });
  // 20 ms more on the way there, 8 ms less on the way back.
  const long = roundTrip.receive(header(1_255, ticks(1_940)), 2_012);
  assert.deepEqual(long, { roundTripMs: 72, oneWayTicks: 1_255 - 485 });
  assert.equal(roundTrip.receive(header(1_256, ticks(1_940)), 2_016), undefined);
});
