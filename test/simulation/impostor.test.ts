import assert from "node:assert/strict";
import { test } from "node:test";
import type { Lab } from "../lab/index.ts";
import { pooledIdentity, Station } from "../support/station.ts";
import { closeStations, connectedStations, twoStations } from "../support/two-stations.ts";

/** Has the certificate of station 1, as everybody may, but not its keys. */
async function impostor(lab: Lab): Promise<Station> {
  const identity = {
    certificate: pooledIdentity(1).certificate,
    keyPairs: pooledIdentity(2).keyPairs,
  };
  const host = lab.host("10.0.0.9");
  return new Station(host.io, 2, { identity }).listen(host.ip, 1935);
}

test("§3.5.1.1.2 somebody else's certificate does not disturb an open session", async () => {
  const { lab, one, other } = await connectedStations(1);
  const thief = await impostor(lab);
  thief.dial(one);
  await lab.advance(1_000);
  assert.equal(thief.sessions.length, 1, "it thinks it has a session");
  thief.send(thief.openFlow("hello"), "trust me");
  await lab.advance(1_000);
  assert.ok(one.session.isOpen);
  assert.deepEqual([one.sessions.length, one.messages.length], [1, 0]);
  await lab.advance(30_000);
  assert.equal(one.driver.endpoint.stats.sessions, 1);
  assert.deepEqual(one.eventsOf("closed"), []);
  assert.deepEqual(one.eventsOf("unanswered"), [], "who was not told of it hears nothing of it");
  await closeStations(lab, one, other, thief);
});

test("§3.5.1.3 it does not answer a dial to its owner, before or during it", async () => {
  for (const startMs of [0, 12, 22, 200]) {
    const { lab, one, other } = await twoStations(1, { delayMs: 20 });
    const thief = await impostor(lab);
    lab.path("10.0.0.1", "10.0.0.9").set({ delayMs: 3 });
    lab.path("10.0.0.9", "10.0.0.1").set({ delayMs: 3 });
    thief.dial(one);
    await lab.advance(startMs);
    const opening = one.dial(other);
    await lab.runUntil(() => one.sessionOf(opening) !== undefined, 60_000);
    assert.deepEqual(one.sessionOf(opening)?.destination, other.address, `after ${startMs} ms`);
    one.driver.turn((now) => {
      const flow = one.sessionOf(opening)?.openFlow({ metadata: new Uint8Array(1) });
      flow?.send(new Uint8Array(1), {}, now);
    });
    await lab.runUntil(() => other.messages.length === 1, 10_000);
    await closeStations(lab, one, other, thief);
  }
});

test("its session is given up when the proof does not come", async () => {
  const { lab, one, other } = await twoStations(1);
  const thief = await impostor(lab);
  thief.dial(one);
  await lab.advance(25_000);
  assert.equal(one.driver.endpoint.stats.sessions, 0);
  assert.equal(one.eventsOf("closed")[0]?.error?.code, "TIMEOUT");
  await closeStations(lab, one, other, thief);
});
