import assert from "node:assert/strict";
import { test } from "node:test";
import type { Link } from "../../../protocol/io.ts";
import { type ConditionChange, Lab, type TraceEntry } from "../../lab/index.ts";
import { cpuTimeMs } from "../../support/cpu-time.ts";

const ROUGH: ConditionChange = { jitterMs: 20, loss: 0.2, duplicate: 0.05, reorder: 0.05 };

/** Three hosts that answer every datagram with random bytes to a random neighbour for a while. */
async function chatter(seed: number, conditions = ROUGH): Promise<{ lab: Lab; log: string[] }> {
  const lab = new Lab({ seed, conditions });
  const log: string[] = [];
  lab.tap(({ at, fate, datagram }) => {
    log.push(
      [at, fate, datagram.index, datagram.from.ip, datagram.to.ip, datagram.bytes].join(" "),
    );
  });
  const links: Link[] = [];
  for (const ip of ["10.0.0.1", "10.0.0.2", "10.0.0.3"]) {
    const { io } = lab.host(ip);
    const speak = (): void => {
      const to = links[lab.random.below(3)];
      if (to) link.send(io.random(1 + lab.random.below(60)), to.address);
    };
    const link = await io.bind({ ip, port: 1935 }, speak);
    links.push(link);
    const alarm = io.alarm(() => {
      speak();
      alarm.set(io.now() + 100);
    });
    alarm.set(0);
  }
  await lab.run(60_000);
  return { lab, log };
}

test("the same seed replays the same run, datagram for datagram", async () => {
  const [first, second, other] = [await chatter(7), await chatter(7), await chatter(8)];
  assert.ok(first.log.length > 1000);
  assert.deepEqual(second.log, first.log);
  assert.equal(second.lab.traceHash(), first.lab.traceHash());
  assert.match(first.lab.traceHash(), /^[0-9a-f]{16}$/);
  assert.notDeepEqual(other.log, first.log);
  assert.notEqual(other.lab.traceHash(), first.lab.traceHash());
});

/** Sends 500 datagrams from 10.0.0.1 to 10.0.0.2; which were lost. */
async function losses(conditions: ConditionChange, disturb = false): Promise<number[]> {
  const lab = new Lab({ seed: 5, conditions });
  const lost: number[] = [];
  lab.tap(({ fate, datagram }) => {
    if (fate === "lost" && datagram.to.ip === "10.0.0.2") lost.push(datagram.bytes.length);
  });
  if (disturb) lab.host("10.0.0.3");
  const [a, b] = [lab.host("10.0.0.1"), lab.host("10.0.0.2")];
  const link = await a.io.bind({ ip: a.ip, port: 1 }, () => {});
  const far = await b.io.bind({ ip: b.ip, port: 1 }, () => {});
  for (let length = 0; length < 500; length += 1) {
    if (disturb) {
      far.send(Uint8Array.of(1), link.address);
      link.send(Uint8Array.of(1), { ip: "10.0.0.3", port: 1 });
      a.io.random(3);
      lab.random.u32();
    }
    link.send(new Uint8Array(length), far.address);
    await lab.advance(1);
  }
  return lost;
}

test("no other traffic, draw or condition shifts what is lost on a path", async () => {
  const expected = await losses({ loss: 0.3 });
  assert.ok(expected.length > 100);
  assert.deepEqual(await losses({ loss: 0.3 }, true), expected);
  assert.deepEqual(
    await losses({ loss: 0.3, duplicate: 0.5, jitterMs: 9, reorder: 0.5 }),
    expected,
  );
});

test("a scripted loss sees every datagram and loses exactly what it says", async () => {
  for (let pattern = 0; pattern < 16; pattern += 1) {
    const lab = new Lab({ seed: 1 });
    const [a, b] = [lab.host("10.0.0.1"), lab.host("10.0.0.2")];
    const received: number[] = [];
    const link = await a.io.bind({ ip: a.ip, port: 1 }, () => {});
    const far = await b.io.bind({ ip: b.ip, port: 2 }, ([number]) => received.push(number ?? -1));
    lab.scriptLoss((index, from, to, bytes) => {
      assert.deepEqual([from, to, bytes], [link.address, far.address, Uint8Array.of(index)]);
      return ((pattern >> index) & 1) === 1;
    });
    for (let number = 0; number < 4; number += 1) link.send(Uint8Array.of(number), far.address);
    lab.scriptLoss(undefined);
    link.send(Uint8Array.of(4), far.address);
    await lab.run(100);
    const expected = [0, 1, 2, 3, 4].filter((number) => ((pattern >> number) & 1) === 0);
    assert.deepEqual(received, expected);
  }
});

test("taps see every fate of every datagram, in order, until they are taken away", async () => {
  const lab = new Lab({ seed: 1, conditions: { duplicate: 1 } });
  const [a, b] = [lab.host("10.0.0.1"), lab.host("10.0.0.2")];
  const entries: TraceEntry[] = [];
  const untap = lab.tap((entry) => entries.push(entry));
  const link = await a.io.bind({ ip: a.ip, port: 1 }, () => {});
  await b.io.bind({ ip: b.ip, port: 2 }, () => {});
  link.send(Uint8Array.of(1, 2), { ip: b.ip, port: 2 });
  link.send(Uint8Array.of(3), { ip: b.ip, port: 9 });
  link.send(Uint8Array.of(4), { ip: "10.9.9.9", port: 2 });
  await lab.run(100);
  assert.deepEqual(
    entries.map(({ at, fate, datagram }) => [at, fate, datagram.index]),
    [
      [0, "sent", 0],
      [0, "duplicated", 0],
      [0, "sent", 1],
      [0, "duplicated", 1],
      [0, "sent", 2],
      [0, "unreachable", 2],
      [10, "delivered", 0],
      [10, "delivered", 0],
      [10, "unreachable", 1],
      [10, "unreachable", 1],
    ],
  );
  assert.deepEqual(entries[0]?.datagram, {
    index: 0,
    from: { ip: a.ip, port: 1 },
    to: { ip: b.ip, port: 2 },
    bytes: Uint8Array.of(1, 2),
    hops: 64,
  });
  untap();
  link.send(Uint8Array.of(5), { ip: b.ip, port: 2 });
  assert.equal(entries.length, 10);
});

test("the trace hash changes with every byte, address and time", async () => {
  const hash = async (bytes: Uint8Array, port: number, delayMs: number): Promise<string> => {
    const lab = new Lab({ seed: 1, conditions: { delayMs } });
    const [a, b] = [lab.host("10.0.0.1"), lab.host("10.0.0.2")];
    const link = await a.io.bind({ ip: a.ip, port: 1 }, () => {});
    await b.io.bind({ ip: b.ip, port }, () => {});
    link.send(bytes, { ip: b.ip, port });
    await lab.run(100);
    return lab.traceHash();
  };
  const hashes = new Set([await hash(new Uint8Array(9), 2, 10)]);
  hashes.add(await hash(new Uint8Array(10), 2, 10));
  hashes.add(await hash(new Uint8Array(9), 3, 10));
  hashes.add(await hash(new Uint8Array(9), 2, 10.001));
  for (let at = 0; at < 9; at += 1) hashes.add(await hash(new Uint8Array(9).fill(0x80, at), 2, 10));
  assert.equal(hashes.size, 13);
});

test("a hundred thousand events pass in far less than the second they are allowed", async () => {
  const lab = new Lab({ seed: 1 });
  const [a, b] = [lab.host("10.0.0.1"), lab.host("10.0.0.2")];
  let received = 0;
  const far: Link = await b.io.bind({ ip: b.ip, port: 2 }, (bytes, from) => {
    received += 1;
    far.send(bytes, from);
  });
  const link: Link = await a.io.bind({ ip: a.ip, port: 1 }, (bytes, from) =>
    link.send(bytes, from),
  );
  for (let count = 0; count < 10; count += 1) link.send(new Uint8Array(100), far.address);
  const started = cpuTimeMs();
  // A datagram is two events, arrival and delivery, and each one received here was answered.
  await lab.runUntil(() => received === 25_000, 100_000);
  const milliseconds = cpuTimeMs() - started;
  // Measured 0.17 s.
  assert.ok(milliseconds < 3000, `${milliseconds} ms`);
});
