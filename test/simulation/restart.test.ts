import assert from "node:assert/strict";
import { test } from "node:test";
import { type Host, Lab } from "../lab/index.ts";
import { Station } from "../support/station.ts";
import { closeStations } from "../support/two-stations.ts";

interface Restarted {
  readonly lab: Lab;
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
  return { lab, one, before, after: await station(far, 1) };
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
