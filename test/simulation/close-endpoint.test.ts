import assert from "node:assert/strict";
import { test } from "node:test";
import { Station } from "../support/station.ts";
import { closeStations, connectedStations } from "../support/two-stations.ts";

test("closing an endpoint closes its sessions and answers its dials", async () => {
  const { lab, one, other } = await connectedStations(1);
  const opening = one.dial(other, [{ ip: "10.9.9.9", port: 1935 }]);
  const nobody = one.driver.turn((now) =>
    one.driver.endpoint.open(new Uint8Array([1, 2]), [{ ip: "10.9.9.9", port: 1935 }], now),
  );
  await lab.complete(one.driver.close(), 1_000);
  const failed = one.eventsOf("open-failed");
  assert.deepEqual(
    failed.map((event) => [event.opening, event.error.code]),
    [
      [opening, "CLOSED"],
      [nobody, "CLOSED"],
    ],
  );
  await lab.advance(20_000);
  assert.equal(other.eventsOf("closed").length, 1);
  await closeStations(lab, other);
});

test("closing an endpoint delivers what is queued before, as far as there is time for it", async () => {
  for (const [graceMs, isInTime] of [
    [2_000, true],
    [50, false],
  ] as const) {
    const { lab, one, other } = await connectedStations(1, { bytesPerSecond: 100_000 });
    one.send(one.openFlow("bulk"), "x".repeat(50_000));
    await lab.complete(one.driver.close(graceMs), 2 * graceMs + 100);
    assert.equal(other.texts.length, isInTime ? 1 : 0);
    await closeStations(lab, other);
  }
});

test("an endpoint that is closing opens nothing any more, in either direction", async () => {
  const { lab, one, other } = await connectedStations(1);
  const third = await new Station(lab.host("10.0.0.3").io, 2).listen("10.0.0.3", 1935);
  // The session that it has takes its time to end, and the IIKeying of another is under way.
  lab.scriptLoss((_index, _from, to) => to.ip === "10.0.0.2");
  third.dial(one);
  await lab.advance(25);
  one.driver.turn((now) => one.driver.endpoint.close(now));
  assert.throws(() => one.dial(other), { code: "CLOSED" });
  await lab.advance(1_000);
  assert.deepEqual([one.sessions.length, third.sessions.length], [1, 0]);
  assert.equal(one.driver.endpoint.stats.sessions, 1, "the one that is closing");
  await closeStations(lab, one, other, third);
});

test("an endpoint whose far ends do not answer is closed after its grace", async () => {
  const { lab, one, other } = await connectedStations(1);
  lab.setConditions({ loss: 1 });
  const since = lab.now;
  await lab.complete(one.driver.close(700), 1_000);
  assert.equal(lab.now - since, 700);
  await closeStations(lab, other);
});

test("an abrupt end: every far end is told once, and the sockets are closed at once", async () => {
  const { lab, one, other } = await connectedStations(1);
  one.send(one.openFlow("hello"), "x".repeat(100_000));
  await lab.advance(5);
  const opening = one.dial(other, [{ ip: "10.9.9.9", port: 1935 }]);
  const since = lab.now;
  await lab.complete(one.driver.abort(), 1);
  assert.equal(lab.now, since);
  assert.deepEqual(
    one.eventsOf("open-failed").map((event) => [event.opening, event.error.code]),
    [[opening, "CLOSED"]],
  );
  assert.equal(one.eventsOf("closed").length, 1);
  assert.equal(one.driver.endpoint.stats.sessions, 0);
  await lab.advance(100);
  assert.equal(other.eventsOf("closed").length, 1);
  let datagrams = 0;
  lab.tap(({ fate, datagram: { from } }) => {
    if (fate === "sent" && from.ip === "10.0.0.1") datagrams += 1;
  });
  await lab.advance(60_000);
  assert.equal(datagrams, 0);
  await closeStations(lab, other);
});

test("an abrupt end cuts an orderly one short", async () => {
  const { lab, one, other } = await connectedStations(1);
  lab.setConditions({ loss: 1 });
  one.send(one.openFlow("hello"), "never arrives");
  const closing = one.driver.close(60_000);
  await lab.advance(1_000);
  const since = lab.now;
  await lab.complete(one.driver.abort(), 10);
  await lab.complete(closing, 10);
  assert.equal(lab.now, since);
  await closeStations(lab, other);
});

test("an abrupt end out of a handler is told to the far end as well", async () => {
  const { lab, one, other } = await connectedStations(3);
  let ended: Promise<void> | undefined;
  other.onEvent = (event) => {
    if (event.type === "message") ended = other.driver.abort();
  };
  const flow = one.openFlow("flow");
  one.send(flow, "enough");
  await lab.advance(500);
  assert.equal(one.eventsOf("closed").length, 1);
  assert.ok(ended);
  await lab.complete(ended, 100);
  await closeStations(lab, one);
});
