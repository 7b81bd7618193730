import assert from "node:assert/strict";
import { test } from "node:test";
import { Bottleneck } from "../support/bottleneck.ts";

const LINK = 10_000_000;
/** What the link carries in 500 ms: a bloated queue. */
const DEEP_QUEUE_BYTES = (LINK / 8) * 0.5;

/** 10 Mbit/s, 50 ms, as in the issue that asked for it. */
function fastPath(congestion: "loss" | "delay", queueBytes: number, seed = 1): Bottleneck {
  return new Bottleneck({ seed, bitsPerSecond: LINK, roundTripMs: 50, queueBytes, congestion });
}

for (const congestion of ["loss", "delay"] as const) {
  test(`${congestion}: one session fills a path of 10 Mbit/s and 50 ms to 90 %`, async (t) => {
    const path = fastPath(congestion, 65_536);
    const sender = await path.sender();
    sender.flood(20);
    await path.lab.advance(3_000);
    sender.restart();
    await path.lab.advance(12_000);
    const share = sender.bitsPerSecond / LINK;
    t.diagnostic(`seed 1: ${(share * 100).toFixed(1)} %`);
    assert.ok(share >= 0.9, `${share}`);
  });

  test(`${congestion}: 1 % of random loss leaves a useful rate`, async (t) => {
    const options = { seed: 1, bitsPerSecond: LINK, roundTripMs: 50, queueBytes: 65_536 };
    const path = new Bottleneck({ ...options, congestion, loss: 0.01 });
    const sender = await path.sender();
    sender.flood(10);
    await path.lab.advance(15_000);
    t.diagnostic(`seed 1: ${Math.round(sender.bitsPerSecond)} bit/s`);
    assert.ok(sender.bitsPerSecond > 1_500_000, `${sender.bitsPerSecond}`);
  });

  test(`${congestion}: yields to a constant rate, and recovers`, async (t) => {
    const options = { seed: 1, bitsPerSecond: 4_000_000, roundTripMs: 40, queueBytes: 40_000 };
    const path = new Bottleneck({ ...options, congestion });
    const sender = await path.sender();
    sender.flood(30);
    await path.lab.advance(5_000);
    await path.disturb(3_000_000, path.lab.now + 10_000);
    await path.lab.advance(2_000);
    sender.restart();
    await path.lab.advance(8_000);
    const beside = sender.bitsPerSecond;
    await path.lab.advance(3_000);
    sender.restart();
    await path.lab.advance(5_000);
    t.diagnostic(`seed 1: ${Math.round(beside)}, then ${Math.round(sender.bitsPerSecond)} bit/s`);
    assert.ok(beside < 1_400_000, `${beside}`);
    assert.ok(beside > 400_000, `${beside}`);
    assert.ok(sender.bitsPerSecond > 3_600_000, `${sender.bitsPerSecond}`);
  });
}

test("delay mode keeps a deep queue short, where loss mode fills it", async (t) => {
  const added: Record<string, number> = {};
  for (const congestion of ["loss", "delay"] as const) {
    const path = fastPath(congestion, DEEP_QUEUE_BYTES);
    const sender = await path.sender();
    sender.flood(20);
    await path.lab.advance(12_000);
    added[congestion] = sender.delayMs(0.95) - 25;
    const median = sender.delayMs(0.5) - 25;
    t.diagnostic(`${congestion}: p50 ${median.toFixed(1)}, p95 ${added[congestion].toFixed(1)} ms`);
    assert.ok(sender.bitsPerSecond > LINK * 0.9, `${congestion}: ${sender.bitsPerSecond}`);
  }
  assert.ok((added.delay ?? 0) < 50, `${added.delay}`);
  assert.ok((added.loss ?? 0) > 300, `${added.loss}`);
});

test("delay mode does not starve beside a session that fills the queue, and empties it after", async (t) => {
  const options = { seed: 1, bitsPerSecond: 4_000_000, roundTripMs: 40, queueBytes: 100_000 };
  const path = new Bottleneck(options);
  const gentle = await path.sender({ congestion: "delay" });
  const greedy = await path.sender({ congestion: "loss" });
  gentle.flood(30);
  greedy.flood(12);
  gentle.restart();
  await path.lab.advance(30_000);
  const share = gentle.bitsPerSecond / 4_000_000;
  await path.lab.runUntil(() => greedy.session.sending.queuedBytes === 0, 60_000);
  await path.lab.advance(15_000);
  gentle.restart();
  await path.lab.advance(8_000);
  const queueMs = gentle.delayMs(0.95) - 20;
  t.diagnostic(`seed 1: ${share.toFixed(2)} beside it, p95 ${queueMs.toFixed(1)} ms after it`);
  assert.ok(share > 0.1, `${share}`);
  assert.ok(queueMs < 50, `${queueMs}`);
});
