import assert from "node:assert/strict";
import { test } from "node:test";
import { RtmfpError } from "../../protocol/errors.ts";
import type { Station } from "../support/station.ts";
import { closeStations, connectedStations } from "../support/two-stations.ts";

function closes(station: Station): (string | undefined)[] {
  return station.eventsOf("closed").map(({ error }) => error?.code);
}

function sessions(...stations: readonly Station[]): number[] {
  return stations.map(({ driver }) => driver.endpoint.stats.sessions);
}

test("§3.5.5 an orderly close takes one round trip, and the far end lingers", async () => {
  const { lab, one, other } = await connectedStations(1);
  const flow = one.openFlow("hello");
  one.send(flow, "hello");
  await lab.advance(1_000);
  one.driver.turn((now) => one.session.close(now));
  one.driver.turn((now) => one.session.close(now));
  assert.equal(one.session.state, "NEARCLOSE");
  assert.throws(() => one.openFlow("late"), RtmfpError);
  await lab.advance(25);
  assert.deepEqual(sessions(one, other), [0, 1]);
  assert.equal(other.session.state, "FARCLOSE_LINGER");
  assert.deepEqual([closes(one), closes(other)], [[undefined], [undefined]]);
  await lab.advance(19_000);
  assert.deepEqual(sessions(one, other), [0, 0]);
  await closeStations(lab, one, other);
});

test("§3.5.5 it survives the loss of any of its first packets", async () => {
  for (let pattern = 0; pattern < 16; pattern += 1) {
    const { lab, one, other } = await connectedStations(pattern);
    await lab.advance(1_000);
    let count = 0;
    lab.scriptLoss(() => (pattern & (1 << count++)) !== 0);
    one.driver.turn((now) => one.session.close(now));
    await lab.advance(60_000);
    assert.deepEqual(sessions(one, other), [0, 0], `pattern ${pattern}`);
    assert.deepEqual([closes(one), closes(other)], [[undefined], [undefined]]);
    await closeStations(lab, one, other);
  }
});

test("§3.5.5 a close request is repeated every 5 s, for 90 s", async () => {
  const { lab, one, other } = await connectedStations(1);
  await lab.advance(1_000);
  lab.setConditions({ loss: 1 });
  const times: number[] = [];
  const since = lab.now;
  lab.tap(({ at, fate, datagram }) => {
    if (fate === "sent" && datagram.from.ip === one.address.ip) times.push(at - since);
  });
  one.driver.turn((now) => one.session.close(now));
  await lab.advance(89_999);
  assert.deepEqual(
    times,
    Array.from({ length: 18 }, (_, index) => index * 5_000),
  );
  assert.deepEqual(sessions(one), [1]);
  await lab.advance(1);
  assert.deepEqual(sessions(one), [0]);
  await closeStations(lab, one, other);
});

test("§3.5.5 both close at once", async () => {
  const { lab, one, other } = await connectedStations(1);
  await lab.advance(1_000);
  for (const { driver, session } of [one, other]) driver.turn((now) => session.close(now));
  await lab.advance(50);
  assert.deepEqual(sessions(one, other), [0, 0]);
  assert.deepEqual([closes(one), closes(other)], [[undefined], [undefined]]);
  await closeStations(lab, one, other);
});

test("§3.5.5 an abrupt close says so once and is gone", async () => {
  const { lab, one, other } = await connectedStations(1);
  await lab.advance(1_000);
  one.driver.turn(() => one.session.abort());
  assert.deepEqual(sessions(one), [0]);
  await lab.advance(15);
  assert.deepEqual(sessions(other), [0]);
  assert.deepEqual([closes(one), closes(other)], [[undefined], [undefined]]);
  await closeStations(lab, one, other);
});

test("§3.5.5 an abrupt close says so even if much else waits to be said", async () => {
  const { lab, one, other } = await connectedStations(1);
  const { session } = one;
  const hello = {
    endpointDiscriminator: new Uint8Array(35),
    replyAddress: { ...other.address, origin: 0 } as const,
    tag: new Uint8Array(16),
  };
  await lab.advance(1_000);
  one.driver.turn(() => {
    for (let count = 0; count < 200; count += 1) session.forwardHello(hello);
    session.abort();
  });
  await lab.advance(15);
  assert.deepEqual(sessions(other), [0]);
  await closeStations(lab, one, other);
});

test("§3.5.5 if that is lost, the far end notices by itself", async () => {
  const { lab, one, other } = await connectedStations(1);
  await lab.advance(1_000);
  lab.scriptLoss(() => true);
  one.driver.turn(() => one.session.abort(new RtmfpError("REJECTED", "no more")));
  assert.deepEqual(closes(one), ["REJECTED"]);
  await lab.advance(1);
  lab.scriptLoss(undefined);
  await lab.advance(35_000);
  assert.deepEqual(closes(other), ["TIMEOUT"]);
  assert.deepEqual(sessions(other), [0]);
  await closeStations(lab, one, other);
});

test("§3.5.5 a close ends all flows at once, and what is queued is not delivered", async () => {
  const { lab, one, other } = await connectedStations(1);
  const flow = one.openFlow("bulk");
  const outcomes: boolean[] = [];
  for (let count = 0; count < 100; count += 1) {
    one.send(flow, "x".repeat(10_000)).onOutcome = (isDelivered) => outcomes.push(isDelivered);
  }
  await lab.advance(100);
  one.driver.turn((now) => one.session.close(now));
  await lab.advance(1_000);
  assert.equal(outcomes.length, 100);
  assert.equal(outcomes.at(-1), false);
  assert.equal(other.eventsOf("flow-ended")[0]?.isComplete, false);
  await closeStations(lab, one, other);
});
