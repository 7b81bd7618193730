import assert from "node:assert/strict";
import { test } from "node:test";
import { BitrateEstimate } from "../../../protocol/session/bitrate-estimate.ts";

const ROUND_TRIP_MS = 50;

/** `bytesPerMs` are acknowledged, every 10 ms. */
function run(
  estimate: BitrateEstimate,
  from: number,
  until: number,
  bytesPerMs: number,
  isBusy: boolean,
  windowBytes: number,
): void {
  for (let now = from; now < until; now += 10) {
    estimate.noteAcknowledged(bytesPerMs * 10, isBusy, windowBytes, ROUND_TRIP_MS, now);
  }
}

test("undefined until something was measured", () => {
  const estimate = new BitrateEstimate();
  assert.equal(estimate.bitsPerSecond, undefined);
  assert.equal(estimate.takeNews(0), undefined);
});

test("a busy path: what is acknowledged, up and down", () => {
  const estimate = new BitrateEstimate();
  run(estimate, 0, 10_000, 125, true, 50_000);
  assert.ok(Math.abs((estimate.bitsPerSecond ?? 0) / 1_000_000 - 1) < 0.01);
  run(estimate, 10_000, 20_000, 500, true, 50_000);
  assert.ok(Math.abs((estimate.bitsPerSecond ?? 0) / 4_000_000 - 1) < 0.01);
  run(estimate, 20_000, 30_000, 125, true, 50_000);
  assert.ok(Math.abs((estimate.bitsPerSecond ?? 0) / 1_000_000 - 1) < 0.01);
});

test("an application that sends little leaves it as it is, until the window shrinks", () => {
  const estimate = new BitrateEstimate();
  run(estimate, 0, 10_000, 500, true, 50_000);
  const before = estimate.bitsPerSecond ?? 0;
  run(estimate, 10_000, 20_000, 10, false, 50_000);
  assert.equal(estimate.bitsPerSecond, before);
  run(estimate, 20_000, 30_000, 10, false, 5_000);
  assert.ok(Math.abs((estimate.bitsPerSecond ?? 0) / 800_000 - 1) < 0.01);
});

test("an application that sends little proves at least what arrives", () => {
  const estimate = new BitrateEstimate();
  run(estimate, 0, 10_000, 50, false, 3_600);
  run(estimate, 10_000, 20_000, 100, false, 3_600);
  assert.ok(Math.abs((estimate.bitsPerSecond ?? 0) / 800_000 - 1) < 0.01);
});

test("a pause is not a slow path", () => {
  const estimate = new BitrateEstimate();
  run(estimate, 0, 10_000, 125, true, 50_000);
  const before = estimate.bitsPerSecond;
  run(estimate, 60_000, 60_010, 1, true, 50_000);
  assert.equal(estimate.bitsPerSecond, before);
});

test("news: a change by more than a tenth, four times a second at most", () => {
  const estimate = new BitrateEstimate();
  run(estimate, 0, 10_000, 125, true, 50_000);
  assert.equal(estimate.takeNews(10_000), estimate.bitsPerSecond);
  assert.equal(estimate.takeNews(20_000), undefined);
  run(estimate, 10_000, 20_000, 132, true, 50_000);
  assert.equal(estimate.takeNews(20_000), undefined);
  run(estimate, 20_000, 30_000, 250, true, 50_000);
  assert.equal(estimate.takeNews(10_249), undefined);
  assert.equal(estimate.takeNews(30_000), estimate.bitsPerSecond);
});

test("the time in which a lost end is waited for is left out, twice in a row at most", () => {
  const estimate = new BitrateEstimate();
  run(estimate, 0, 10_000, 125, true, 50_000);
  const before = estimate.bitsPerSecond ?? 0;
  for (const at of [10_400, 10_800]) {
    estimate.noteStall();
    run(estimate, at, at + 10, 125, true, 50_000);
    assert.equal(estimate.bitsPerSecond, before);
  }
  estimate.noteStall();
  run(estimate, 11_200, 11_210, 125, true, 50_000);
  assert.ok((estimate.bitsPerSecond ?? 0) < before * 0.9, "that is how the path is");
});

test("so is the silence before an acknowledgement that was delayed, while there is more to send", () => {
  const estimate = new BitrateEstimate();
  run(estimate, 0, 10_000, 125, true, 50_000);
  const before = estimate.bitsPerSecond ?? 0;
  for (const at of [10_200, 10_410]) {
    run(estimate, at, at + 10, 125, true, 50_000);
    assert.equal(estimate.bitsPerSecond, before);
  }
  run(estimate, 10_620, 10_630, 125, true, 50_000);
  run(estimate, 10_830, 10_840, 125, true, 50_000);
  assert.ok((estimate.bitsPerSecond ?? 0) < before * 0.9, "that is how the path is");
});
