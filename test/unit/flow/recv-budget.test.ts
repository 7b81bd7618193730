import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BUFFERED_FRAGMENT_BYTES,
  MAX_MESSAGE_BYTES,
  MAX_SEQUENCE_RANGES,
  RECV_BUDGET_BYTES,
  RECV_BUFFER_BYTES,
  RECV_FLOW_LINGER_MS,
  SEQUENCE_RANGE_BYTES,
} from "../../../protocol/params.ts";
import { FragmentControl } from "../../../protocol/wire/chunks/user-data.ts";
import { utf8 } from "../../support/bytes.ts";
import { garbageCollector } from "../../support/garbage.ts";
import { Receiver, type SentAck, userData } from "../../support/receiver.ts";

const DATA = new Uint8Array(60_000);
const options = { metadata: utf8("m") };

/** Fragments of a message that does not end yet. */
function receiveBegin(receiver: Receiver, flowId: number, bytes: number): void {
  for (let number = 1; (number - 1) * DATA.length < bytes; number += 1) {
    const control = number === 1 ? FragmentControl.begin : FragmentControl.middle;
    receiver.receive({ flowId, sequenceNumber: number, control, data: DATA, options });
  }
}

/** Fills the buffer of a flow that its user has paused. */
function receivePaused(receiver: Receiver, flowId: number): void {
  receiver.onFlow = (flow) => {
    flow.accept();
    flow.pause();
  };
  for (let number = 1; number * DATA.length < RECV_BUFFER_BYTES + DATA.length; number += 1) {
    receiver.receive({ flowId, sequenceNumber: number, data: DATA, options });
  }
  receiver.onFlow = (flow) => flow.accept();
}

function windowOf(receiver: Receiver, flowId: number): number | undefined {
  receiver.flows.probe(flowId);
  return allAcks(receiver).findLast((ack) => ack.flowId === flowId)?.bufferBytes;
}

function allAcks(receiver: Receiver): SentAck[] {
  const all: SentAck[] = [];
  for (let acks = receiver.acks(); acks.length > 0; acks = receiver.acks()) all.push(...acks);
  return all;
}

test("§3.6.3.5 a session has one receive budget: messages that exceed it end their flows", () => {
  const receiver = new Receiver();
  for (let flowId = 2; flowId < 42; flowId += 1) receiveBegin(receiver, flowId, 3_000_000);
  const rejected = receiver.opened.filter(({ state }) => state === "REJECTED");
  const held = (receiver.opened.length - rejected.length) * 3_000_000;
  assert.ok(held < RECV_BUDGET_BYTES && held > RECV_BUDGET_BYTES / 2, `${held}`);
  assert.deepEqual(
    receiver.ends(),
    rejected.map(() => false),
  );
  const exceptions = allAcks(receiver).filter(({ exceptionCode }) => exceptionCode !== undefined);
  assert.equal(exceptions.length, rejected.length);
});

test("§3.6.3.5 a window is the smaller of what flow and session have room for", () => {
  const receiver = new Receiver();
  for (let flowId = 2; flowId < 20; flowId += 1) receivePaused(receiver, flowId);
  receiver.receive({ flowId: 99, sequenceNumber: 1, options });
  assert.equal(windowOf(receiver, 99), 1_024);
  receiver.receive({ flowId: 99, sequenceNumber: 3, data: DATA });
  receiver.receive({ flowId: 99, sequenceNumber: 4, data: DATA });
  assert.equal(receiver.obligatory(), "0-1", "what has to wait is not taken");
  for (const flow of receiver.opened) flow.resume();
  assert.equal(windowOf(receiver, 99), RECV_BUFFER_BYTES);
});

test("§3.6.3.5 a message in progress goes on when everything else is full", () => {
  const receiver = new Receiver();
  for (let flowId = 2; flowId < 20; flowId += 1) receivePaused(receiver, flowId);
  receiveBegin(receiver, 99, MAX_MESSAGE_BYTES - 2 * DATA.length);
  const sequenceNumber = Math.ceil(MAX_MESSAGE_BYTES / DATA.length) - 1;
  receiver.receive({ flowId: 99, sequenceNumber, control: FragmentControl.end });
  assert.ok((receiver.texts()[0]?.length ?? 0) > MAX_MESSAGE_BYTES - 3 * DATA.length);
});

test("what ends gives back what it held", () => {
  const receiver = new Receiver();
  for (let flowId = 2; flowId < 15; flowId += 1) receiveBegin(receiver, flowId, 3_000_000);
  for (const flowId of [15, 16, 17]) receivePaused(receiver, flowId);
  receiver.receive({ flowId: 99, sequenceNumber: 1, options });
  assert.equal(windowOf(receiver, 99), 1_024);
  for (const flow of receiver.opened.slice(0, 16)) flow.reject();
  assert.equal(receiver.flows.budget.heldBytes, 0);
  assert.equal(windowOf(receiver, 99), RECV_BUFFER_BYTES);
});

test("§3.6.3.5 the message in progress leaves the window as it is, or its rest would come block by block", () => {
  const receiver = new Receiver();
  const data = new Uint8Array(1_024);
  const count = Math.floor(MAX_MESSAGE_BYTES / data.length);
  for (let number = 1; number < count; number += 1) {
    const control = number === 1 ? FragmentControl.begin : FragmentControl.middle;
    receiver.receive({ sequenceNumber: number, control, data });
    if (number % 1_000 === 0) assert.equal(windowOf(receiver, 2), RECV_BUFFER_BYTES);
  }
  receiver.receive({ sequenceNumber: count, control: FragmentControl.end, data });
  assert.equal(receiver.texts()[0]?.length, count * data.length);
});

test("fragments that wait take no more memory than is counted, however short they are", () => {
  const collect = garbageCollector();
  const receiver = new Receiver();
  receiver.onFlow = (flow) => flow.accept({ bufferBytes: 1e9 });
  receiver.receive({ sequenceNumber: 1 });
  const [first, count] = [3, 20_000];
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let at = 0; at < count; at += 1) {
    receiver.flows.receive(
      userData({ sequenceNumber: first + at, data: DATA.slice(0, at % 2) }),
      0,
    );
  }
  collect();
  const taken = process.memoryUsage().heapUsed - before;
  const { heldBytes } = receiver.flows.budget;
  assert.ok(heldBytes >= count * BUFFERED_FRAGMENT_BYTES);
  assert.ok(taken < heldBytes, `${taken} of ${heldBytes}`);
});

test("what waits does not keep the packets that it came in", () => {
  const receiver = new Receiver();
  const packet = new Uint8Array(16_384).fill(0x61);
  const small = packet.subarray(100, 103);
  const full = packet.subarray(0, 1_100);
  receiver.receive({ sequenceNumber: 1 });
  receiver.receive({ sequenceNumber: 3, data: small }, { sequenceNumber: 4, data: full });
  receiver.receive({ sequenceNumber: 2 });
  const kept = receiver.events.flatMap((event) =>
    event.type === "message" && event.bytes[0] === 0x61 ? [event.bytes.buffer.byteLength] : [],
  );
  assert.deepEqual(receiver.texts().slice(2), ["aaa", "a".repeat(1_100)]);
  assert.deepEqual(kept, [3, packet.length]);
});

test("a flow's metadata does not keep the packet that it came in", () => {
  const receiver = new Receiver();
  const metadata = new Uint8Array(16_384).subarray(100, 103);
  receiver.receive({ options: { metadata } });
  assert.equal(receiver.flow.metadata.buffer.byteLength, 3);
});

test("what a far end sent beyond the end of its flow, or began there, is given back", () => {
  const receiver = new Receiver();
  const { freeBytes } = receiver.flows.budget;
  const { begin } = FragmentControl;
  receiver.receive({ sequenceNumber: 1, control: begin, final: true });
  receiver.receive({ flowId: 3, sequenceNumber: 3, options });
  receiver.receive({ flowId: 3, sequenceNumber: 1, final: true });
  assert.deepEqual(receiver.ends(), [true, true]);
  assert.equal(receiver.flows.budget.freeBytes, freeBytes - SEQUENCE_RANGE_BYTES);
  receiver.advance(RECV_FLOW_LINGER_MS);
  assert.equal(receiver.flows.budget.freeBytes, freeBytes);
});

test("§3.6.3.5 numbers out of sequence take room in all states of a flow, until it has gone", () => {
  const receiver = new Receiver();
  const { freeBytes } = receiver.flows.budget;
  receiver.onFlow = (flow) => (flow.id % 2 === 0 ? flow.accept() : flow.reject());
  const flows = 400;
  for (let flowId = 0; flowId < flows; flowId += 1) {
    for (let range = 1; range <= MAX_SEQUENCE_RANGES; range += 1) {
      const sequenceNumber = 2 * range;
      receiver.flows.receive(userData({ flowId, sequenceNumber, abandoned: true, options }), 0);
    }
  }
  const held = freeBytes - receiver.flows.budget.freeBytes;
  assert.ok(held >= freeBytes && held < freeBytes + SEQUENCE_RANGE_BYTES, `${held}`);
  assert.ok(held < flows * MAX_SEQUENCE_RANGES * SEQUENCE_RANGE_BYTES);
  const final = { sequenceNumber: 1, forwardSequenceNumber: 2 * MAX_SEQUENCE_RANGES, final: true };
  for (let flowId = 0; flowId < flows; flowId += 1) receiver.receive({ flowId, ...final });
  assert.equal(receiver.flows.budget.freeBytes, freeBytes, "nothing is out of sequence any more");
});

test("§3.6.3.7 §3.6.3.8 a flow goes on to its end although numbers out of sequence have no room", () => {
  const receiver = new Receiver();
  receiver.onFlow = (flow) => (flow.id === 2 ? flow.accept() : flow.reject());
  receiver.flows.budget.change(receiver.flows.budget.freeBytes);
  for (const flowId of [2, 3]) {
    receiver.receive({ flowId, sequenceNumber: 1, options });
    receiver.receive({ flowId, sequenceNumber: 3, abandoned: true, final: true });
    const [ack] = allAcks(receiver).slice(-1);
    assert.deepEqual([ack?.flowId, ack?.cumulative, ack?.ranges], [flowId, 1, []]);
    receiver.receive({ flowId, sequenceNumber: 2, abandoned: true });
    receiver.receive({ flowId, sequenceNumber: 3, abandoned: true, final: true });
  }
  assert.deepEqual(
    receiver.opened.map(({ state }) => state),
    ["COMPLETE_LINGER", "COMPLETE_LINGER"],
  );
});

test("§3.6.3.8 a flow ends although there is no room, if its last number is skipped as well", () => {
  const receiver = new Receiver();
  receiver.receive({ sequenceNumber: 1 });
  receiver.flows.budget.change(receiver.flows.budget.freeBytes);
  const end = { sequenceNumber: 5, forwardSequenceNumber: 5, abandoned: true, final: true };
  receiver.receive(end);
  assert.equal(receiver.obligatory(), "0-5", "it is not going to be sent again");
  assert.deepEqual(receiver.ends(), [true]);
});

test("a message that turns out too long when its flow is complete already ends the flow", () => {
  const receiver = new Receiver();
  const { freeBytes } = receiver.flows.budget;
  receiver.onFlow = (flow) => {
    flow.accept({ maxMessageBytes: 100_000 });
    flow.pause();
  };
  receiveBegin(receiver, 2, 120_001);
  receiver.receive({ sequenceNumber: 4, final: true });
  receiver.flow.resume();
  assert.deepEqual([receiver.texts(), receiver.ends()], [[], [false]]);
  assert.equal(receiver.flows.budget.freeBytes, freeBytes);
});
