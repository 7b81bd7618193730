import assert from "node:assert/strict";
import { test } from "node:test";
import { closeStations, connectedStations } from "../support/two-stations.ts";

test("§3.5.4.1 an idle session is kept for an hour, with a Ping now and then", async () => {
  const { lab, one, other } = await connectedStations(1);
  let datagrams = 0;
  lab.tap(({ fate }) => {
    if (fate === "sent") datagrams += 1;
  });
  await lab.advance(3_600_000);
  assert.ok(one.session.isOpen && other.session.isOpen);
  assert.ok(datagrams >= 360 && datagrams < 1_500, `${datagrams} datagrams`);
  await closeStations(lab, one, other);
});

test("§3.5.4.1 loss of every third packet does not end it", async () => {
  const { lab, one, other } = await connectedStations(1, { loss: 0.33 });
  await lab.advance(600_000);
  assert.ok(one.session.isOpen && other.session.isOpen);
  await closeStations(lab, one, other);
});

test("§3.5.4.1 the end of a far end that falls silent is noticed, on both sides", async () => {
  const { lab, one, other } = await connectedStations(1);
  const flow = one.openFlow("hello");
  one.send(flow, "hello");
  await lab.advance(30_000);
  lab.setConditions({ loss: 1 });
  const since = lab.now;
  await lab.advance(31_000);
  for (const station of [one, other]) {
    const [closed] = station.eventsOf("closed");
    assert.equal(closed?.error?.code, "TIMEOUT");
    assert.equal(station.driver.endpoint.stats.sessions, 0);
  }
  assert.equal(flow.state, "CLOSED");
  assert.deepEqual(
    other.eventsOf("flow-ended").map(({ isComplete }) => isComplete),
    [false],
  );
  assert.ok(lab.now - since <= 31_000);
  await closeStations(lab, one, other);
});

test("§3.5.4.1 with something to send it is noticed sooner, and the message has its outcome", async () => {
  const { lab, one, other } = await connectedStations(1);
  await lab.advance(5_000);
  lab.setConditions({ loss: 1 });
  let outcome: boolean | undefined;
  const message = one.send(one.openFlow("hello"), "is anybody there?");
  message.onOutcome = (isDelivered) => {
    outcome = isDelivered;
  };
  await lab.advance(20_000);
  assert.equal(one.eventsOf("closed")[0]?.error?.code, "TIMEOUT");
  assert.equal(outcome, false);
  await closeStations(lab, one, other);
});

test("§3.5.4.1 options: an initiator with nothing to say is not given up", async () => {
  const { lab, one, other } = await connectedStations(1, {}, { keepaliveMs: 3_600_000 });
  await lab.advance(120_000);
  assert.ok(one.session.isOpen && other.session.isOpen);
  await closeStations(lab, one, other);
});

test("§3.5.4.1 options: silence and patience are as long as the user wants", async () => {
  const options = { keepaliveMs: 1_000, retransmitLimitMs: 3_000 };
  const { lab, one, other } = await connectedStations(1, {}, options);
  await lab.advance(10_000);
  lab.setConditions({ loss: 1 });
  await lab.advance(5_000);
  assert.equal(one.eventsOf("closed").length, 1);
  assert.equal(other.eventsOf("closed").length, 1);
  await closeStations(lab, one, other);
});
