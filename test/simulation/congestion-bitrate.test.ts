import assert from "node:assert/strict";
import { test } from "node:test";
import { Bottleneck, type Sender } from "../support/bottleneck.ts";

const LINK = 2_000_000;
const PATH = { seed: 1, bitsPerSecond: LINK, roundTripMs: 40, queueBytes: 25_000 };

/** Sends `bitsPerSecond` as 25 messages a second. */
async function encode(path: Bottleneck, sender: Sender, bitsPerSecond: number): Promise<void> {
  const flow = sender.station.openFlow("video", { priority: 5 });
  const frame = new Uint8Array(bitsPerSecond / 8 / 25);
  const until = path.lab.now + 20_000;
  while (path.lab.now < until) {
    sender.station.driver.turn((now) => flow.send(frame, {}, now));
    await path.lab.advance(40);
  }
}

for (const congestion of ["loss", "delay"] as const) {
  test(`${congestion}: estimatedBitrate follows the link of a greedy sender`, async (t) => {
    const path = new Bottleneck({ ...PATH, congestion });
    const sender = await path.sender();
    sender.flood(20);
    await path.lab.advance(5_000);
    for (let second = 0; second < 10; second += 1) {
      await path.lab.advance(1_000);
      const estimate = sender.session.estimatedBitrate ?? 0;
      assert.ok(Math.abs(estimate / LINK - 1) < 0.2, `${estimate} in second ${second}`);
    }
    path.receiver.down.set({ bytesPerSecond: LINK / 16 });
    await path.lab.advance(10_000);
    const estimate = sender.session.estimatedBitrate ?? 0;
    t.diagnostic(`seed 1: ${estimate} of half the link`);
    assert.ok(Math.abs(estimate / (LINK / 2) - 1) < 0.2, `${estimate} of half the link`);
    const { session } = sender;
    const news = sender.station.eventsOf("bitrate");
    assert.ok(news.length > 2 && news.length < 60, `${news.length} events`);
    assert.ok(news.every((event) => event.session === session));
    const told = news.at(-1)?.bitsPerSecond ?? 0;
    assert.ok(Math.abs(told / estimate - 1) < 0.11, `told ${told}`);
  });

  for (const lostMs of [50, 100, 200, 400]) {
    test(`${congestion}: estimatedBitrate stays when the last ${lostMs} ms are lost`, async (t) => {
      const path = new Bottleneck({ ...PATH, congestion });
      const sender = await path.sender();
      const flow = sender.flood(1.6);
      await path.lab.runUntil(() => flow.queuedBytes < 50_000, 20_000);
      const before = sender.session.estimatedBitrate ?? 0;
      path.lab.scriptLoss((_index, _from, to) => to.ip === path.receiver.ip);
      await path.lab.advance(lostMs);
      path.lab.scriptLoss(undefined);
      await path.lab.runUntil(() => flow.queuedBytes === 0, 20_000);
      const after = sender.session.estimatedBitrate ?? 0;
      t.diagnostic(`seed 1: ${before}, then ${after}`);
      assert.ok(after > before * 0.8, `${after} of ${before}`);
    });
  }

  test(`${congestion}: estimatedBitrate does not collapse when little is sent`, async (t) => {
    const path = new Bottleneck({ ...PATH, congestion });
    const sender = await path.sender();
    sender.flood(1.6);
    await path.lab.runUntil(() => sender.session.sending.queuedBytes === 0, 20_000);
    const before = sender.session.estimatedBitrate ?? 0;
    await encode(path, sender, 200_000);
    const after = sender.session.estimatedBitrate ?? 0;
    t.diagnostic(`seed 1: ${before}, and after 20 s of 200 kbit/s ${after}`);
    assert.ok(after > LINK * 0.6 && after < LINK * 1.2, `${after}`);
  });
}

test("§3.5.2.1 a time critical session beats bulk data of others to the same receiver", async (t) => {
  const path = new Bottleneck({ ...PATH, congestion: "loss" });
  const bulk = await path.sender();
  const critical = await path.sender();
  bulk.flood(20, 1);
  await path.lab.advance(2_000);
  critical.flood(20, 6);
  await path.lab.advance(5_000);
  bulk.restart();
  critical.restart();
  await path.lab.advance(20_000);
  const share = critical.bitsPerSecond / (critical.bitsPerSecond + bulk.bitsPerSecond);
  t.diagnostic(`seed 1: the time critical session gets ${share.toFixed(2)}`);
  assert.ok(share > 0.6, `${share}`);
});
