import assert from "node:assert/strict";
import { test } from "node:test";
import { isRelayAddress } from "../../protocol/wire/relay-address.ts";
import type { Lab } from "../lab/index.ts";
import { eachSeed } from "../support/seeds.ts";
import type { Station } from "../support/station.ts";
import { Transfer } from "../support/transfer.ts";
import { Tunnel, tunnelAddress } from "../support/tunnel.ts";
import { closeStations, twoStations } from "../support/two-stations.ts";

const IMPATIENT = { elsewhereMs: 500 } as const;

interface Stand {
  readonly lab: Lab;
  readonly one: Station;
  readonly other: Station;
  readonly tunnel: Tunnel;
}

/** Two stations that reach each other over UDP and over a tunnel of a lower rank. */
async function tunnelled(seed: number, isVouched = true): Promise<Stand> {
  const { lab, one, other } = await twoStations(seed, {}, IMPATIENT);
  const tunnel = new Tunnel(lab);
  for (const station of [one, other]) await tunnel.attach(station, isVouched);
  return { lab, one, other, tunnel };
}

/** With a session over the tunnel, each end knowing where else the other one is. */
async function sessionOverTunnel(seed: number): Promise<Stand> {
  const stand = await tunnelled(seed);
  const { lab, one, other } = stand;
  dialThroughTunnel(one, other);
  await lab.runUntil(() => one.sessions.length > 0 && other.sessions.length > 0, 1_000);
  one.session.otherAddresses.add(tunnelAddress(other));
  other.session.otherAddresses.add(tunnelAddress(one));
  await lab.advance(100);
  return stand;
}

function dialThroughTunnel(one: Station, other: Station): void {
  const { bytes: certificate } = other.identity.certificate;
  one.dial(other, [{ ...tunnelAddress(other), certificate }]);
}

function isOverTunnel(station: Station): boolean {
  return isRelayAddress(station.session.destination);
}

function tryDirect(from: Station, to: Station): void {
  from.driver.turn((now) => from.session.tryPath({ link: 0, address: to.address }, now));
}

/** UDP between the two, in both directions. */
function setDirectLoss(lab: Lab, loss: number): void {
  lab.path("10.0.0.1", "10.0.0.2").set({ loss });
  lab.path("10.0.0.2", "10.0.0.1").set({ loss });
}

test("over a link that is vouched for, a known certificate saves the hello and its answer", async () => {
  const { lab, one, other, tunnel } = await tunnelled(1);
  dialThroughTunnel(one, other);
  await lab.advance(20);
  assert.equal(other.sessions.length, 1);
  await lab.advance(20);
  assert.equal(one.sessions.length, 1);
  assert.ok(isOverTunnel(one) && isOverTunnel(other));
  assert.ok(tunnel.carried >= 2);
  await closeStations(lab, one, other);
});

test("over a link that is vouched for, a certificate that is none is as good as none", async () => {
  const { lab, one, other } = await tunnelled(1);
  one.dial(other, [{ ...tunnelAddress(other), certificate: Uint8Array.of(5, 1) }]);
  await lab.advance(80);
  assert.equal(one.sessions.length, 1, "four ways of 20 ms");
  await closeStations(lab, one, other);
});

test("§3.5.1.1.2 over a link that nobody vouches for, a cookie is needed", async () => {
  const { lab, one, other } = await tunnelled(1, false);
  dialThroughTunnel(one, other);
  await lab.advance(79);
  assert.equal(one.sessions.length, 0, "four ways of 20 ms");
  await lab.advance(1);
  assert.equal(one.sessions.length, 1);
  await closeStations(lab, one, other);
});

test("a certificate that the discriminator does not select opens nothing", async () => {
  const { lab, one, other, tunnel } = await tunnelled(1);
  const { bytes: certificate } = one.identity.certificate;
  one.dial(other, [{ ...tunnelAddress(other), certificate }], 500);
  await lab.advance(10);
  assert.equal(other.sessions.length, 0);
  assert.equal(tunnel.carried, 1, "a hello, as to anybody");
  await closeStations(lab, one, other);
});

for (const prober of ["initiator", "responder"] as const) {
  test(`the better path takes over when the ${prober} has found it`, async () => {
    await eachSeed(20, async (seed) => {
      const { lab, one, other } = await sessionOverTunnel(seed);
      lab.setConditions({ loss: 0.1 });
      const transfers = [new Transfer(one, other, "there"), new Transfer(other, one, "back")];
      for (const transfer of transfers) transfer.send(lab, 40);
      await lab.advance(30);
      for (let tries = 0; tries < 8; tries += 1) {
        if (prober === "initiator") tryDirect(one, other);
        else tryDirect(other, one);
        await lab.advance(50);
      }
      // With more losses it may well fall silent for so long that it is left again.
      lab.setConditions({ loss: 0 });
      for (const transfer of transfers) transfer.send(lab, 20);
      for (const transfer of transfers) await transfer.finish(lab, 30_000);
      assert.ok(!isOverTunnel(one) && !isOverTunnel(other));
      await closeStations(lab, one, other);
    });
  });
}

test("the better path dies under traffic: the session is back on the other within a second", async () => {
  await eachSeed(20, async (seed) => {
    const { lab, one, other } = await sessionOverTunnel(seed);
    tryDirect(one, other);
    await lab.advance(200);
    assert.ok(!isOverTunnel(one) && !isOverTunnel(other));
    const transfers = [new Transfer(one, other, "there"), new Transfer(other, one, "back")];
    for (const transfer of transfers) transfer.send(lab, 30);
    await lab.advance(lab.random.below(100));
    setDirectLoss(lab, 1);
    for (const transfer of transfers) transfer.send(lab, 10);
    await lab.advance(1_000);
    assert.ok(isOverTunnel(one) && isOverTunnel(other));
    for (const transfer of transfers) await transfer.finish(lab, 10_000);
    setDirectLoss(lab, 0);
    tryDirect(other, one);
    await lab.advance(200);
    assert.ok(!isOverTunnel(one) && !isOverTunnel(other), "and it returns");
    await closeStations(lab, one, other);
  });
});

test("one direction of the better path dies: both ends leave it", async () => {
  await eachSeed(20, async (seed) => {
    const { lab, one, other } = await sessionOverTunnel(seed);
    tryDirect(one, other);
    await lab.advance(200);
    const transfers = [new Transfer(one, other, "there"), new Transfer(other, one, "back")];
    for (const transfer of transfers) transfer.send(lab, 30);
    await lab.advance(lab.random.below(100));
    lab.path("10.0.0.1", "10.0.0.2").set({ loss: 1 });
    for (let round = 0; round < 20; round += 1) {
      for (const transfer of transfers) transfer.send(lab, 1);
      await lab.advance(100);
    }
    assert.ok(isOverTunnel(one) && isOverTunnel(other));
    for (const transfer of transfers) await transfer.finish(lab, 10_000);
    await closeStations(lab, one, other);
  });
});

test("a path of a lower rank is not taken while the better one works, whoever asks there", async () => {
  const { lab, one, other } = await sessionOverTunnel(1);
  tryDirect(one, other);
  await lab.advance(200);
  const transfer = new Transfer(one, other, "there");
  for (let round = 0; round < 40; round += 1) {
    transfer.send(lab, 1);
    one.driver.turn((now) => one.session.tryPath({ link: 1, address: tunnelAddress(other) }, now));
    await lab.advance(50);
    assert.ok(!isOverTunnel(one) && !isOverTunnel(other));
  }
  await transfer.finish(lab, 5_000);
  await closeStations(lab, one, other);
});

test("of two equal paths both ends take the same, and stay there", async () => {
  await eachSeed(20, async (seed) => {
    const { lab, one, other } = await sessionOverTunnel(seed);
    const second = { ip: "10.0.0.2", port: 2_000 };
    await other.driver.bind(second);
    tryDirect(one, other);
    const toSecond = { link: 0, address: second };
    one.driver.turn((now) => one.session.tryPath(toSecond, now));
    other.driver.turn((now) => {
      for (const link of [0, 2]) other.session.tryPath({ link, address: one.address }, now);
    });
    await lab.advance(1_500);
    const moves = one.eventsOf("address").length + other.eventsOf("address").length;
    const transfers = [new Transfer(one, other, "there"), new Transfer(other, one, "back")];
    for (let round = 0; round < 100; round += 1) {
      for (const transfer of transfers) transfer.send(lab, 1);
      await lab.advance(50);
    }
    const later = one.eventsOf("address").length + other.eventsOf("address").length;
    assert.ok(later - moves <= 1, `${later - moves} more moves`);
    assert.equal(other.session.path.link === 2, one.session.destination.port === 2_000);
    for (const transfer of transfers) await transfer.finish(lab, 5_000);
    await closeStations(lab, one, other);
  });
});
