import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_LIMITS } from "../../protocol/session/session-limits.ts";
import { closeStations, connectedStations } from "../support/two-stations.ts";

test("idleCloseMs: a session without flows is closed in an orderly way", async () => {
  const { lab, one, other } = await connectedStations(1, {}, { idleCloseMs: 5_000 });
  const since = lab.now;
  await lab.advance(4_900);
  assert.ok(one.session.isOpen && other.session.isOpen);
  await lab.advance(1_000);
  for (const station of [one, other]) {
    const [closed] = station.eventsOf("closed");
    assert.ok(closed);
    assert.equal(closed.error, undefined);
  }
  assert.ok(lab.now - since < 6_000);
  await closeStations(lab, one, other);
});

test("idleCloseMs: an open flow keeps the session, and it counts from when the last one is closed", async () => {
  const { lab, one, other } = await connectedStations(1, {}, { idleCloseMs: 5_000 });
  const flow = one.openFlow("hello");
  one.send(flow, "hello");
  await lab.advance(60_000);
  assert.ok(one.session.isOpen && other.session.isOpen);
  one.driver.turn(() => flow.close());
  await lab.advance(4_800);
  assert.ok(one.session.isOpen && other.session.isOpen);
  await lab.advance(1_000);
  assert.equal(one.session.isOpen, false);
  await closeStations(lab, one, other);
});

test("each limit may be endless, and all of them", async () => {
  const endless = Object.keys(DEFAULT_LIMITS).map((name) => ({ [name]: Number.POSITIVE_INFINITY }));
  for (const limits of [...endless, Object.assign({}, ...endless)]) {
    const { lab, one, other } = await connectedStations(1, {}, limits);
    one.send(one.openFlow("hello"), "hello");
    await lab.advance(60_000);
    assert.deepEqual(other.texts, ["hello"]);
    assert.ok(one.session.isOpen && other.session.isOpen, JSON.stringify(Object.keys(limits)));
    await closeStations(lab, one, other);
  }
});

test("§3.6.2.11 idleCloseMs: an aborted flow ends at the far end too, and keeps no session", async () => {
  const { lab, one, other } = await connectedStations(1, { loss: 0.2 }, { idleCloseMs: 5_000 });
  const flow = one.openFlow("hello");
  for (let count = 0; count < 100; count += 1) one.send(flow, "x".repeat(3_000));
  await lab.advance(50);
  one.driver.turn(() => flow.abort());
  assert.equal(flow.queuedBytes, 0);
  await lab.runUntil(() => other.eventsOf("flow-ended").length > 0, 4_000);
  await lab.advance(8_000);
  assert.ok(!one.session.isOpen && !other.session.isOpen);
  await closeStations(lab, one, other);
});

test("setLimits: one session may be more patient than the others, and change its mind", async () => {
  const { lab, one, other } = await connectedStations(1, {}, { idleCloseMs: 5_000 });
  const never = { idleCloseMs: Number.POSITIVE_INFINITY };
  one.driver.turn(() => one.session.setLimits(never));
  other.driver.turn(() => other.session.setLimits(never));
  await lab.advance(60_000);
  assert.ok(one.session.isOpen && other.session.isOpen);
  one.driver.turn(() => one.session.setLimits({ idleCloseMs: 1_000 }));
  await lab.advance(1_100);
  assert.equal(one.session.isOpen, false);
  assert.equal(other.session.isOpen, false);
  await closeStations(lab, one, other);
});

test("setLimits: a shorter keepalive and limit notice a silent far end sooner", async () => {
  const { lab, one, other } = await connectedStations(1);
  one.driver.turn(() => one.session.setLimits({ keepaliveMs: 500, retransmitLimitMs: 2_000 }));
  lab.setConditions({ loss: 1 });
  await lab.advance(2_600);
  assert.equal(one.eventsOf("closed")[0]?.error?.code, "TIMEOUT");
  assert.ok(other.session.isOpen);
  await closeStations(lab, one, other);
});

test("limits of an endpoint and of a session are lengths of time", async () => {
  await assert.rejects(connectedStations(1, {}, { idleCloseMs: 0 }), RangeError);
  const { lab, one, other } = await connectedStations(1);
  assert.throws(() => one.session.setLimits({ keepaliveMs: -1 }), RangeError);
  assert.throws(() => one.driver.close(Number.NaN), { name: "RangeError", message: /graceMs/ });
  for (const limit of ["maxSessions", "maxSessionsPerAddress"]) {
    const message = `${limit}: 0 or more, not NaN`;
    await assert.rejects(connectedStations(1, {}, { [limit]: Number.NaN }), { message });
  }
  await closeStations(lab, one, other);
});
