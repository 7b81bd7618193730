import assert from "node:assert/strict";
import { test } from "node:test";
import type { SendFlow } from "../../protocol/flow/send-flow.ts";
import { closeStations, connectedStations } from "../support/two-stations.ts";

test("§3.6.3.4.1 messages that go back and forth bring their acknowledgements along", async () => {
  const ROUNDS = 200;
  const { lab, one, other } = await connectedStations(1, { delayMs: 10 });
  const there = one.openFlow("there");
  const back = other.openFlow("back");
  let rounds = 0;
  const answer = (station: typeof one, flow: SendFlow): void => {
    station.onEvent = (event) => {
      if (event.type !== "message") return;
      rounds += 1;
      if (rounds < 2 * ROUNDS) station.send(flow, `${rounds}`);
    };
  };
  answer(one, there);
  answer(other, back);
  const [session] = one.sessions;
  assert.ok(session);
  const before = session.stats;
  one.send(there, "0");
  await lab.runUntil(() => rounds === 2 * ROUNDS, 60_000);
  const sent = session.stats.sentPackets - before.sentPackets;
  const received = session.stats.receivedPackets - before.receivedPackets;
  // New flows are acknowledged at once.
  assert.ok(sent <= ROUNDS + 4, `${sent} packets for ${ROUNDS} messages`);
  assert.ok(received <= ROUNDS + 4, `${received} packets for ${ROUNDS} messages`);
  await closeStations(lab, one, other);
});

test("answers to messages that came together leave together", async () => {
  const { lab, one, other } = await connectedStations(2, { delayMs: 10 });
  const questions = one.openFlow("questions");
  const answers = other.openFlow("answers");
  other.onEvent = (event) => {
    if (event.type === "message") other.send(answers, "an answer");
  };
  const [session] = other.sessions;
  assert.ok(session);
  const before = session.stats.sentPackets;
  one.driver.turn((now) => {
    for (let count = 0; count < 10; count += 1) questions.send(new Uint8Array(10), {}, now);
  });
  await lab.runUntil(() => one.messages.length === 10, 5_000);
  assert.ok(session.stats.sentPackets - before <= 2, "an acknowledgement at once, all answers");
  await closeStations(lab, one, other);
});
