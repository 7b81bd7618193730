import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { RecvFlow } from "../../../protocol/flow/recv-flow.ts";
import {
  MESSAGE_BUDGET_BYTES,
  RECV_BUDGET_BYTES,
  RECV_FLOW_LINGER_MS,
  SEQUENCE_RANGE_BYTES,
} from "../../../protocol/params.ts";
import { FragmentControl, type UserData } from "../../../protocol/wire/chunks/user-data.ts";
import { utf8 } from "../../support/bytes.ts";
import { Receiver, userData } from "../../support/receiver.ts";
import { type Reaction, RecvModel } from "../../support/recv-model.ts";
import { Step } from "../../support/step.ts";

/** A receiver whose far end sends whatever it likes, and what it ought to make of each flow. */
class Lied {
  readonly receiver: Receiver = new Receiver();
  readonly models: Map<RecvFlow, RecvModel> = new Map();
  #reaction: Reaction;
  #chunks = 0;

  constructor(isNetworkOrder: boolean) {
    this.receiver.onFlow = (flow) => {
      const model = new RecvModel(BUFFER_BYTES, LONGEST_BYTES);
      model.isNetworkOrder = isNetworkOrder;
      this.models.set(flow, model);
      const order = isNetworkOrder ? "network" : "sequence";
      flow.accept({ order, bufferBytes: BUFFER_BYTES, maxMessageBytes: LONGEST_BYTES });
    };
    this.receiver.onMessage = (flow) => {
      const reaction = this.#reaction;
      this.#reaction = undefined;
      if (reaction === "pause") flow.pause();
      if (reaction === "reject") flow.reject();
    };
  }

  /** To the next message of any flow. */
  set reaction(reaction: Reaction) {
    this.#reaction = reaction;
  }

  receive(chunk: Partial<UserData>, length: number): void {
    this.#chunks += 1;
    const data = utf8(`${this.#chunks} `.padEnd(length, "x"));
    const complete = userData({ options: { metadata: utf8("m") }, ...chunk, data });
    const reaction = this.#reaction;
    this.receiver.receive(complete);
    this.#ofFlow(complete.flowId, (flow, model) => {
      if (flow.state === "CLOSED") return;
      model.reaction = reaction;
      if (complete.sequenceNumber > 0) model.receive(complete);
      else if (complete.final && model.state === "REJECTED") model.state = "COMPLETE_LINGER";
    });
  }

  pause(id: number): void {
    this.#ofFlow(id, (flow, model) => {
      flow.pause();
      model.isPaused = true;
    });
  }

  resume(id: number): void {
    this.#ofFlow(id, (flow, model) => {
      model.reaction = this.#reaction;
      flow.resume();
      model.resume();
    });
  }

  reject(id: number): void {
    this.#ofFlow(id, (flow, model) => {
      flow.reject();
      model.reject();
    });
  }

  setOrder(id: number, isNetworkOrder: boolean): void {
    this.#ofFlow(id, (flow, model) => {
      model.reaction = this.#reaction;
      flow.setOrder(isNetworkOrder ? "network" : "sequence");
      model.isNetworkOrder = isNetworkOrder;
      model.resume();
    });
  }

  /** All that is held back is told, and flows that are complete leave. */
  finish(): void {
    this.#reaction = undefined;
    this.resume(2);
    this.resume(3);
    check(this);
    this.receiver.advance(RECV_FLOW_LINGER_MS);
    for (const [flow, { state }] of this.models) {
      if (state === "COMPLETE_LINGER") assert.equal(flow.state, "CLOSED");
    }
  }

  #ofFlow(id: number, use: (flow: RecvFlow, model: RecvModel) => void): void {
    for (const [flow, model] of this.models) {
      if (flow.id === id && !(flow.state === "CLOSED" && flow.isEnded)) use(flow, model);
    }
  }

  /** Of a flow: its messages as `Receiver.texts` has them, and its end as "end". */
  told(flow: RecvFlow): string[] {
    return this.receiver.events.flatMap((event) => {
      if (!("flow" in event) || event.flow !== flow) return [];
      if (event.type === "flow-ended") return ["end"];
      if (event.type !== "message") return [];
      return [`${event.afterGap ? "…" : ""}${new TextDecoder().decode(event.bytes)}`];
    });
  }
}

function check(lied: Lied): void {
  let waitingBytes = 0;
  let progressBytes = 0;
  for (const [flow, model] of lied.models) {
    const told = lied.told(flow);
    const end = told.indexOf("end");
    assert.ok(end === -1 || end === told.length - 1, "the end comes once, and last");
    assert.deepEqual(end === -1 ? told : told.slice(0, -1), model.told);
    if (flow.state !== "CLOSED") assert.equal(flow.state, model.state);
    const heldBytes = model.waitingBytes + model.progressBytes;
    assert.ok(end === -1 || heldBytes === 0, "nothing is kept of a flow that has ended");
    waitingBytes += model.waitingBytes;
    progressBytes += model.progressBytes;
    if (flow.state !== "CLOSED") waitingBytes += model.ranges * SEQUENCE_RANGE_BYTES;
  }
  const { freeBytes, heldBytes } = lied.receiver.flows.budget;
  assert.equal(RECV_BUDGET_BYTES - MESSAGE_BUDGET_BYTES - freeBytes, waitingBytes);
  assert.equal(heldBytes, waitingBytes + progressBytes);
}

/** What is acknowledged is what has arrived, or was given up by the far end. */
function checkAcks(lied: Lied): void {
  for (const { flowId, cumulative, ranges } of lied.receiver.acks()) {
    for (const [flow, { seen, cumulative: expected }] of lied.models) {
      if (flow.id !== flowId || flow.state === "CLOSED") continue;
      assert.equal(cumulative, expected);
      const beyond = [...seen].filter((number) => number > cumulative).sort((a, b) => a - b);
      const told = ranges.flatMap(({ from, to }) =>
        Array.from({ length: to - from + 1 }, (_, index) => from + index),
      );
      assert.deepEqual(told, beyond);
    }
  }
}

const BUFFER_BYTES = 2_048;
const LONGEST_BYTES = 450;

const flowId = fc.constantFrom(2, 2, 2, 3);
const step = (name: string, act: (lied: Lied) => void): Step<Lied> => new Step(name, act, check);
/** Mostly near each other, so that they make messages; now and then anything. */
const number = fc.oneof(
  { weight: 120, arbitrary: fc.nat(24) },
  { weight: 1, arbitrary: fc.maxSafeNat() },
);
const { whole, begin, middle, end } = FragmentControl;
/** By their numbers, so that fragments fit together; a lie takes the place of one in eight. */
const TRUE_CONTROLS = [whole, begin, middle, middle, end] as const;
const lie = fc.option(fc.constantFrom(whole, begin, middle, end), { nil: undefined, freq: 8 });
const rarely = fc.nat(60).map((drawn) => drawn === 0);
const chunk = fc.record({
  flowId,
  sequenceNumber: number,
  /** By how much the forward sequence number is less. */
  behind: fc.oneof(
    { weight: 12, arbitrary: fc.constant(Number.MAX_SAFE_INTEGER) },
    { weight: 1, arbitrary: fc.nat(8) },
  ),
  lie,
  abandoned: rarely,
  final: rarely,
  length: fc.nat(200),
});
const receive = chunk.map((fields) => {
  const { behind, length, lie: told, ...rest } = fields;
  const { sequenceNumber } = rest;
  const forwardSequenceNumber = Math.max(0, sequenceNumber - behind);
  const control = told ?? TRUE_CONTROLS[sequenceNumber % TRUE_CONTROLS.length] ?? whole;
  return step(`receive(${JSON.stringify(fields)})`, (lied) =>
    lied.receive({ ...rest, forwardSequenceNumber, control }, length),
  );
});
const order = fc
  .tuple(flowId, fc.boolean())
  .map(([id, isNetworkOrder]) =>
    step(`order(${id}, ${isNetworkOrder})`, (lied) => lied.setOrder(id, isNetworkOrder)),
  );
const react = fc
  .constantFrom("pause" as const, "pause" as const, "reject" as const)
  .map((reaction) =>
    step(`${reaction} next time`, (lied) => {
      lied.reaction = reaction;
    }),
  );
const pass = fc
  .constantFrom(100, RECV_FLOW_LINGER_MS)
  .map((ms) => step(`pass(${ms})`, ({ receiver }) => receiver.advance(ms)));
const anyStep = fc.oneof(
  { weight: 120, arbitrary: receive },
  { weight: 8, arbitrary: fc.constant(step("acknowledge", checkAcks)) },
  { weight: 4, arbitrary: flowId.map((id) => step(`pause(${id})`, (lied) => lied.pause(id))) },
  { weight: 8, arbitrary: flowId.map((id) => step(`resume(${id})`, (lied) => lied.resume(id))) },
  { weight: 1, arbitrary: flowId.map((id) => step(`reject(${id})`, (lied) => lied.reject(id))) },
  { weight: 2, arbitrary: order },
  { weight: 1, arbitrary: react },
  { weight: 3, arbitrary: pass },
);

test("§3.6.3 whatever a far end sends: what a map of its fragments makes of it, and nothing is kept", () => {
  const commands = fc.commands([anyStep], { maxCommands: 150, size: "max" });
  fc.assert(
    fc.property(commands, fc.boolean(), fc.boolean(), (list, isNetworkOrder, isPatient) => {
      const lied = new Lied(isNetworkOrder);
      fc.modelRun(() => ({ model: {}, real: lied }), list);
      if (isPatient) lied.finish();
      lied.receiver.flows.abort();
      for (const [flow] of lied.models) assert.equal(lied.told(flow).at(-1), "end");
      assert.equal(lied.receiver.flows.budget.heldBytes, 0);
    }),
    { numRuns: 600 },
  );
});
