import assert from "node:assert/strict";
import { test } from "node:test";
import type { Link } from "../../protocol/io.ts";
import type { Address } from "../../protocol/wire/address.ts";
import { type Host, Lab } from "../lab/index.ts";
import { eachSeed } from "../support/seeds.ts";
import { Station } from "../support/station.ts";
import { Transfer } from "../support/transfer.ts";
import { closeStations } from "../support/two-stations.ts";

const V4 = { one: "10.0.0.1", other: "10.0.0.2" } as const;
const V6 = { one: "fd00::1", other: "fd00::2" } as const;

interface DualStack {
  readonly lab: Lab;
  readonly hosts: readonly [Host, Host];
  readonly one: Station;
  readonly other: Station;
}

/** Two hosts with an address of each family; nobody has bound anything yet. */
function dualStack(seed: number): DualStack {
  const lab = new Lab({ seed, isPromiseFree: true });
  const hosts = [
    lab.host(V4.one, { also: [V6.one, "10.0.8.1"] }),
    lab.host(V4.other, { also: [V6.other] }),
  ] as const;
  return { lab, hosts, one: new Station(hosts[0].io, 0), other: new Station(hosts[1].io, 1) };
}

function bind(station: Station, ip: string): Promise<Link> {
  return station.driver.bind({ ip, port: 1935 });
}

const AT_BOTH: readonly Address[] = [
  { ip: V4.other, port: 1935 },
  { ip: V6.other, port: 1935 },
];

async function untilOpen({ lab, one, other }: DualStack): Promise<void> {
  await lab.runUntil(() => one.sessions.length > 0 && other.sessions.length > 0, 10_000);
  await lab.advance(200);
}

test("§3.5 an opening session asks on all links, at each address on those that reach it", async () => {
  const stand = dualStack(1);
  const { lab, one, other } = stand;
  for (const ip of [V4.one, V6.one, "10.0.8.1"]) await bind(one, ip);
  const asked = new Set<string>();
  lab.tap(({ fate, datagram: { from, to } }) => {
    if (fate === "sent") asked.add(`${from.ip} ${to.ip}`);
  });
  one.dial(other, AT_BOTH);
  await lab.advance(1);
  assert.deepEqual([...asked].sort(compare), [
    `10.0.0.1 ${V4.other}`,
    `10.0.8.1 ${V4.other}`,
    `fd00::1 ${V6.other}`,
  ]);
  await closeStations(lab, one, other);
});

test("a link that comes while a session is opening is used at once", async () => {
  const stand = dualStack(1);
  const { lab, one, other } = stand;
  await bind(other, V6.other);
  await bind(one, V4.one);
  one.dial(other, AT_BOTH);
  await lab.advance(500);
  await bind(one, V6.one);
  await lab.advance(100);
  assert.equal(one.session.destination.ip, V6.other);
  await closeStations(lab, one, other);
});

test("a link that goes while keying was sent on it: the keying goes out on another", async () => {
  const stand = dualStack(1);
  const { lab, one, other } = stand;
  await bind(other, V4.other);
  const link = await bind(one, V4.one);
  one.dial(other, AT_BOTH);
  await lab.advance(25);
  await one.driver.unbind(link);
  await bind(one, "10.0.8.1");
  await untilOpen(stand);
  await lab.advance(3_000);
  const open = other.sessions.filter(({ isOpen }) => isOpen);
  assert.deepEqual(
    open.map(({ destination }) => destination.ip),
    ["10.0.8.1"],
  );
  await closeStations(lab, one, other);
});

for (const remover of ["initiator", "responder"] as const) {
  test(`the ${remover}'s link is removed under load: its session goes on over another`, async () => {
    await eachSeed(30, async (seed) => {
      const lab = new Lab({ seed, isPromiseFree: true });
      const [near, far] = [lab.host("10.0.0.1", { also: ["10.0.8.1"] }), lab.host("10.0.0.2")];
      const [one, other] = [new Station(near.io, 0), new Station(far.io, 1)];
      const link = await bind(one, "10.0.0.1");
      await one.listen("10.0.8.1", 1935);
      await other.listen("10.0.0.2", 1935);
      // Only the first of the two links is asked on.
      lab.path("10.0.8.1", "10.0.0.2").set({ loss: 1 });
      if (remover === "initiator") one.dial(other);
      else other.dial(one, [{ ip: "10.0.0.1", port: 1935 }]);
      await untilOpen({ lab, hosts: [near, far], one, other });
      lab.path("10.0.8.1", "10.0.0.2").set({ loss: 0.05 });
      lab.setConditions({ delayMs: 20, loss: 0.05, duplicate: 0.02 });
      const transfers = [new Transfer(one, other, "there"), new Transfer(other, one, "back")];
      for (const transfer of transfers) transfer.send(lab, 60);
      await lab.advance(50 + lab.random.below(300));
      await one.driver.unbind(link);
      for (const transfer of transfers) transfer.send(lab, 20);
      for (const transfer of transfers) await transfer.finish(lab, 60_000);
      assert.equal(other.session.destination.ip, "10.0.8.1");
      assert.equal(one.eventsOf("address").length, 1);
      assert.equal(one.sessions.length + other.sessions.length, 2);
      await closeStations(lab, one, other);
    });
  });
}

test("v4 goes, v6 stays: the session goes on at the far end's other address", async () => {
  await eachSeed(30, async (seed) => {
    const stand = dualStack(seed);
    const { lab, one, other } = stand;
    for (const ip of [V4.other, V6.other]) await bind(other, ip);
    const v4 = await bind(one, V4.one);
    lab.path(V6.one, V6.other).set({ delayMs: 50 });
    await bind(one, V6.one);
    one.dial(other, AT_BOTH);
    await untilOpen(stand);
    assert.equal(one.session.destination.ip, V4.other);
    lab.setConditions({ loss: 0.1 });
    const transfers = [new Transfer(one, other, "there"), new Transfer(other, one, "back")];
    for (const transfer of transfers) transfer.send(lab, 40);
    await lab.advance(200);
    await one.driver.unbind(v4);
    for (const transfer of transfers) transfer.send(lab, 20);
    for (const transfer of transfers) await transfer.finish(lab, 60_000);
    assert.equal(one.session.destination.ip, V6.other);
    assert.equal(other.session.destination.ip, V6.one);
    assert.equal(one.sessions.length, 1);
    await closeStations(lab, one, other);
  });
});

test("v4 falls silent, v6 does not: the far end is found at its other address", async () => {
  const stand = dualStack(1);
  const { lab, one, other } = stand;
  for (const ip of [V4.other, V6.other]) await bind(other, ip);
  for (const ip of [V4.one, V6.one]) await bind(one, ip);
  lab.path(V6.one, V6.other).set({ delayMs: 50 });
  one.dial(other, AT_BOTH);
  await untilOpen(stand);
  for (const [from, to] of [
    [V4.one, V4.other],
    [V4.other, V4.one],
  ] as const) {
    lab.path(from, to).set({ loss: 1 });
  }
  const transfer = new Transfer(one, other, "there");
  transfer.send(lab, 10);
  await transfer.finish(lab, 15_000);
  assert.equal(one.session.destination.ip, V6.other);
  assert.ok(one.session.isOpen && other.session.isOpen);
  await closeStations(lab, one, other);
});

test("the only link goes and another comes: the session survives", async () => {
  const stand = dualStack(1);
  const { lab, one, other } = stand;
  await bind(other, V4.other);
  const link = await bind(one, V4.one);
  one.dial(other, AT_BOTH);
  await untilOpen(stand);
  const transfer = new Transfer(other, one, "back");
  transfer.send(lab, 20);
  await lab.advance(15);
  await one.driver.unbind(link);
  await lab.advance(5_000);
  await bind(one, "10.0.8.1");
  await transfer.finish(lab, 10_000);
  assert.equal(other.session.destination.ip, "10.0.8.1");
  await closeStations(lab, one, other);
});

test("the only link goes and none comes: the session is dead when the limit is over", async () => {
  const stand = dualStack(1);
  const { lab, one, other } = stand;
  await bind(other, V4.other);
  const link = await bind(one, V4.one);
  one.dial(other, AT_BOTH);
  await untilOpen(stand);
  await one.driver.unbind(link);
  await one.driver.unbind(link);
  await lab.advance(20_100);
  assert.equal(one.eventsOf("closed")[0]?.error?.code, "TIMEOUT");
  await closeStations(lab, one, other);
});

function compare(one: string, other: string): number {
  return one < other ? -1 : 1;
}

test("a session that was closing when its last link went is over: it is asked for nowhere", async () => {
  const stand = dualStack(1);
  const { lab, one, other } = stand;
  const link = await bind(one, V4.one);
  await bind(other, V4.other);
  one.dial(other, AT_BOTH);
  await untilOpen(stand);
  lab.scriptLoss(() => true);
  one.driver.turn((now) => one.session.close(now));
  await one.driver.unbind(link);
  await lab.advance(10_000);
  assert.equal(one.eventsOf("closed").length, 1);
  assert.deepEqual(one.eventsOf("unanswered"), []);
  await closeStations(lab, one, other);
});
