import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_BURST_PACKETS } from "../../../protocol/params.ts";
import { Congestion } from "../../../protocol/session/congestion.ts";

const SEGMENT = 1_200;
const INITIAL = 3 * SEGMENT;

const bulk = { isSentHere: false, mayGrowFast: true };
const realTime = { isSentHere: true, mayGrowFast: false };
const yielding = { isSentHere: false, mayGrowFast: false };

function acknowledged(bytes: number, anyNaks = false): Parameters<Congestion["adjust"]>[0] {
  return { acknowledgedBytes: bytes, anyNaks, anyLoss: false };
}

const loss = { acknowledgedBytes: 0, anyNaks: true, anyLoss: true };

/** Grown by slow start to at least this, then cut to `bytes` by a loss: congestion avoidance. */
function inAvoidance(bytes: number): Congestion {
  const congestion = new Congestion();
  congestion.adjust(loss, bytes * 2, yielding);
  assert.equal(congestion.windowBytes, bytes);
  return congestion;
}

test("Appendix A.2 the window starts with three segments", () => {
  assert.equal(new Congestion().windowBytes, INITIAL);
});

test("Figure 25 slow start grows by what was acknowledged, a segment at most", () => {
  const congestion = new Congestion();
  congestion.adjust(acknowledged(1_000), INITIAL, bulk);
  assert.equal(congestion.windowBytes, INITIAL + 1_000);
  congestion.adjust(acknowledged(50_000), INITIAL + 1_000, bulk);
  assert.equal(congestion.windowBytes, INITIAL + 1_000 + SEGMENT);
});

test("Figure 25 no growth unless the window was full, nor with negative acknowledgements", () => {
  const congestion = new Congestion();
  congestion.adjust(acknowledged(1_000), INITIAL - 1, bulk);
  congestion.adjust(acknowledged(1_000, true), INITIAL, bulk);
  assert.equal(congestion.windowBytes, INITIAL);
});

test("Figure 25 slow start of real-time data grows by a quarter", () => {
  const congestion = new Congestion();
  congestion.adjust(acknowledged(1_001), INITIAL, realTime);
  assert.equal(congestion.windowBytes, INITIAL + 251);
});

test("Figure 25 loss halves the window, not below three segments", () => {
  const congestion = new Congestion();
  congestion.adjust(loss, 20_000, bulk);
  assert.equal(congestion.windowBytes, 10_000);
  congestion.adjust(loss, 3_000, bulk);
  assert.equal(congestion.windowBytes, INITIAL);
});

test("Figure 25 loss takes one eighth of real-time data, and of large windows", () => {
  const realTimeWindow = new Congestion();
  realTimeWindow.adjust(loss, 20_000, realTime);
  assert.equal(realTimeWindow.windowBytes, 17_500);
  const large = new Congestion();
  large.adjust(loss, 67_201, bulk);
  assert.equal(large.windowBytes, (67_201 * 7) / 8);
  const notLarge = new Congestion();
  notLarge.adjust(loss, 67_200, bulk);
  assert.equal(notLarge.windowBytes, 33_600);
  const large_yielding = new Congestion();
  large_yielding.adjust(loss, 80_000, yielding);
  assert.equal(large_yielding.windowBytes, 40_000);
});

test("Figure 25 avoidance: 48 bytes for each sixteenth of the window, 768 a round trip", () => {
  const congestion = inAvoidance(16_000);
  congestion.adjust(acknowledged(999), 16_000, bulk);
  assert.equal(congestion.windowBytes, 16_000);
  congestion.adjust(acknowledged(1), 16_000, bulk);
  assert.equal(congestion.windowBytes, 16_048);
  const round = inAvoidance(16_000);
  round.adjust(acknowledged(16_000), 16_000, bulk);
  assert.equal(round.windowBytes, 16_768);
});

test("Figure 25 avoidance in large windows: one per cent a round trip", () => {
  const congestion = inAvoidance(120_000);
  congestion.adjust(acknowledged(120_000), 120_000, bulk);
  assert.equal(congestion.windowBytes, 120_000 + 25 * 48);
});

test("Figure 25 avoidance while real-time data has precedence: half as fast", () => {
  const elsewhere = inAvoidance(16_000);
  elsewhere.adjust(acknowledged(16_000), 16_000, yielding);
  assert.equal(elsewhere.windowBytes, 16_000 + 384);
  const here = inAvoidance(120_000);
  here.adjust(acknowledged(120_000), 120_000, realTime);
  assert.equal(here.windowBytes, 120_000 + 50 * 24);
  const large = inAvoidance(120_000);
  large.adjust(acknowledged(120_000), 120_000, yielding);
  assert.equal(large.windowBytes, 120_000 + 25 * 24);
});

test("§3.5.2.1 no slow start while yielding", () => {
  const congestion = new Congestion();
  congestion.adjust(acknowledged(3_600), INITIAL, yielding);
  assert.equal(congestion.windowBytes, INITIAL + 16 * 24);
});

test("Figure 24 a timeout with loss leaves one segment, without loss the initial window", () => {
  const lost = inAvoidance(50_000);
  lost.timeOut(true);
  assert.equal(lost.windowBytes, SEGMENT);
  const idle = inAvoidance(50_000);
  idle.timeOut(false);
  assert.equal(idle.windowBytes, INITIAL);
});

test("Figure 24 slow start goes on to three quarters of the old window after a timeout", () => {
  const congestion = inAvoidance(3_600);
  for (let times = 0; times < 100; times += 1) {
    congestion.adjust(acknowledged(5_000), congestion.windowBytes, bulk);
  }
  const before = congestion.windowBytes;
  congestion.timeOut(true);
  let slowStart = 0;
  while (congestion.windowBytes < (before * 3) / 4) {
    const { windowBytes } = congestion;
    congestion.adjust(acknowledged(SEGMENT), windowBytes, bulk);
    slowStart = Math.max(slowStart, congestion.windowBytes - windowBytes);
  }
  assert.ok(slowStart >= SEGMENT);
  const { windowBytes } = congestion;
  congestion.adjust(acknowledged(SEGMENT), windowBytes, bulk);
  assert.ok(congestion.windowBytes - windowBytes < SEGMENT / 2, "avoidance again");
});

test("§3.5.2 sending is allowed while less than the window is outstanding", () => {
  const congestion = new Congestion();
  assert.ok(congestion.maySend(INITIAL - 1));
  assert.ok(!congestion.maySend(INITIAL));
});

test("§3.5.2.3 no more than six packets with data between acknowledgements or timeouts", () => {
  const congestion = new Congestion();
  for (let packet = 0; packet < MAX_BURST_PACKETS; packet += 1) {
    assert.ok(congestion.maySend(0));
    congestion.noteDataPacket();
  }
  assert.ok(!congestion.maySend(0));
  congestion.noteAcknowledgement();
  assert.ok(congestion.maySend(0));
  for (let packet = 0; packet < MAX_BURST_PACKETS; packet += 1) congestion.noteDataPacket();
  congestion.timeOut(false);
  assert.ok(congestion.maySend(0));
});
