import assert from "node:assert/strict";
import { test } from "node:test";
import { eachSeed } from "../support/seeds.ts";
import { closeStations, connectedStations } from "../support/two-stations.ts";

const MESSAGES = 200;
const BYTES = 5_000;
const BUFFER_BYTES = 65_536;

function message(number: number): string {
  return `${number} ${"x".repeat(BYTES)}`;
}

test("§3.6.3.5 a receiver that pauses stops its sender, and nothing is lost when it resumes", async () => {
  await eachSeed(10, async (seed) => {
    const { lab, one, other } = await connectedStations(seed, { loss: 0.05, jitterMs: 10 });
    other.bufferBytes = BUFFER_BYTES;
    let datagrams = 0;
    lab.tap(({ fate, datagram: { from, bytes } }) => {
      if (fate === "sent" && from.ip === one.address.ip && bytes.length > 500) datagrams += 1;
    });
    const flow = one.openFlow("bulk");
    for (let number = 0; number < MESSAGES; number += 1) one.send(flow, message(number));
    await lab.runUntil(() => other.messages.length >= 20, 30_000);
    const receiving = other.eventsOf("flow")[0]?.flow;
    other.driver.turn(() => receiving?.pause());
    const got = other.messages.length;
    await lab.advance(20_000);
    assert.equal(other.messages.length, got, "paused");
    const untold = MESSAGES * BYTES - flow.queuedBytes - got * BYTES;
    assert.ok(untold < BUFFER_BYTES + 2 * BYTES, `${untold} bytes in the receiver's buffer`);
    const before = datagrams;
    await lab.advance(120_000);
    assert.ok(datagrams - before < 20, `${datagrams - before} large datagrams while paused`);
    assert.ok(one.session.isOpen && other.session.isOpen);
    other.driver.turn(() => receiving?.resume());
    await lab.runUntil(() => flow.queuedBytes === 0, 60_000);
    const expected = Array.from({ length: MESSAGES }, (_, number) => message(number));
    assert.deepEqual(other.texts, expected);
    await closeStations(lab, one, other);
  });
});

test("§3.6.2.9.1 the window opens again even if the acknowledgement that says so is lost", async () => {
  const { lab, one, other } = await connectedStations(1);
  other.bufferBytes = BUFFER_BYTES;
  const flow = one.openFlow("bulk");
  one.send(flow, "first");
  await lab.runUntil(() => other.messages.length === 1, 1_000);
  const receiving = other.eventsOf("flow")[0]?.flow;
  other.driver.turn(() => receiving?.pause());
  for (let number = 0; number < 40; number += 1) one.send(flow, message(number));
  await lab.advance(10_000);
  lab.scriptLoss((_, from) => from.ip === other.address.ip);
  other.driver.turn(() => receiving?.resume());
  await lab.advance(500);
  lab.scriptLoss(undefined);
  await lab.runUntil(() => flow.queuedBytes === 0, 65_000);
  assert.equal(other.messages.length, 41);
  await closeStations(lab, one, other);
});

test("a slow line with a short queue: everything arrives, at nearly the rate of the line", async () => {
  const { lab, one, other } = await connectedStations(1);
  lab.path("10.0.0.1", "10.0.0.2").set({ bytesPerSecond: 125_000, queueBytes: 15_000 });
  const flow = one.openFlow("bulk");
  for (let number = 0; number < MESSAGES; number += 1) one.send(flow, message(number));
  const since = lab.now;
  await lab.runUntil(() => flow.queuedBytes === 0, 60_000);
  const share = (MESSAGES * BYTES) / 125 / (lab.now - since);
  assert.ok(share > 0.8, `used ${Math.round(share * 100)} % of the line`);
  assert.equal(other.messages.length, MESSAGES);
  await closeStations(lab, one, other);
});
