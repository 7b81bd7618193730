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

test("a queue above the target ends slow start and half of the window for a moment", () => {
  const path = new Path();
  path.run(1_000, 0, 2_000);
  const before = path.congestion.windowBytes;
  path.run(150, 40);
  assert.ok(!path.congestion.isInSlowStart);
  assert.ok(path.congestion.windowBytes <= before / 2);
  path.run(2_000, 0);
  assert.ok(path.congestion.windowBytes > before * 0.4, "a deep step back does not last");
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
