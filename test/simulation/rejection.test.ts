import assert from "node:assert/strict";
import { test } from "node:test";
import { eachSeed } from "../support/seeds.ts";
import { closeStations, connectedStations } from "../support/two-stations.ts";

const isWanted = (metadata: Uint8Array): boolean => new TextDecoder().decode(metadata) === "wanted";

test("§3.6.3.7 a flow that nobody accepts is rejected, others are not affected", async () => {
  await eachSeed(20, async (seed) => {
    const { lab, one, other } = await connectedStations(seed, { loss: 0.2 });
    other.accepts = ({ metadata }) => isWanted(metadata);
    const [unwanted, wanted] = [one.openFlow("unwanted"), one.openFlow("wanted")];
    const outcomes: boolean[] = [];
    for (let count = 0; count < 5; count += 1) {
      one.send(unwanted, "x".repeat(3_000)).onOutcome = (isDelivered) => outcomes.push(isDelivered);
      one.send(wanted, "x".repeat(3_000));
    }
    await lab.runUntil(() => one.eventsOf("flow-rejected").length > 0, 30_000);
    await lab.runUntil(() => wanted.queuedBytes === 0, 30_000);
    await lab.runUntil(() => unwanted.state === "COMPLETE_LINGER", 30_000);
    const [rejected, ...more] = one.eventsOf("flow-rejected");
    assert.deepEqual([rejected?.flow, rejected?.exceptionCode, more], [unwanted, 0, []]);
    assert.equal(outcomes.length, 5);
    assert.equal(outcomes.at(-1), false);
    assert.equal(other.messages.length, 5);
    assert.ok(other.messages.every(({ flow }) => isWanted(flow.metadata)));
    await closeStations(lab, one, other);
  });
});

test("§3.6.3.7 a flow is rejected in the middle, with a code of the application", async () => {
  const { lab, one, other } = await connectedStations(1);
  other.onEvent = (event) => {
    if (event.type !== "message" || other.messages.length < 3) return;
    other.driver.turn(() => event.flow.reject(404));
  };
  const flow = one.openFlow("stream");
  for (let count = 0; count < 10; count += 1) {
    one.send(flow, `${count}`);
    await lab.advance(50);
    if (flow.state !== "OPEN") break;
  }
  assert.equal(one.eventsOf("flow-rejected")[0]?.exceptionCode, 404);
  assert.equal(other.messages.length, 3);
  assert.equal(other.eventsOf("flow-ended")[0]?.isComplete, false);
  assert.throws(() => one.send(flow, "more"));
  await closeStations(lab, one, other);
});

test("§3.6.3.1 an answer to a flow that is closed meanwhile is rejected", async () => {
  const { lab, one, other } = await connectedStations(1);
  const question = one.openFlow("question");
  one.send(question, "?");
  await lab.runUntil(() => other.messages.length === 1, 1_000);
  one.driver.turn(() => question.close());
  const answer = other.openFlow("answer", { returnAssociation: question.id });
  other.send(answer, "!");
  await lab.advance(1_000);
  assert.equal(other.eventsOf("flow-rejected")[0]?.flow, answer);
  assert.deepEqual(one.eventsOf("flow"), []);
  await closeStations(lab, one, other);
});
