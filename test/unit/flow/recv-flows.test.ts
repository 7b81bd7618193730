import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_RECV_FLOWS } from "../../../protocol/params.ts";
import { utf8 } from "../../support/bytes.ts";
import { Receiver, userData } from "../../support/receiver.ts";
import { Sender } from "../../support/sender.ts";

test("§3.6.3.1 a new flow tells its metadata and the flow that it answers", () => {
  const receiver = new Receiver();
  const ours = new Sender().open();
  receiver.sendFlow = (id) => (id === 7 ? ours : undefined);
  receiver.receive({ options: { metadata: utf8("hello"), returnAssociation: 7 } });
  assert.equal(receiver.flow.id, 2);
  assert.deepEqual(receiver.flow.metadata, utf8("hello"));
  assert.equal(receiver.flow.association, ours);
  assert.ok(receiver.flow.isAccepted);
  assert.deepEqual(receiver.texts(), ["1"]);
});

test("§3.6.3.1 the first chunk to arrive opens the flow, whatever its number", () => {
  const receiver = new Receiver();
  receiver.receive({ sequenceNumber: 3, options: { metadata: utf8("m") } });
  receiver.receive({ sequenceNumber: 1 }, { sequenceNumber: 2 });
  assert.deepEqual(receiver.texts(), ["1", "2", "3"]);
});

const refusals: readonly (readonly [string, Parameters<typeof userData>[0]["options"]])[] = [
  ["no options", undefined],
  ["no metadata", { returnAssociation: 7 }],
  ["an association with no flow of ours", { metadata: utf8("m"), returnAssociation: 8 }],
  ["an unknown mandatory option", { metadata: utf8("m"), hasUnknownMandatory: true }],
];

for (const [name, options] of refusals) {
  test(`§3.6.3.1 ${name}: the flow is rejected with code 0 and nobody hears of it`, () => {
    const receiver = new Receiver();
    const ours = new Sender().open();
    receiver.sendFlow = (id) => (id === 7 ? ours : undefined);
    receiver.receive({ options });
    assert.deepEqual(receiver.events, []);
    const [ack] = receiver.acks();
    assert.equal(ack?.exceptionCode, 0);
    assert.equal(ack?.cumulative, 1);
    receiver.receive({ sequenceNumber: 2 });
    assert.equal(receiver.acks()[0]?.exceptionCode, 0, "before every acknowledgement");
  });
}

test("§3.6.3.1 an association with a flow of ours that is not open is no good", () => {
  const receiver = new Receiver();
  const ours = new Sender().open();
  ours.close();
  receiver.sendFlow = () => ours;
  receiver.receive({ options: { metadata: utf8("m"), returnAssociation: 7 } });
  assert.deepEqual(receiver.events, []);
  assert.equal(receiver.acks()[0]?.exceptionCode, 0);
});

test("§3.6.3.2 an unknown mandatory option later on rejects the flow and tells the user", () => {
  const receiver = new Receiver();
  receiver.receive({ sequenceNumber: 1 });
  receiver.receive({ sequenceNumber: 2, options: { hasUnknownMandatory: true } });
  assert.equal(receiver.flow.state, "REJECTED");
  assert.deepEqual(receiver.ends(), [false]);
  assert.equal(receiver.acks()[0]?.exceptionCode, 0);
});

test("§3.6.3.7 the user rejects with a code; what arrives is acknowledged and not delivered", () => {
  const receiver = new Receiver();
  receiver.receive({ sequenceNumber: 1 });
  receiver.acks();
  receiver.flow.reject(99);
  receiver.flow.reject(98);
  assert.ok(receiver.wakes > 0);
  const [ack] = receiver.acks();
  assert.equal(ack?.exceptionCode, 99);
  receiver.receive({ sequenceNumber: 2 });
  assert.deepEqual(receiver.texts(), ["1"]);
  assert.deepEqual(receiver.ends(), [false]);
  assert.equal(receiver.acks()[0]?.cumulative, 2);
  receiver.receive({ sequenceNumber: 3, final: true });
  assert.equal(receiver.flow.state, "COMPLETE_LINGER");
});

test("a flow may be rejected before the user hears of it: accepting it is too late, and no error", () => {
  const receiver = new Receiver();
  receiver.onFlow = () => undefined;
  receiver.receive(
    { sequenceNumber: 1 },
    { sequenceNumber: 2, options: { hasUnknownMandatory: true } },
  );
  receiver.flow.accept();
  assert.equal(receiver.flow.isAccepted, false);
  assert.deepEqual(receiver.ends(), [false]);
});

test("a far end opens so many flows and no more, until completed ones have lingered", () => {
  const receiver = new Receiver();
  for (let flowId = 1; flowId <= MAX_RECV_FLOWS; flowId += 1) {
    receiver.receive({ flowId, final: flowId === 1 });
  }
  assert.equal(receiver.flows.receive(userData({ flowId: 5_000 }), 0), false);
  assert.equal(receiver.flows.size, MAX_RECV_FLOWS);
  receiver.advance(120_000);
  assert.equal(receiver.flows.receive(userData({ flowId: 5_000 }), 0), true);
});
