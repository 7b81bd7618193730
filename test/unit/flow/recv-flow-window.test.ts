import assert from "node:assert/strict";
import { test } from "node:test";
import {
  FRAGMENT_OVERHEAD_BYTES,
  MAX_RECV_FLOWS,
  RECV_BUFFER_BYTES,
} from "../../../protocol/params.ts";
import { FragmentControl } from "../../../protocol/wire/chunks/user-data.ts";
import { utf8 } from "../../support/bytes.ts";
import { Receiver, userData } from "../../support/receiver.ts";

function receiverOf(bufferBytes: number): Receiver {
  const receiver = new Receiver();
  receiver.onFlow = (flow) => flow.accept({ bufferBytes });
  return receiver;
}

test("§3.6.3.5 what is free is advertised, rounded up to blocks of 1024 bytes", () => {
  const receiver = receiverOf(5_000);
  receiver.receive({ sequenceNumber: 1 });
  assert.equal(receiver.acks()[0]?.bufferBytes, 5 * 1_024);
  receiver.receive({ sequenceNumber: 3, data: new Uint8Array(2_000) });
  const free = 5_000 - 2_000 - FRAGMENT_OVERHEAD_BYTES;
  assert.equal(receiver.acks()[0]?.bufferBytes, Math.ceil(free / 1_024) * 1_024);
});

test("§3.6.3.5 the default is a named limit", () => {
  const receiver = new Receiver();
  receiver.receive({ sequenceNumber: 1 });
  assert.equal(receiver.acks()[0]?.bufferBytes, RECV_BUFFER_BYTES);
});

test("§3.6.3.5 a full buffer with a gap still advertises one block, and takes what fills the gap", () => {
  const receiver = receiverOf(4_096);
  receiver.receive({ sequenceNumber: 1 });
  receiver.receive({ sequenceNumber: 3, data: new Uint8Array(5_000) });
  assert.equal(receiver.acks()[0]?.bufferBytes, 1_024);
  receiver.receive({ sequenceNumber: 4 });
  assert.equal(receiver.obligatory(), "0-1 3");
  receiver.receive({ sequenceNumber: 2 });
  assert.equal(receiver.texts().length, 3);
  assert.equal(receiver.acks()[0]?.bufferBytes, 4_096);
});

test("§3.6.3.5 a message larger than the buffer arrives all the same", () => {
  const receiver = receiverOf(4_096);
  const data = new Uint8Array(1_000);
  receiver.receive({ sequenceNumber: 1, control: FragmentControl.begin, data });
  for (let number = 2; number < 20; number += 1) {
    receiver.receive({ sequenceNumber: number, control: FragmentControl.middle, data });
    assert.ok((receiver.acks()[0]?.bufferBytes ?? 0) >= 1_024);
  }
  receiver.receive({ sequenceNumber: 20, control: FragmentControl.end, data });
  assert.equal(receiver.texts()[0]?.length, 20_000);
});

test("§3.6.3.5 a paused flow fills its buffer and closes its window", () => {
  const receiver = receiverOf(4_096);
  receiver.receive({ sequenceNumber: 1 });
  receiver.flow.pause();
  for (let number = 2; number <= 6; number += 1) {
    receiver.receive({ sequenceNumber: number, data: new Uint8Array(1_000).fill(0x61) });
  }
  assert.deepEqual(receiver.texts(), ["1"]);
  const [ack] = receiver.acks();
  assert.equal(ack?.bufferBytes, 0);
  assert.equal(ack?.cumulative, 5, "the sixth does not fit: it was not received");
  receiver.flow.resume();
  assert.equal(receiver.texts().length, 5);
  assert.equal(receiver.obligatory(), "0-5");
});

test("§3.6.3.3 a flow may be paused in the middle of its messages", () => {
  const receiver = new Receiver();
  receiver.onMessage = (flow) => flow.pause();
  for (const sequenceNumber of [1, 3, 4, 2]) receiver.receive({ sequenceNumber });
  assert.deepEqual(receiver.texts(), ["1"]);
  receiver.flow.resume();
  assert.deepEqual(receiver.texts(), ["1", "2"]);
  receiver.onMessage = () => undefined;
  receiver.flow.resume();
  assert.deepEqual(receiver.texts(), ["1", "2", "3", "4"]);
});

test("§3.6.3.3 the end of a paused flow is told after its last message", () => {
  const receiver = new Receiver();
  receiver.onFlow = (flow) => {
    flow.accept();
    flow.pause();
  };
  receiver.receive({ sequenceNumber: 1 }, { sequenceNumber: 2, final: true });
  assert.deepEqual([receiver.texts(), receiver.ends()], [[], []]);
  receiver.flow.resume();
  assert.deepEqual([receiver.texts(), receiver.ends()], [["1", "2"], [true]]);
});

test("§3.6.3.8 a paused flow keeps its messages longer than its ID", () => {
  const receiver = new Receiver();
  receiver.onFlow = (flow) => {
    flow.accept();
    flow.pause();
  };
  receiver.receive({ sequenceNumber: 1, final: true });
  const { flow } = receiver;
  receiver.advance(120_000);
  assert.equal(flow.state, "CLOSED");
  flow.resume();
  assert.deepEqual([receiver.texts(), receiver.ends()], [["1"], [true]]);
});

test("§3.6.3.8 a paused flow that outlives its ID still resumes in time, and ends with the session", () => {
  const receiver = new Receiver();
  receiver.onFlow = (flow) => {
    flow.accept();
    flow.pause(flow.id === 2 ? 200_000 : undefined);
  };
  for (const flowId of [2, 3]) receiver.receive({ flowId, sequenceNumber: 1, final: true });
  receiver.advance(120_000);
  assert.equal(receiver.flows.size, 0);
  assert.equal(receiver.flows.timeout, 200_000);
  receiver.advance(80_000);
  assert.deepEqual([receiver.texts(), receiver.ends()], [["1"], [true]]);
  receiver.flows.abort();
  assert.deepEqual([receiver.texts(), receiver.ends()], [["1"], [true, false]]);
});

test("flows that outlive their IDs count among those of the session, until they end", () => {
  const receiver = new Receiver();
  receiver.onFlow = (flow) => {
    flow.accept();
    flow.pause();
  };
  const options = { metadata: utf8("m") };
  const open = (flowId: number): boolean =>
    receiver.flows.receive(userData({ flowId, final: true, options }), receiver.now);
  for (let flowId = 2; flowId < 2 + MAX_RECV_FLOWS; flowId += 1) assert.ok(open(flowId));
  receiver.advance(120_000);
  assert.ok(!open(2));
  receiver.flow.resume();
  assert.ok(open(2));
});

test("the end of the session ends a flow, complete or not, once", () => {
  const receiver = new Receiver();
  receiver.receive({ sequenceNumber: 1 }, { sequenceNumber: 3, data: utf8("behind a gap") });
  const { flow } = receiver;
  receiver.flows.abort();
  flow.resume();
  flow.reject();
  assert.deepEqual([receiver.texts(), receiver.ends()], [["1"], [false]]);
  assert.equal(flow.state, "CLOSED");
});

test("a buffer and a pause that are none: RangeError names the field", () => {
  const receiver = new Receiver();
  receiver.receive({ sequenceNumber: 1 });
  const { flow } = receiver;
  for (const bufferBytes of [Number.NaN, 0, -1]) {
    assert.throws(() => flow.accept({ bufferBytes }), {
      name: "RangeError",
      message: /bufferBytes/,
    });
  }
  assert.throws(() => flow.pause(Number.NaN), { name: "RangeError", message: /until/ });
  receiver.receive({ sequenceNumber: 2 });
  assert.deepEqual(receiver.texts(), ["1", "2"], "not paused");
});
