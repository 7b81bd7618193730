import assert from "node:assert/strict";
import { test } from "node:test";
import { closeStations, connectedStations } from "../support/two-stations.ts";

const SESSIONS = 60;
const MESSAGES = 10;

/** Sparse messages in sessions that are new: no acknowledgement of later data tells of their loss. */
test("a lost message at the end of what there is to send is repeated soon", async (t) => {
  const latenciesMs: number[] = [];
  for (let seed = 1; seed <= SESSIONS; seed += 1) {
    const { lab, one, other } = await connectedStations(seed, { loss: 0.05, delayMs: 25 });
    other.onEvent = (event, now) => {
      if (event.type !== "message") return;
      latenciesMs.push(now - Number(new TextDecoder().decode(event.bytes)));
    };
    const flow = one.openFlow("sparse");
    for (let count = 0; count < MESSAGES; count += 1) {
      one.send(flow, `${lab.now}`);
      await lab.advance(700);
    }
    await lab.runUntil(() => flow.queuedBytes === 0, 60_000);
    await closeStations(lab, one, other);
  }
  latenciesMs.sort((first, second) => first - second);
  const share = (part: number): number => latenciesMs[Math.floor(latenciesMs.length * part)] ?? 0;
  t.diagnostic(
    `seeds 1 to ${SESSIONS}: p50 ${share(0.5)}, p99 ${share(0.99)}, all ${share(0.999)} ms`,
  );
  assert.equal(latenciesMs.length, SESSIONS * MESSAGES);
  assert.ok(share(0.99) < 700, `${share(0.99)}`);
  assert.ok(share(0.999) < 2_500, `${share(0.999)}`);
});

/** The first datagram of a message in a new session is lost; answers when the message arrives, ms. */
async function arrivalAfterLoss(before: number): Promise<number> {
  const { lab, one, other } = await connectedStations(1, { delayMs: 25 });
  const flow = one.openFlow("sparse");
  for (let count = 0; count < before; count += 1) {
    // Round trips that vary: their timeout is later than the probe.
    lab.setConditions({ delayMs: count % 2 === 0 ? 25 : 250 });
    one.send(flow, "before");
    await lab.advance(1_500);
  }
  const sentAt = lab.now;
  lab.scriptLoss((_index, from) => from.ip === one.address.ip && lab.now === sentAt);
  one.send(flow, "lost");
  await lab.runUntil(() => other.texts.includes("lost"), 10_000);
  const arrivedMs = lab.now - sentAt;
  await closeStations(lab, one, other);
  return arrivedMs;
}

test("RFC 8985 §7.2 it is the probe that repeats it, before the retransmission timeout would", async () => {
  const first = await arrivalAfterLoss(0);
  assert.ok(first >= 1_000 && first < 1_100, `nothing was measured: ${first} ms, not 3 000`);
  const later = await arrivalAfterLoss(9);
  assert.ok(later < 1_000, `round trips vary: ${later} ms, not 1 300`);
});

/** All datagrams of a message at the end of what there is to send are lost; how long it takes, ms. */
async function arrivalAfterLossOf(bytes: number): Promise<number> {
  const { lab, one, other } = await connectedStations(1, { delayMs: 1 });
  const flow = one.openFlow("message");
  const send = (length: number): unknown => one.send(flow, "x".repeat(length));
  send(200_000);
  await lab.advance(3_000);
  // Its acknowledgement lets out a burst of six packets, and no more.
  send(1);
  await lab.advance(3_000);
  const sentAt = lab.now;
  lab.scriptLoss((_index, from) => from.ip === one.address.ip && lab.now < sentAt + 5);
  send(bytes);
  await lab.runUntil(() => other.texts.at(-1)?.length === bytes, 10_000);
  const arrivedMs = lab.now - sentAt;
  await closeStations(lab, one, other);
  return arrivedMs;
}

test("RFC 8985 §7 one probe is enough, however many packets were lost, and whether the burst is used up", async () => {
  for (const bytes of [500, 2_000, 7_000, 20_000]) {
    const arrivedMs = await arrivalAfterLossOf(bytes);
    assert.ok(arrivedMs < 230, `${bytes} bytes: ${arrivedMs} ms`);
  }
});
