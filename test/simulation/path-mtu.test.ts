import assert from "node:assert/strict";
import { test } from "node:test";
import { createIdentity } from "../../protocol/crypto/identity.ts";
import { nodePrimitives } from "../../protocol/node/primitives.ts";
import { DATAGRAM_BYTES } from "../../protocol/params.ts";
import { Lab } from "../lab/index.ts";
import { eachSeed } from "../support/seeds.ts";
import { Station, type StationOptions } from "../support/station.ts";
import { Transfer } from "../support/transfer.ts";
import { closeStations, connectedStations } from "../support/two-stations.ts";

/** Largest IP packet of the links here, and the largest UDP payload of ours that it carries. */
const LINKS = [
  { mtuBytes: 1_500, datagramBytes: 1_472 },
  { mtuBytes: 1_450, datagramBytes: 1_412 },
  { mtuBytes: 1_400, datagramBytes: 1_372 },
  { mtuBytes: 1_280, datagramBytes: 1_252 },
  { mtuBytes: 1_230, datagramBytes: 1_200 },
];

for (const { mtuBytes, datagramBytes } of LINKS) {
  test(`§3.5.4.3 a link of ${mtuBytes} bytes: datagrams of ${datagramBytes}`, async () => {
    await eachSeed(5, async (seed) => {
      const { lab, one, other } = await connectedStations(seed, { mtuBytes, loss: 0.01 });
      await keepBusy(lab, one, other, 20_000);
      lab.setConditions({ loss: 0 });
      await keepBusy(lab, one, other, 1_000);
      assert.equal(sizeOf(one), datagramBytes);
      assert.equal(sizeOf(other), 1_200, "who sends no data does not search");
      await closeStations(lab, one, other);
    });
  });
}

test("§3.5.4.3 jumbo frames, where the user asks for them", async () => {
  const conditions = { mtuBytes: 9_000 };
  const options = { maxDatagramBytes: 8_972 };
  const { lab, one, other } = await connectedStations(1, conditions, options);
  const watch = largestDatagram(lab);
  await keepBusy(lab, one, other, 2_000, 60_000);
  assert.equal(sizeOf(one), 8_972);
  assert.ok(watch.bytes > 8_900 && watch.bytes <= 8_972, `${watch.bytes} bytes`);
  await closeStations(lab, one, other);
});

/**
 * A window of three segments has room for less than one of these datagrams: each alone would be
 * acknowledged only after 200 ms, and a live stream be seconds behind.
 */
test("§3.5.2 jumbo frames and a loss of 5 %: small windows make small packets, and live is live", async () => {
  const lateMs: number[] = [];
  await eachSeed(4, async (seed) => {
    const conditions = { mtuBytes: 9_000, delayMs: 1, loss: 0.05 };
    const options = { maxDatagramBytes: 8_972 };
    const { lab, one, other } = await connectedStations(seed, conditions, options);
    const flow = one.openFlow("live");
    const sentAt: number[] = [];
    other.onEvent = (event) => {
      if (event.type === "message") lateMs.push(lab.now - (sentAt.shift() ?? 0));
    };
    for (let index = 0; index < 400; index += 1) {
      sentAt.push(lab.now);
      one.send(flow, "x".repeat(50 + ((index * 97) % 3_000)));
      await lab.advance(15);
    }
    await lab.advance(1_000);
    assert.equal(sentAt.length, 0, "everything arrives");
    await closeStations(lab, one, other);
  });
  const p95 = lateMs.sort((one, other) => one - other)[Math.floor(lateMs.length * 0.95)] ?? 0;
  assert.ok(p95 < 250, `p95 ${p95} ms`);
});

test("§3.5.4.3 an idle session sends no probes, nor one with small messages", async () => {
  const { lab, one, other } = await connectedStations(1);
  const watch = largestDatagram(lab);
  const flow = one.openFlow("small");
  for (let round = 0; round < 60; round += 1) {
    one.send(flow, "x".repeat(100));
    await lab.advance(1_000);
  }
  assert.ok(watch.bytes < 300, `${watch.bytes} bytes`);
  assert.equal(sizeOf(one), 1_200);
  await closeStations(lab, one, other);
});

test("RFC 8899 §4.3 the path carries less in mid-transfer: everything arrives all the same", async () => {
  await eachSeed(20, async (seed) => {
    const { lab, one, other } = await connectedStations(seed, { delayMs: 20, loss: 0.02 });
    await keepBusy(lab, one, other, 4_000);
    // A timeout just before the end of it would have begun a new search.
    lab.setConditions({ loss: 0 });
    await keepBusy(lab, one, other, 1_000);
    assert.equal(sizeOf(one), 1_472);
    lab.setConditions({ loss: 0.02 });
    const transfers = [new Transfer(one, other, "there"), new Transfer(other, one, "back")];
    for (const transfer of transfers) transfer.send(lab, 100);
    await lab.advance(100);
    lab.setConditions({ mtuBytes: 1_400 });
    for (const transfer of transfers) transfer.send(lab, 300);
    for (const transfer of transfers) await transfer.finish(lab, 60_000);
    lab.setConditions({ loss: 0 });
    await keepBusy(lab, one, other, 5_000);
    assert.equal(sizeOf(one), 1_372);
    await closeStations(lab, one, other);
  });
});

test("RFC 8899 §4.3 large packets vanish while small ones of another flow keep arriving", async () => {
  const { lab, one, other } = await connectedStations(3, { delayMs: 20 });
  await keepBusy(lab, one, other, 1_000);
  assert.equal(sizeOf(one), 1_472);
  lab.setConditions({ mtuBytes: 1_400 });
  const small = one.openFlow("small", { priority: 7 });
  const bulk = one.openFlow("bulk");
  one.send(bulk, "x".repeat(100_000));
  for (let round = 0; round < 200 && bulk.queuedBytes > 0; round += 1) {
    one.send(small, "tick");
    await lab.advance(25);
  }
  assert.equal(bulk.queuedBytes, 0);
  await closeStations(lab, one, other);
});

test("§3.5.3 a move to a path that carries less starts from the base size", async () => {
  await eachSeed(10, async (seed) => {
    const lab = new Lab({ seed, isPromiseFree: true });
    const mobile = lab.host("10.0.0.2");
    const one = await new Station(lab.host("10.0.0.1").io, 0).listen("10.0.0.1", 1935);
    const other = await new Station(mobile.io, 1).listen("10.0.0.2", 1935);
    one.dial(other);
    await lab.runUntil(() => one.sessions.length > 0 && other.sessions.length > 0, 60_000);
    await keepBusy(lab, one, other, 1_000);
    assert.equal(sizeOf(one), 1_472);
    lab.path("10.0.9.9", "10.0.0.1").set({ mtuBytes: 1_300 });
    lab.path("10.0.0.1", "10.0.9.9").set({ mtuBytes: 1_300 });
    const transfer = new Transfer(one, other, "there");
    transfer.send(lab, 100);
    mobile.move("10.0.9.9");
    other.send(other.openFlow("news"), "moved");
    await transfer.finish(lab, 60_000);
    assert.equal(one.session.destination.ip, "10.0.9.9");
    assert.ok(sizeOf(one) < 1_272, `${sizeOf(one)} bytes`);
    await closeStations(lab, one, other);
  });
});

test("RFC 8899 §5.1.1 larger sizes are tried again after ten minutes", async () => {
  const { lab, one, other } = await connectedStations(1, { mtuBytes: 1_300 });
  await keepBusy(lab, one, other, 20_000);
  assert.equal(sizeOf(one), 1_252);
  lab.setConditions({ mtuBytes: 1_500 });
  await keepBusy(lab, one, other, 20_000);
  assert.equal(sizeOf(one), 1_252);
  await lab.advance(580_000);
  await keepBusy(lab, one, other, 1_000);
  assert.equal(sizeOf(one), 1_472);
  await closeStations(lab, one, other);
});

test("RFC 8899 §4.3 an outage of the whole path is not taken for a small one", async () => {
  const { lab, one, other } = await connectedStations(1, { delayMs: 20 });
  await keepBusy(lab, one, other, 1_000);
  const flow = one.openFlow("bulk");
  one.send(flow, "x".repeat(100_000));
  lab.setConditions({ loss: 1 });
  await lab.advance(8_000);
  lab.setConditions({ loss: 0 });
  await lab.runUntil(() => flow.queuedBytes === 0, 30_000);
  await keepBusy(lab, one, other, 1_000);
  assert.equal(sizeOf(one), 1_472);
  await closeStations(lab, one, other);
});

function sizeOf(station: Station): number {
  return station.session.stats.datagramBytes;
}

/** A message of several packets every 50 ms. */
async function keepBusy(
  lab: Lab,
  from: Station,
  to: Station,
  ms: number,
  messageBytes = 5_000,
): Promise<void> {
  const flow = from.openFlow("busy");
  const before = to.messages.length;
  let count = 0;
  for (const end = lab.now + ms; lab.now < end; count += 1) {
    from.send(flow, "x".repeat(messageBytes));
    await lab.advance(50);
  }
  await lab.runUntil(() => flow.queuedBytes === 0, 60_000);
  assert.equal(to.messages.length - before, count);
}

function largestDatagram(lab: Lab): { bytes: number } {
  const watch = { bytes: 0 };
  lab.tap(({ datagram }) => {
    watch.bytes = Math.max(watch.bytes, datagram.bytes.length);
  });
  return watch;
}

test("Flash knows no path MTU discovery: its sessions send no datagram above 1 200 bytes", async () => {
  const flash: StationOptions = {
    identity: createIdentity(nodePrimitives, { kind: "static", groups: [2] }),
    crypto: { compat: "flash" },
  };
  const server = createIdentity(nodePrimitives, { kind: "static", groups: [31, 2] });
  for (const [options, isLarger] of [
    [flash, false],
    [{}, true],
  ] as const) {
    const lab = new Lab({ seed: 1, conditions: { delayMs: 20 } });
    const one = new Station(lab.host("10.0.0.1").io, 0, { identity: server });
    const other = new Station(lab.host("10.0.0.2").io, 1, options);
    await one.listen("10.0.0.1", 1935);
    await other.listen("10.0.0.2", 1935);
    other.dial(one);
    await lab.runUntil(() => one.sessions.length + other.sessions.length === 2, 5_000);
    const sizes: number[] = [];
    lab.tap(({ datagram: { bytes } }) => sizes.push(bytes.length));
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const) {
      from.send(from.openFlow("bulk"), "x".repeat(500_000));
      await lab.runUntil(() => to.texts.length === 1, 30_000);
    }
    assert.equal(Math.max(...sizes) > DATAGRAM_BYTES, isLarger);
    await closeStations(lab, one, other);
  }
});
