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
