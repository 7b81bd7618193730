import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FlowPair } from "../../support/flow-pair.ts";
import { Step } from "../../support/step.ts";

/** The model is what was sent: everything that matters is compared with it after each step. */
function step(name: string, act: (pair: FlowPair) => void): Step<FlowPair> {
  return new Step(name, act, (pair) => {
    checkDelivered(pair);
    checkParents(pair);
  });
}

/** Each once; in sequence order, and the gap flag exactly where something is missing. */
function checkDelivered({ receiver, sent, wasInNetworkOrder }: FlowPair): void {
  if (wasInNetworkOrder) {
    checkEachOnce(receiver.texts());
    return;
  }
  let next = 0;
  for (const told of receiver.texts()) {
    const hasGap = told.startsWith("…");
    const text = hasGap ? told.slice(1) : told;
    const index = sent.findIndex((message) => message.text === text);
    assert.ok(index >= next, `out of order or twice: ${text}`);
    assert.equal(hasGap, index > next, `gap before ${text}`);
    next = index + 1;
  }
}

function checkEachOnce(texts: readonly string[]): void {
  const plain = texts.map((text) => text.replace("…", ""));
  assert.equal(new Set(plain).size, plain.length, "delivered twice");
}

/** Nothing is worth sending whose parent is lost, from the moment it is. */
function checkParents({ sent }: FlowPair): void {
  for (const { message, parent, text } of sent) {
    if (parent?.isLost) assert.notEqual(message.state, "QUEUED", text);
  }
}

function checkEnd(pair: FlowPair): void {
  const texts = new Set(pair.receiver.texts().map((text) => text.replace("…", "")));
  for (const { text, message, outcome } of pair.sent) {
    assert.notEqual(message.state, "QUEUED", text);
    if (!message.isAbandoned) assert.ok(texts.has(text), `not delivered: ${text}`);
    assert.equal(outcome, !message.isAbandoned, `outcome of ${text}`);
  }
  assert.equal(pair.sender.flows.outstandingBytes, 0);
  const isClosed = pair.flow.state !== "OPEN";
  if (isClosed) assert.equal(pair.flow.state, "COMPLETE_LINGER");
  if (isClosed) assert.deepEqual(pair.receiver.ends(), [true]);
}

/** Applies `use` to one of the packets under way, if there is one. */
function pick(packets: Uint8Array[], at: number, use: (index: number) => void): void {
  if (packets.length > 0) use(at % packets.length);
}

const place = fc.nat(9);
const direction = fc.constantFrom("there" as const, "back" as const);
const limitMs = fc.option(fc.integer({ min: 1, max: 400 }), { nil: undefined });
const times = fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined, freq: 2 });
const parentAt = fc.option(fc.nat(5), { nil: undefined, freq: 2 });
const steps: fc.Arbitrary<Step<FlowPair>>[] = [
  fc
    .tuple(fc.nat(150), limitMs, limitMs, times, parentAt)
    .map(([length, deadlineMs, startByMs, maxTransmissions, at]) => {
      const name = `send(${length}, ${deadlineMs}, ${startByMs}, ${maxTransmissions}, ${at})`;
      return step(name, (pair) => {
        const parent = at === undefined ? undefined : pair.sent.at(-1 - at)?.message;
        pair.send(length, { deadlineMs, startByMs, maxTransmissions, parent });
      });
    }),
  place.map((at) => step(`abandon(${at})`, (pair) => pair.sent.at(-1 - at)?.message.abandon())),
  fc.constant(step("transmit", (pair) => void pair.transmit(800))),
  fc.constant(step("answer", (pair) => void pair.answer())),
  fc.tuple(direction, place).map(([way, at]) =>
    step(`arrive(${way}, ${at})`, (pair) => {
      pick(pair[way], at, (index) => {
        for (const packet of pair[way].splice(index, 1)) {
          if (way === "there") pair.arriveThere(packet);
          else pair.arriveBack(packet);
        }
      });
    }),
  ),
  fc.tuple(direction, place).map(([way, at]) =>
    step(`lose(${way}, ${at})`, (pair) => {
      pick(pair[way], at, (index) => pair[way].splice(index, 1));
    }),
  ),
  fc.tuple(direction, place).map(([way, at]) =>
    step(`double(${way}, ${at})`, (pair) => {
      pick(pair[way], at, (index) => pair[way].push(...pair[way].slice(index, index + 1)));
    }),
  ),
  fc.constant(step("time out", (pair) => void pair.sender.flows.loseAll())),
  fc.integer({ min: 1, max: 300 }).map((ms) => step(`pass(${ms})`, (pair) => pair.pass(ms))),
  fc.constant(step("pause", (pair) => pair.receiver.opened[0]?.pause())),
  fc
    .constantFrom("sequence" as const, "network" as const, "hold" as const)
    .map((order) => step(`order(${order})`, (pair) => pair.setOrder(order))),
  fc.constant(step("resume", (pair) => pair.receiver.opened[0]?.resume())),
];

test("§3.6 whatever the network does: in its order, each once, and nothing missing but what was abandoned", () => {
  const commands = fc.commands(steps, { maxCommands: 150, size: "max" });
  fc.assert(
    fc.property(commands, fc.boolean(), (list, isClosing) => {
      const pair = new FlowPair();
      fc.modelRun(() => ({ model: {}, real: pair }), list);
      if (isClosing) pair.flow.close();
      pair.settle();
      checkDelivered(pair);
      checkEnd(pair);
    }),
    { numRuns: 1_000 },
  );
});

test("§3.6.2.7.1 a lost chunk that told of abandoned messages is made up for", () => {
  const pair = new FlowPair();
  pair.send(1, { deadlineMs: 2 });
  pair.send(1, { deadlineMs: 1 });
  pair.pass(1);
  pair.send(1, {});
  pair.transmit();
  pair.pass(1);
  pair.sender.flows.loseAll();
  const [first] = pair.there.splice(0);
  if (first) pair.arriveThere(first);
  pair.transmit();
  pair.there.splice(0); // It told to skip the second message, and is lost.
  pair.settle();
  checkDelivered(pair);
  checkEnd(pair);
});
