import assert from "node:assert/strict";
import { test } from "node:test";
import { type Host, Lab } from "../lab/index.ts";
import { Station } from "../support/station.ts";
import { closeStations, twoStations } from "../support/two-stations.ts";

interface Restarted {
  readonly lab: Lab;
  readonly far: Host;
  readonly one: Station;
  /** The same identity at the same address, with and without memory of its session with `one`. */
  readonly before: Station;
  readonly after: Station;
}

async function station(host: Host, index: number): Promise<Station> {
  return new Station(host.io, index).listen(host.ip, 1935);
}

async function restarted(): Promise<Restarted> {
  const lab = new Lab({ seed: 1 });
  const [near, far] = [lab.host("10.0.0.1"), lab.host("10.0.0.2")];
  const [one, before] = [await station(near, 0), await station(far, 1)];
  before.dial(one);
  await lab.runUntil(() => one.sessions.length === 1, 1_000);
  await lab.advance(5_000);
  lab.scriptLoss(() => true);
  await lab.complete(before.driver.close(0), 1_000);
  lab.scriptLoss(undefined);
  return { lab, far, one, before, after: await station(far, 1) };
}

test("§3.5.1.1.2 a restarted far end replaces its old session when the new one is proven", async () => {
  const { lab, one, after } = await restarted();
  const [old] = one.sessions;
  after.dial(one);
  await lab.runUntil(() => after.sessions.length === 1, 1_000);
  assert.ok(old?.isOpen, "nothing is proven by an IIKeying");
  assert.equal(one.sessions.length, 1);
  after.send(after.openFlow("hello"), "I am back");
  await lab.runUntil(() => one.messages.length === 1, 1_000);
  assert.equal(old.state, "CLOSED");
  assert.equal(one.eventsOf("closed")[0]?.error?.code, "CLOSED");
  assert.equal(one.sessions.length, 2);
  assert.equal(one.driver.endpoint.stats.sessions, 1);
  const kinds = one.events.map(({ type }) => type).slice(-4);
  assert.deepEqual(kinds, ["session", "closed", "flow", "message"]);
  await closeStations(lab, one, after);
});

test("§3.5.1.1.2 even if the restarted one says nothing", async () => {
  const { lab, one, after } = await restarted();
  after.dial(one);
  await lab.advance(2_000);
  assert.equal(one.sessions.length, 2);
  assert.equal(one.driver.endpoint.stats.sessions, 1);
  assert.ok(after.session.isOpen);
  await closeStations(lab, one, after);
});

test("§3.5.1.1.2 the one that did not restart notices the silence and dials again", async () => {
  const { lab, one, after } = await restarted();
  await lab.runUntil(() => one.eventsOf("closed").length === 1, 35_000);
  assert.equal(one.eventsOf("closed")[0]?.error?.code, "TIMEOUT");
  const opening = one.dial(after);
  await lab.runUntil(() => one.sessionOf(opening) !== undefined, 1_000);
  assert.equal(after.sessions.length, 1);
  await closeStations(lab, one, after);
});

test("a session that was closed before its first packet came answers no later dial", async () => {
  const { lab, one, other } = await twoStations(1);
  one.dial(other);
  await lab.runUntil(() => other.sessions.length === 1, 1_000);
  const { session: closed } = other;
  other.driver.turn((now) => closed.close(now));
  const opening = other.dial(one);
  await lab.runUntil(() => other.sessionOf(opening) !== undefined, 5_000);
  assert.notEqual(other.sessionOf(opening), closed);
  assert.ok(other.sessionOf(opening)?.isOpen);
  await closeStations(lab, one, other);
});

test("nor does one that is held back because its far end is not proven", async () => {
  const { lab, far, one, after } = await restarted();
  await lab.advance(20_000);
  after.dial(one);
  const { endpoint } = one.driver;
  await lab.runUntil(() => endpoint.stats.sessions === 2, 1_000);
  lab.scriptLoss(() => true);
  await lab.complete(after.driver.abort(), 1_000);
  await lab.runUntil(() => one.eventsOf("closed").length === 1, 15_000);
  assert.equal(endpoint.stats.sessions, 1, "the one that nobody was told of");
  lab.scriptLoss(undefined);
  const again = await station(far, 1);
  const opening = one.dial(again);
  await lab.runUntil(() => one.sessionOf(opening) !== undefined, 5_000);
  await lab.advance(60_000);
  assert.ok(one.sessionOf(opening)?.isOpen);
  assert.equal(endpoint.stats.sessions, 1);
  await closeStations(lab, one, again);
});
