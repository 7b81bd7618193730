import assert from "node:assert/strict";
import { test } from "node:test";
import { DelayCongestion } from "../../../protocol/session/delay-congestion.ts";
import { LossCongestion } from "../../../protocol/session/loss-congestion.ts";

const BASE_MS = 40;
const bulk = { isSentHere: false, mayGrowFast: true };
const quiet = { anyNaks: false, anyLoss: false, isFirstLoss: false };

/** A window in use, with a sample every 10 ms that waited for `queueMs`; `now` goes on. */
class Path {
  readonly congestion = new DelayCongestion();
  now = 0;

  run(ms: number, queueMs: number, acknowledgedBytes = 0): void {
    for (const end = this.now + ms; this.now < end; this.now += 10) {
      const oneWayTicks = (BASE_MS / 2 + queueMs) / 4 + 65_530;
      const roundTripMs = BASE_MS + queueMs;
      this.congestion.measure({ roundTripMs, oneWayTicks: oneWayTicks & 0xffff }, this.now);
      const outstandingBefore = this.congestion.windowBytes;
      const ack = { ...quiet, acknowledgedBytes, outstandingBefore, isLimited: true };
      this.congestion.adjust({ ...ack, critical: bulk, packetBytes: 1_200 });
    }
  }
}

test("without a queue it grows like Appendix A", () => {
  const path = new Path();
  const reference = new LossCongestion();
  path.run(500, 0, 2_000);
  for (let count = 0; count < 50; count += 1) {
    const outstandingBefore = reference.windowBytes;
    const ack = { ...quiet, acknowledgedBytes: 2_000, outstandingBefore, isLimited: true };
    reference.adjust({ ...ack, critical: bulk, packetBytes: 1_200 });
  }
  assert.equal(path.congestion.windowBytes, reference.windowBytes);
  assert.ok(path.congestion.isInSlowStart);
});

test("a queue ends slow start: half of the window until it is gone, then what the path carries", () => {
  const path = new Path();
  path.run(1_000, 0, 2_000);
  const before = path.congestion.windowBytes;
  path.run(60, 40);
  assert.ok(!path.congestion.isInSlowStart);
  const carried = before * (1 / 2) * (BASE_MS / (BASE_MS + 40));
  assert.equal(path.congestion.windowBytes, carried / 2);
  assert.equal(path.congestion.provenBytes, carried);
  path.run(400, 0);
  assert.equal(path.congestion.windowBytes, carried);
});

test("the more it sends, the shorter is the queue that it bears", () => {
  for (const [acknowledgedBytes, borneMs] of [
    [200, 28],
    [2_000, 8],
  ] as const) {
    const path = new Path();
    path.run(1_000, 0, acknowledgedBytes);
    path.run(100, 60);
    path.run(1_000, 0);
    const { windowBytes } = path.congestion;
    path.run(1_000, borneMs);
    assert.equal(path.congestion.windowBytes, windowBytes, `${borneMs} ms is borne`);
    path.run(400, borneMs + 12);
    assert.ok(path.congestion.windowBytes < windowBytes, `${borneMs + 12} ms is too much`);
  }
});

test("a queue that never empties is emptied every 5 s, and the window is what it was", () => {
  const path = new Path();
  path.run(1_000, 0, 2_000);
  path.run(60, 40);
  path.run(400, 0);
  const { windowBytes } = path.congestion;
  path.run(4_800, 8);
  assert.equal(path.congestion.windowBytes, windowBytes);
  path.run(300, 8);
  assert.equal(path.congestion.windowBytes, windowBytes / 2);
  assert.equal(path.congestion.provenBytes, windowBytes);
  path.run(400, 0);
  assert.equal(path.congestion.windowBytes, windowBytes);
});

test("round trips too short to be measured, or shorter than the shortest, are no reason to grow", () => {
  for (const leastMs of [0, 4]) {
    const congestion = new DelayCongestion();
    const roundTrips = [...Array(24).fill(leastMs), ...Array(7).fill(100), 0];
    roundTrips.forEach((roundTripMs, index) => {
      congestion.measure({ roundTripMs, oneWayTicks: roundTripMs / 4 }, index * 4);
    });
    assert.equal(congestion.isInSlowStart, false, "there was a queue");
    assert.equal(congestion.windowBytes, 3_600);
  }
});

test("RFC 5681 §4.3 a loss of what was sent before a step back does not undo it", () => {
  const path = new Path();
  path.run(1_000, 0, 2_000);
  const outstandingBefore = path.congestion.windowBytes;
  path.run(60, 40);
  const { windowBytes } = path.congestion;
  const loss = { acknowledgedBytes: 0, anyNaks: true, anyLoss: true, isFirstLoss: true };
  const sample = { ...loss, outstandingBefore, isLimited: true, critical: bulk };
  path.congestion.adjust({ ...sample, packetBytes: 1_200 });
  assert.equal(path.congestion.windowBytes, windowBytes);
});

test("Figure 24 after a timeout in the midst of it, slow start goes on", () => {
  const path = new Path();
  path.run(1_000, 0, 2_000);
  path.run(60, 40);
  path.congestion.timeOut(true);
  assert.equal(path.congestion.windowBytes, 1_200);
  path.run(400, 0);
  assert.equal(path.congestion.windowBytes, 3 * 1_200);
});

test("a short queue is left alone", () => {
  const path = new Path();
  path.run(1_000, 0, 2_000);
  const before = path.congestion.windowBytes;
  path.run(2_000, 8);
  assert.equal(path.congestion.windowBytes, before);
});

test("a queue on the way back does not matter", () => {
  const path = new Path();
  path.run(1_000, 0, 2_000);
  const before = path.congestion.windowBytes;
  for (let now = 1_000; now < 3_000; now += 10) {
    path.congestion.measure({ roundTripMs: BASE_MS + 200, oneWayTicks: 65_535 }, now);
  }
  assert.equal(path.congestion.windowBytes, before);
});

test("where steps back do not help, it competes with the window from before them, for a time", () => {
  const path = new Path();
  path.run(1_000, 0, 2_000);
  const before = path.congestion.windowBytes;
  path.run(2_500, 300);
  assert.ok(path.congestion.windowBytes < before / 10);
  path.run(2_000, 300);
  assert.equal(path.congestion.windowBytes, before);
  path.run(8_000, 300, 1_000);
  assert.ok(path.congestion.windowBytes > before, "grows like Appendix A");
  path.run(3_000, 300);
  assert.ok(path.congestion.windowBytes < before / 2, "then tries again");
});

test("a timeout in the midst of steps back: they begin anew, and nothing is competed for yet", () => {
  const path = new Path();
  path.run(1_000, 0, 2_000);
  path.run(2_500, 300);
  path.congestion.timeOut(true);
  path.run(2_000, 300);
  assert.equal(path.congestion.windowBytes, 3 * 1_200);
});

test("loss and timeouts are answered as in Appendix A", () => {
  const path = new Path();
  path.run(1_000, 0, 2_000);
  const ack = { acknowledgedBytes: 0, anyNaks: true, anyLoss: true, isFirstLoss: true };
  const sample = {
    ...ack,
    outstandingBefore: 40_000,
    isLimited: true,
    critical: bulk,
    packetBytes: 1_200,
  };
  path.congestion.adjust(sample);
  assert.equal(path.congestion.windowBytes, 28_000);
  assert.equal(path.congestion.provenBytes, 28_000);
  path.congestion.timeOut(true);
  assert.equal(path.congestion.windowBytes, 1_200);
  assert.equal(path.congestion.provenBytes, 28_000);
});
