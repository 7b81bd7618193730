import assert from "node:assert/strict";
import { test } from "node:test";
import type { SendFlow } from "../../protocol/flow/send-flow.ts";
import type { Session } from "../../protocol/session/session.ts";
import { Lab } from "../lab/index.ts";
import { Station } from "../support/station.ts";
import { closeStations } from "../support/two-stations.ts";

/** One endpoint with a session to each of two others. */
async function threeStations(): Promise<{
  readonly lab: Lab;
  readonly middle: Station;
  readonly left: Station;
  readonly right: Station;
}> {
  const lab = new Lab({ seed: 1, conditions: { delayMs: 20 }, isPromiseFree: true });
  const stations: Station[] = [];
  for (const [index, ip] of ["10.0.0.1", "10.0.0.2", "10.0.0.3"].entries()) {
    stations.push(await new Station(lab.host(ip).io, index).listen(ip, 1935));
  }
  const [middle, left, right] = stations;
  assert.ok(middle && left && right);
  for (const other of [left, right]) {
    middle.dial(other);
    await lab.runUntil(() => other.sessions.length > 0, 10_000);
  }
  await lab.runUntil(() => middle.sessions.length === 2, 10_000);
  return { lab, middle, left, right };
}

function flowTo(station: Station, far: Station, priority: number): SendFlow {
  const { ip } = far.address;
  const session = station.sessions.find(({ destination }) => destination.ip === ip);
  assert.ok(session);
  const metadata = new TextEncoder().encode("x");
  return station.driver.turn(() => session.openFlow({ metadata, priority }));
}

test("what is urgent in one session goes before what is not in another", async () => {
  for (const urgent of ["left", "right"] as const) {
    const { lab, ...stations } = await threeStations();
    const { middle, left, right } = stations;
    const patient = urgent === "left" ? "right" : "left";
    const flows = {
      low: flowTo(middle, stations[patient], 1),
      high: flowTo(middle, stations[urgent], 2),
    };
    await lab.advance(1_000);
    const order: string[] = [];
    lab.scriptLoss((_, from, to) => {
      if (from.ip === middle.address.ip) order.push(to.ip);
      return false;
    });
    middle.driver.turn((now) => {
      for (const flow of [flows.low, flows.high]) flow.send(new Uint8Array(3_000), {}, now);
    });
    const [high, low] = [stations[urgent].address.ip, stations[patient].address.ip];
    assert.deepEqual(order.slice(0, 6), [high, high, high, low, low, low]);
    await closeStations(lab, middle, left, right);
  }
});

/** What the first `ms` of a greedy transfer bring, while the sender's other session does `meanwhile`. */
async function transfer(
  ms: number,
  meanwhile: (middle: Station, right: Station) => void,
): Promise<number> {
  const { lab, middle, left, right } = await threeStations();
  const bulk = flowTo(middle, left, 1);
  await lab.advance(1_000);
  const session: Session | undefined = left.sessions[0];
  middle.driver.turn((now) => {
    for (let count = 0; count < 500; count += 1) bulk.send(new Uint8Array(10_000), {}, now);
  });
  for (let passed = 0; passed < ms; passed += 50) {
    meanwhile(middle, right);
    await lab.advance(50);
  }
  const received = session?.stats.receivedBytes ?? 0;
  await closeStations(lab, middle, left, right);
  return received;
}

test("§3.5.2.1 bulk data yields to real-time data that its endpoint sends in another session", async () => {
  const alone = await transfer(500, () => undefined);
  const flows = new Map<Station, SendFlow>();
  const beside = await transfer(500, (middle, right) => {
    const flow = flows.get(middle) ?? flowTo(middle, right, 6);
    flows.set(middle, flow);
    middle.driver.turn((now) => flow.send(new Uint8Array(100), {}, now));
  });
  assert.ok(beside < alone * 0.8, `${beside} bytes beside real-time data, ${alone} alone`);
});

test("§3.5.2.1 the reverse flag: whoever sends bulk data yields to what its receiver gets from others", async () => {
  // The receiver of the bulk data gets real-time data in another session, and says so in its answers.
  const results: number[] = [];
  for (const isCalling of [false, true]) {
    const { lab, middle, left, right } = await threeStations();
    const bulk = flowTo(left, middle, 1);
    const voice = flowTo(right, middle, 6);
    await lab.advance(1_000);
    left.driver.turn((now) => {
      for (let count = 0; count < 500; count += 1) bulk.send(new Uint8Array(10_000), {}, now);
    });
    for (let passed = 0; passed < 500; passed += 50) {
      if (isCalling) right.driver.turn((now) => voice.send(new Uint8Array(100), {}, now));
      await lab.advance(50);
    }
    results.push(left.session.stats.sentBytes);
    await closeStations(lab, middle, left, right);
  }
  const [alone = 0, beside = 0] = results;
  assert.ok(beside < alone * 0.8, `${beside} bytes beside real-time data, ${alone} alone`);
});
