import assert from "node:assert/strict";
import { test } from "node:test";
import type { Link } from "../../../protocol/io.ts";
import { type ConditionChange, Lab } from "../../lab/index.ts";

interface Arrival {
  readonly at: number;
  readonly number: number;
}

/** Two hosts; datagrams carry a number, arrivals at the second are listed. */
class Pair {
  readonly lab: Lab;
  readonly arrivals: Arrival[] = [];
  readonly fates = new Map<string, number>();
  #link: Link | undefined;
  #sent = 0;

  private constructor(lab: Lab) {
    this.lab = lab;
    lab.tap(({ fate }) => this.fates.set(fate, (this.fates.get(fate) ?? 0) + 1));
  }

  static async make(conditions: ConditionChange, seed = 1): Promise<Pair> {
    const lab = new Lab({ seed, conditions });
    const pair = new Pair(lab);
    const [a, b] = [lab.host("10.0.0.1"), lab.host("10.0.0.2")];
    pair.#link = await a.io.bind({ ip: "10.0.0.1", port: 1 }, () => {});
    await b.io.bind({ ip: "10.0.0.2", port: 2 }, (bytes) => {
      pair.arrivals.push({ at: lab.now, number: new DataView(bytes.buffer).getUint32(0) });
    });
    return pair;
  }

  /** A datagram whose IP packet has `packetBytes`. */
  send(packetBytes = 100): void {
    const bytes = new Uint8Array(packetBytes - 28);
    new DataView(bytes.buffer).setUint32(0, this.#sent);
    this.#sent += 1;
    this.#link?.send(bytes, { ip: "10.0.0.2", port: 2 });
  }

  /** Sends `count` datagrams, one every `everyMs`, and waits for the last. */
  async stream(count: number, everyMs: number, packetBytes = 100): Promise<void> {
    for (let index = 0; index < count; index += 1) {
      this.send(packetBytes);
      await this.lab.advance(everyMs);
    }
    await this.lab.run(Number.POSITIVE_INFINITY);
  }

  get numbers(): number[] {
    return this.arrivals.map((arrival) => arrival.number);
  }

  get times(): number[] {
    return this.arrivals.map((arrival) => arrival.at);
  }
}

test("delay: 10 ms by default, else what is set, from the next datagram on", async () => {
  const pair = await Pair.make({});
  pair.send();
  await pair.lab.run(5);
  pair.lab.setConditions({ delayMs: 50 });
  pair.send();
  await pair.lab.run(100);
  assert.deepEqual(pair.times, [10, 55]);
});

test("a shorter delay lets later datagrams overtake those under way", async () => {
  const pair = await Pair.make({ delayMs: 1000 });
  pair.send();
  pair.lab.setConditions({ delayMs: 1 });
  pair.send();
  await pair.lab.run(2000);
  assert.deepEqual(pair.numbers, [1, 0]);
});

test("jitter spreads arrivals evenly and keeps the order", async () => {
  const sparse = await Pair.make({ delayMs: 20, jitterMs: 10 });
  await sparse.stream(2000, 100);
  const extra = sparse.times.map((at, index) => at - index * 100 - 20);
  assert.ok(extra.every((ms) => ms >= 0 && ms < 10));
  const mean = extra.reduce((sum, ms) => sum + ms, 0) / extra.length;
  assert.ok(Math.abs(mean - 5) < 0.3, `mean ${mean}`);

  const dense = await Pair.make({ delayMs: 20, jitterMs: 10 });
  await dense.stream(500, 1);
  assert.deepEqual(
    dense.numbers,
    Array.from({ length: 500 }, (_, index) => index),
  );
});

test("loss: none at 0, all at 1, its share between", async () => {
  const arrived = async (loss: number): Promise<number> => {
    const pair = await Pair.make({ loss });
    await pair.stream(5000, 0);
    assert.equal((pair.fates.get("lost") ?? 0) + pair.arrivals.length, 5000);
    return pair.arrivals.length;
  };
  assert.equal(await arrived(0), 5000);
  assert.equal(await arrived(1), 0);
  assert.ok(Math.abs((await arrived(0.2)) - 4000) < 120);
});

test("duplicate: its share arrives twice, as equal bytes of their own", async () => {
  const pair = await Pair.make({ duplicate: 0.1 });
  await pair.stream(5000, 0);
  const doubled = pair.fates.get("duplicated") ?? 0;
  assert.ok(Math.abs(doubled - 500) < 90, `${doubled}`);
  assert.equal(pair.arrivals.length, 5000 + doubled);
  assert.equal(new Set(pair.numbers).size, 5000);
});

test("reorder: its share is held up by reorderMs and overtaken; nothing is lost", async () => {
  const pair = await Pair.make({ reorder: 0.05, reorderMs: 35 });
  await pair.stream(4000, 10);
  const late = pair.arrivals.filter(({ at, number }) => at - number * 10 > 10);
  assert.ok(Math.abs(late.length - 200) < 50, `${late.length}`);
  assert.ok(late.every(({ at, number }) => Math.abs(at - number * 10 - 45) < 1e-6));
  const overtaken = pair.numbers.filter((number, index) => number < (pair.numbers[index - 1] ?? 0));
  assert.ok(overtaken.length > 100);
  assert.equal(new Set(pair.numbers).size, 4000);
});

test("rate: packets leave one after another, headers included", async () => {
  const pair = await Pair.make({ delayMs: 0, bytesPerSecond: 10_000 });
  for (let count = 0; count < 5; count += 1) pair.send(100);
  await pair.lab.run(1000);
  assert.deepEqual(pair.times, [10, 20, 30, 40, 50]);
});

test("rate: a long stream gets the rate, no more and no less", async () => {
  const pair = await Pair.make({ bytesPerSecond: 100_000, queueBytes: 10_000 });
  await pair.stream(3000, 1, 1000);
  const seconds = ((pair.times.at(-1) ?? 0) - (pair.times[0] ?? 0)) / 1000;
  assert.ok(Math.abs(((pair.arrivals.length - 1) * 1000) / seconds - 100_000) < 100);
});

test("queue: drop-tail at its limit in bytes, empty again when the rate has served it", async () => {
  const pair = await Pair.make({ delayMs: 0, bytesPerSecond: 10_000, queueBytes: 350 });
  for (let count = 0; count < 6; count += 1) pair.send(100);
  await pair.lab.run(1000);
  assert.deepEqual(pair.numbers, [0, 1, 2]);
  assert.equal(pair.fates.get("queue-drop"), 3);
  pair.send(100);
  await pair.lab.run(2000);
  assert.deepEqual(pair.times, [10, 20, 30, 1010]);
});

test("queue: an idle line takes a packet that is larger than its queue", async () => {
  const pair = await Pair.make({ delayMs: 0, bytesPerSecond: 10_000, queueBytes: 0 });
  pair.send(200);
  pair.send(200);
  await pair.lab.run(20);
  pair.send(200);
  await pair.lab.run(100);
  assert.deepEqual(pair.times, [20, 40]);
});

test("rate: a change takes what waits with it", async () => {
  const pair = await Pair.make({ delayMs: 0, bytesPerSecond: 10_000, queueBytes: 1000 });
  for (let count = 0; count < 10; count += 1) pair.send(100);
  await pair.lab.run(50);
  pair.lab.setConditions({ bytesPerSecond: 1000 });
  pair.send(100);
  await pair.lab.run(10_000);
  // 500 bytes were left at 50 ms; the new packet goes behind them at the new rate.
  assert.equal(pair.times.at(-1), 650);
});

test("mtu: 1500 by default; what is larger vanishes", async () => {
  const pair = await Pair.make({});
  pair.send(1500);
  pair.send(1501);
  pair.lab.setConditions({ mtuBytes: 1280 });
  pair.send(1280);
  pair.send(1281);
  await pair.lab.run(100);
  assert.deepEqual(pair.numbers, [0, 2]);
  assert.equal(pair.fates.get("mtu-drop"), 2);
});

test("mtu: IPv6 headers are 20 bytes longer", async () => {
  const lab = new Lab({ seed: 1 });
  const [a, b] = [lab.host("2001:db8::1"), lab.host("2001:db8::2")];
  const lengths: number[] = [];
  const to = await b.io.bind({ ip: "2001:db8::2", port: 2 }, (bytes) => lengths.push(bytes.length));
  const link = await a.io.bind({ ip: "::", port: 1 }, () => {});
  link.send(new Uint8Array(1452), to.address);
  link.send(new Uint8Array(1453), to.address);
  await lab.run(100);
  assert.deepEqual(lengths, [1452]);
});

test("a path has its own conditions in one direction, over those of the lab", async () => {
  const lab = new Lab({ seed: 1, conditions: { delayMs: 5 } });
  const [a, b] = [lab.host("10.0.0.1"), lab.host("10.0.0.2")];
  const arrivals: string[] = [];
  const near = await a.io.bind({ ip: a.ip, port: 1 }, () => arrivals.push(`near ${lab.now}`));
  const far = await b.io.bind({ ip: b.ip, port: 2 }, () => arrivals.push(`far ${lab.now}`));
  const there = lab.path(a.ip, b.ip);
  there.set({ delayMs: 40, loss: undefined });
  lab.setConditions({ delayMs: 7, jitterMs: 0 });
  assert.deepEqual([there.conditions.delayMs, lab.path(b.ip, a.ip).conditions.delayMs], [40, 7]);
  near.send(Uint8Array.of(1), far.address);
  far.send(Uint8Array.of(1), near.address);
  await lab.run(100);
  assert.deepEqual(arrivals, ["near 7", "far 40"]);
});

test("an access line is shared by all that a host sends or receives", async () => {
  const lab = new Lab({ seed: 1, conditions: { delayMs: 0 } });
  const a = lab.host("10.0.0.1", { up: { bytesPerSecond: 10_000 }, down: { delayMs: 3 } });
  const times: number[] = [];
  const link = await a.io.bind({ ip: a.ip, port: 1 }, () => times.push(lab.now));
  for (const ip of ["10.0.0.2", "10.0.0.3"]) {
    const far = await lab.host(ip).io.bind({ ip, port: 1 }, () => times.push(lab.now));
    link.send(new Uint8Array(72), far.address);
    if (ip === "10.0.0.3") far.send(new Uint8Array(72), link.address);
  }
  await lab.run(100);
  assert.deepEqual(times, [3, 10, 20]);
  a.up.set({ bytesPerSecond: Number.POSITIVE_INFINITY, loss: 1 });
  link.send(new Uint8Array(72), { ip: "10.0.0.2", port: 1 });
  await lab.run(200);
  assert.equal(times.length, 3);
});

test("a condition that is unknown or out of range is a RangeError that names it, and changes nothing", () => {
  const lab = new Lab({ seed: 1 });
  const bad: readonly [ConditionChange, RegExp][] = [
    [{ loss: 1.1 }, /loss/],
    [{ duplicate: -0.1 }, /duplicate/],
    [{ reorder: Number.NaN }, /reorder/],
    [{ delayMs: Number.POSITIVE_INFINITY }, /delayMs/],
    [{ jitterMs: -1 }, /jitterMs/],
    [{ bytesPerSecond: 0 }, /bytesPerSecond/],
    [{ queueBytes: -1 }, /queueBytes/],
    [{ mtuBytes: -1 }, /mtuBytes/],
    [{ losss: 1 } as ConditionChange, /losss/],
  ];
  const path = lab.path("10.0.0.1", "10.0.0.2");
  const before = path.conditions;
  for (const [change, message] of bad) {
    assert.throws(() => lab.setConditions(change), { name: "RangeError", message });
    assert.throws(() => path.set(change), { name: "RangeError", message });
    assert.throws(() => new Lab({ seed: 1, conditions: change }), RangeError);
  }
  path.set({});
  assert.deepEqual(path.conditions, before);
});
