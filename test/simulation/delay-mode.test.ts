import assert from "node:assert/strict";
import { test } from "node:test";
import { type ConditionChange, type Host, Lab } from "../lab/index.ts";
import { Bottleneck } from "../support/bottleneck.ts";
import { eachSeed } from "../support/seeds.ts";
import { Station } from "../support/station.ts";
import { closeStations } from "../support/two-stations.ts";

/**
 * ±20 ms around the mean, in order: in dense traffic every packet waits for a late one before it, which
 * looks like a standing queue of 30 ms.
 */
for (const megabits of [2, 10]) {
  test(`delay mode fills 70 % of ${megabits} Mbit/s with a jitter of ±20 ms`, async (t) => {
    await eachSeed(4, async (seed) => {
      const bitsPerSecond = megabits * 1_000_000;
      const queueBytes = (bitsPerSecond / 8) * 0.3;
      const options = { seed, bitsPerSecond, roundTripMs: 50, queueBytes };
      const path = new Bottleneck({ ...options, congestion: "delay" });
      path.lab.setConditions({ jitterMs: 40 });
      const sender = await path.sender();
      sender.flood(60);
      await path.lab.advance(20_000);
      sender.restart();
      await path.lab.advance(20_000);
      const share = sender.bitsPerSecond / bitsPerSecond;
      const addedMs = sender.delayMs(0.95) - 25;
      t.diagnostic(`seed ${seed}: ${(share * 100).toFixed(1)} %, p95 ${addedMs.toFixed(1)} ms`);
      assert.ok(share >= 0.7, `${share}`);
      assert.ok(addedMs < 40 + 50, `${addedMs}`);
    });
  });
}

test("delay mode holds the queue of 1 Mbit/s, where a packet takes 12 ms, under 50 ms", async (t) => {
  for (const roundTripMs of [40, 140]) {
    const options = { seed: 1, bitsPerSecond: 1_000_000, roundTripMs, queueBytes: 62_500 };
    const path = new Bottleneck({ ...options, congestion: "delay" });
    const sender = await path.sender();
    sender.flood(10);
    await path.lab.advance(5_000);
    sender.restart();
    await path.lab.advance(20_000);
    const share = sender.bitsPerSecond / 1_000_000;
    const addedMs = sender.delayMs(0.95) - roundTripMs / 2 - packetMs(1);
    t.diagnostic(`${roundTripMs} ms: ${(share * 100).toFixed(1)} %, p95 ${addedMs.toFixed(1)} ms`);
    assert.ok(share >= 0.85, `${share}`);
    assert.ok(addedMs < 50, `${addedMs}`);
  }
});

test("delay mode: two sessions hold the queue of 1 Mbit/s under 70 ms", async (t) => {
  for (const startMs of [3_000, 5_000]) {
    const options = { seed: 1, bitsPerSecond: 1_000_000, roundTripMs: 50, queueBytes: 37_500 };
    const path = new Bottleneck({ ...options, congestion: "delay" });
    const first = await path.sender();
    first.flood(10);
    await path.lab.advance(startMs);
    const second = await path.sender();
    second.flood(10);
    await path.lab.advance(10_000);
    first.restart();
    second.restart();
    await path.lab.advance(30_000);
    const share = second.bitsPerSecond / (first.bitsPerSecond + second.bitsPerSecond);
    const addedMs = Math.max(first.delayMs(0.95), second.delayMs(0.95)) - 25 - packetMs(1);
    t.diagnostic(
      `after ${startMs} ms: the second gets ${share.toFixed(3)}, p95 ${addedMs.toFixed(1)} ms`,
    );
    assert.ok(share > 0.4 && share < 0.6, `${share}`);
    assert.ok(addedMs < 70, `${addedMs}`);
  }
});

/** A sender in delay mode that always has something to say, and a receiver that moves. */
class Moving {
  readonly lab = new Lab({ seed: 1, isPromiseFree: true });
  readonly #near: Host = this.lab.host("10.0.0.1");
  readonly #far: Host = this.lab.host("10.0.0.2");
  #stations: readonly Station[] = [];
  #bytes = 0;
  #delaysMs: number[] = [];

  async begin(down: ConditionChange): Promise<void> {
    this.#far.down.set(down);
    const station = new Station(this.#near.io, 0, { congestion: "delay" });
    await station.listen("10.0.0.1", 1935);
    const other = await new Station(this.#far.io, 1).listen("10.0.0.2", 1935);
    station.dial(other);
    await this.lab.runUntil(() => station.sessions.length > 0, 5_000);
    this.#stations = [station, other];
    const sentAt = new Map<number, number>();
    this.lab.tap(({ at, fate, datagram: { index, to, bytes } }) => {
      if (to.ip !== this.#far.ip) return;
      if (fate === "sent") sentAt.set(index, at);
      if (fate !== "delivered") return;
      this.#bytes += bytes.length + 28;
      this.#delaysMs.push(at - (sentAt.get(index) ?? at));
    });
    const flow = station.openFlow("flood");
    station.driver.turn((now) => {
      for (let count = 0; count < 20; count += 1) flow.send(new Uint8Array(1_000_000), {}, now);
    });
  }

  /** To another line. The receiver says something, or the sender would not learn of it for seconds. */
  move(down: ConditionChange): void {
    const [, other] = this.#stations;
    this.#far.move("10.0.7.7");
    this.#far.down.set(down);
    other?.send(other.openFlow("here"), "I am here");
  }

  /** What arrives in so many ms: bits of IP packets per second, and the one-way delay of 95 %. */
  async measure(ms: number): Promise<{ readonly bitsPerSecond: number; readonly delayMs: number }> {
    this.#bytes = 0;
    this.#delaysMs = [];
    await this.lab.advance(ms);
    const sorted = this.#delaysMs.toSorted((one, other) => one - other);
    const delayMs = sorted[Math.floor(sorted.length * 0.95)] ?? Number.NaN;
    return { bitsPerSecond: (this.#bytes * 8_000) / ms, delayMs };
  }

  async end(): Promise<void> {
    for (const { driver } of this.#stations) driver.turn(() => driver.endpoint.abort());
    await closeStations(this.lab, ...this.#stations);
  }
}

/** What the line takes for a packet of our smallest full size: no queue of ours. */
function packetMs(megabits: number): number {
  return (1_228 * 8) / (megabits * 1_000);
}

function line(megabits: number, delayMs: number): ConditionChange {
  return { bytesPerSecond: (megabits * 1_000_000) / 8, delayMs, queueBytes: 250_000 };
}

for (const [from, to] of [
  [8, 1],
  [1, 8],
] as const) {
  test(`§3.5.3 delay mode after a move from ${from} to ${to} Mbit/s: the new path's queue and rate`, async (t) => {
    const moving = new Moving();
    await moving.begin(line(from, 10));
    await moving.lab.advance(8_000);
    moving.move(line(to, 60));
    await moving.lab.advance(4_000);
    const { bitsPerSecond, delayMs } = await moving.measure(12_000);
    const addedMs = delayMs - 70 - packetMs(to);
    t.diagnostic(`seed 1: ${Math.round(bitsPerSecond)} bit/s, p95 ${addedMs.toFixed(1)} ms`);
    assert.ok(bitsPerSecond > to * 800_000, `${bitsPerSecond}`);
    assert.ok(addedMs < 50, `${addedMs}`);
    await moving.end();
  });
}
