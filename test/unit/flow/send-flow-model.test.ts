import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SEND_FLOW_LINGER_MS } from "../../../protocol/params.ts";
import { LiedSender } from "../../support/lied-sender.ts";
import { Step } from "../../support/step.ts";

const step = (name: string, act: (lied: LiedSender) => void): Step<LiedSender> =>
  new Step(name, act, (lied) => lied.check());
/** One beyond the last flow: a far end may name any. */
const at = fc.nat(3);
const place = fc.nat(9);
const limitMs = fc.option(fc.integer({ min: 1, max: 400 }), { nil: undefined });
const times = fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined, freq: 2 });
const parentAt = fc.option(fc.nat(5), { nil: undefined, freq: 2 });
const number = fc.oneof(
  { weight: 12, arbitrary: fc.nat(30) },
  { weight: 1, arbitrary: fc.maxSafeNat() },
);
const gaps = fc.array(fc.oneof({ weight: 8, arbitrary: fc.nat(3) }, fc.maxSafeNat()), {
  maxLength: 6,
});
/** In blocks of 1024 on the wire; here also some that are soon full. */
const windowBytes = fc.constantFrom(0, 0, 150, 150, 1_024, Number.MAX_SAFE_INTEGER);
const ack = fc.tuple(at, number, gaps, windowBytes);

const steps = [
  ...Array.from({ length: 3 }, () =>
    fc
      .tuple(fc.nat(2), fc.nat(150), limitMs, limitMs, times, parentAt)
      .map(([flowAt, length, deadlineMs, startByMs, maxTransmissions, back]) => {
        const options = { deadlineMs, startByMs, maxTransmissions };
        return step(`send(${flowAt}, ${length}, ${JSON.stringify(options)}, ${back})`, (lied) => {
          const parent = back === undefined ? undefined : lied.messages.at(-1 - back)?.message;
          lied.send(flowAt, length, { ...options, parent });
        });
      }),
  ),
  ...Array.from({ length: 4 }, () =>
    fc
      .constantFrom(800, Number.POSITIVE_INFINITY)
      .map((bytes) => step(`transmit(${bytes})`, (lied) => void lied.transmit(bytes))),
  ),
  ...Array.from({ length: 3 }, () =>
    fc.array(ack, { minLength: 1, maxLength: 3 }).map((acks) =>
      step(`acknowledge(${JSON.stringify(acks)})`, (lied) => {
        for (const one of acks) lied.acknowledge(...one);
        lied.endPacket();
      }),
    ),
  ),
  place.map((back) =>
    step(`abandon(${back})`, (lied) => lied.messages.at(-1 - back)?.message.abandon()),
  ),
  fc.constant(step("time out", ({ sender }) => void sender.flows.loseAll())),
  fc.constant(step("probe the tail", ({ sender }) => sender.flows.retryLast())),
  fc
    .oneof(
      { weight: 8, arbitrary: fc.integer({ min: 1, max: 300 }) },
      fc.constant(SEND_FLOW_LINGER_MS),
    )
    .map((ms) => step(`pass(${ms})`, ({ sender }) => void sender.advance(ms))),
  fc.tuple(at, fc.nat(3)).map(([flowAt, drawn]) =>
    step(`end(${flowAt}, ${drawn})`, (lied) => {
      if (drawn === 0) lied.except(flowAt);
      if (drawn === 1) lied.flows[flowAt]?.close();
      if (drawn === 2) lied.flows[flowAt]?.abort();
    }),
  ),
  fc.nat(40).map((drawn) =>
    step(`abort(${drawn})`, ({ sender }) => {
      if (drawn === 0) sender.flows.abort();
    }),
  ),
];

test("§3.6.2 whatever a far end says: all is counted, and each message has one outcome, in the end", () => {
  const commands = fc.commands(steps, { maxCommands: 150, size: "max" });
  fc.assert(
    fc.property(commands, (list) => {
      const lied = new LiedSender();
      fc.modelRun(() => ({ model: {}, real: lied }), list);
      lied.settle();
      lied.check();
      assert.equal(lied.sender.flows.outstandingBytes, 0);
      for (const { outcome, text } of lied.messages) assert.notEqual(outcome, undefined, text);
      for (const flow of lied.flows) flow.close();
      lied.settle();
      lied.sender.advance(SEND_FLOW_LINGER_MS);
      assert.equal(lied.sender.flows.size, 0, "all flows have left");
    }),
    { numRuns: 600 },
  );
});
