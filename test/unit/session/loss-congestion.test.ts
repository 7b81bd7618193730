import assert from "node:assert/strict";
import { test } from "node:test";
import type { AckSummary } from "../../../protocol/flow/send-flows.ts";
import { MAX_ACKS_IN_ONE } from "../../../protocol/params.ts";
import type { TimeCriticality } from "../../../protocol/session/congestion.ts";
import { LossCongestion } from "../../../protocol/session/loss-congestion.ts";

const SEGMENT = 1_200;
const INITIAL = 3 * SEGMENT;

const bulk = { isSentHere: false, mayGrowFast: true };
const realTime = { isSentHere: true, mayGrowFast: false };
const yielding = { isSentHere: false, mayGrowFast: false };

function acknowledged(bytes: number, anyNaks = false): AckSummary {
  return { acknowledgedBytes: bytes, anyNaks, anyLoss: false, isFirstLoss: false };
}

const loss = { acknowledgedBytes: 0, anyNaks: true, anyLoss: true, isFirstLoss: true };

function adjust(
  congestion: LossCongestion,
  ack: AckSummary,
  outstandingBefore: number,
  critical: TimeCriticality,
): void {
  const isLimited = outstandingBefore >= congestion.windowBytes;
  congestion.adjust({ ...ack, outstandingBefore, critical, isLimited, packetBytes: SEGMENT });
}

/** Grown by slow start to at least this, then cut to `bytes` by a loss: congestion avoidance. */
function inAvoidance(bytes: number): LossCongestion {
  const congestion = new LossCongestion();
  adjust(congestion, loss, bytes * 2, yielding);
  assert.equal(congestion.windowBytes, bytes);
  return congestion;
}

test("Appendix A.2 the window starts with three segments", () => {
  assert.equal(new LossCongestion().windowBytes, INITIAL);
});

test("Figure 25 slow start grows by what was acknowledged, a segment at most", () => {
  const congestion = new LossCongestion();
  adjust(congestion, acknowledged(1_000), INITIAL, bulk);
  assert.equal(congestion.windowBytes, INITIAL + 1_000);
  adjust(congestion, acknowledged(2 * SEGMENT), INITIAL + 1_000, bulk);
  assert.equal(congestion.windowBytes, INITIAL + 1_000 + SEGMENT);
});

test("§3.6.3.4.1 one acknowledgement for many packets counts as one for each two of them …", () => {
  const congestion = new LossCongestion();
  adjust(congestion, acknowledged(12 * SEGMENT), INITIAL, bulk);
  assert.equal(congestion.windowBytes, INITIAL + 6 * SEGMENT);
});

test("RFC 3465 §2.3 … but for eight of them at most, whatever a receiver acknowledges at once", () => {
  const congestion = new LossCongestion();
  adjust(congestion, acknowledged(1_000 * SEGMENT), INITIAL, bulk);
  assert.equal(congestion.windowBytes, INITIAL + MAX_ACKS_IN_ONE * SEGMENT);
  const avoidance = inAvoidance(100_000);
  adjust(avoidance, acknowledged(1_000 * SEGMENT), 100_000, bulk);
  assert.equal(avoidance.windowBytes, 100_000 + MAX_ACKS_IN_ONE * SEGMENT);
});

test("Figure 25 no growth unless the window was full, nor with negative acknowledgements", () => {
  const congestion = new LossCongestion();
  adjust(congestion, acknowledged(1_000), INITIAL - 1, bulk);
  adjust(congestion, acknowledged(1_000, true), INITIAL, bulk);
  assert.equal(congestion.windowBytes, INITIAL);
});

test("Figure 25 slow start of real-time data grows by a quarter", () => {
  const congestion = new LossCongestion();
  adjust(congestion, acknowledged(1_001), INITIAL, realTime);
  assert.equal(congestion.windowBytes, INITIAL + 251);
});

test("Figure 25 loss halves the window of who yields, not below three segments", () => {
  const congestion = new LossCongestion();
  adjust(congestion, loss, 20_000, yielding);
  assert.equal(congestion.windowBytes, 10_000);
  adjust(congestion, loss, 80_000, yielding);
  assert.equal(congestion.windowBytes, 40_000);
  adjust(congestion, loss, 3_000, yielding);
  assert.equal(congestion.windowBytes, INITIAL);
});

test("RFC 9438 §4.6 loss leaves seven tenths of bulk data's window, be it small or large", () => {
  for (const bytes of [20_000, 67_200, 67_201, 1_000_000]) {
    const congestion = new LossCongestion();
    adjust(congestion, loss, bytes, bulk);
    assert.equal(congestion.windowBytes, bytes * 0.7);
  }
  const small = new LossCongestion();
  adjust(small, loss, 5_000, bulk);
  assert.equal(small.windowBytes, INITIAL);
});

test("RFC 5681 §4.3 the losses of one window count once, and the window does not grow meanwhile", () => {
  const congestion = inAvoidance(20_000);
  adjust(congestion, { ...loss, acknowledgedBytes: 5_000, isFirstLoss: false }, 20_000, bulk);
  assert.equal(congestion.windowBytes, 20_000);
});

test("Figure 25 loss takes one eighth of real-time data, be the window small or large", () => {
  for (const bytes of [20_000, 80_000]) {
    const congestion = new LossCongestion();
    adjust(congestion, loss, bytes, realTime);
    assert.equal(congestion.windowBytes, (bytes * 7) / 8);
  }
});

test("Figure 25 avoidance: 48 bytes for each sixteenth of the window, 768 a round trip", () => {
  const congestion = inAvoidance(16_000);
  adjust(congestion, acknowledged(999), 16_000, bulk);
  assert.equal(congestion.windowBytes, 16_000);
  adjust(congestion, acknowledged(1), 16_000, bulk);
  assert.equal(congestion.windowBytes, 16_048);
  const round = inAvoidance(16_000);
  adjust(round, acknowledged(16_000), 16_000, bulk);
  assert.equal(round.windowBytes, 16_768);
});

test("Figure 25 avoidance in large windows: one per cent a round trip", () => {
  const congestion = inAvoidance(120_000);
  adjust(congestion, acknowledged(120_000), 120_000, bulk);
  assert.equal(congestion.windowBytes, 120_000 + 25 * 48);
});

test("Figure 25 avoidance while real-time data has precedence: half as fast", () => {
  const elsewhere = inAvoidance(16_000);
  adjust(elsewhere, acknowledged(16_000), 16_000, yielding);
  assert.equal(elsewhere.windowBytes, 16_000 + 384);
  const here = inAvoidance(120_000);
  adjust(here, acknowledged(120_000), 120_000, realTime);
  assert.equal(here.windowBytes, 120_000 + 50 * 24);
  const large = inAvoidance(120_000);
  adjust(large, acknowledged(120_000), 120_000, yielding);
  assert.equal(large.windowBytes, 120_000 + 25 * 24);
});

test("§3.5.2.1 no slow start while yielding", () => {
  const congestion = new LossCongestion();
  adjust(congestion, acknowledged(3_600), INITIAL, yielding);
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
    adjust(congestion, acknowledged(5_000), congestion.windowBytes, bulk);
  }
  const before = congestion.windowBytes;
  congestion.timeOut(true);
  let slowStart = 0;
  while (congestion.windowBytes < (before * 3) / 4) {
    const { windowBytes } = congestion;
    adjust(congestion, acknowledged(SEGMENT), windowBytes, bulk);
    slowStart = Math.max(slowStart, congestion.windowBytes - windowBytes);
  }
  assert.ok(slowStart >= SEGMENT);
  const { windowBytes } = congestion;
  adjust(congestion, acknowledged(SEGMENT), windowBytes, bulk);
  assert.ok(congestion.windowBytes - windowBytes < SEGMENT / 2, "avoidance again");
});
