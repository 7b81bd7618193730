import assert from "node:assert/strict";
import { test } from "node:test";
import { FRAGMENT_OVERHEAD_BYTES, MAX_MESSAGE_FRAGMENTS } from "../../../protocol/params.ts";
import { FragmentControl } from "../../../protocol/wire/chunks/user-data.ts";
import { utf8 } from "../../support/bytes.ts";
import { numbersInShort, Receiver } from "../../support/receiver.ts";

const { begin, middle, end } = FragmentControl;

function receiverIn(order: "sequence" | "network" | "hold", bufferBytes?: number): Receiver {
  const receiver = new Receiver();
  receiver.onFlow = (flow) => flow.accept({ order, bufferBytes });
  return receiver;
}

test("§3.6.3.3 network order: each message as soon as it is complete, each once", () => {
  const receiver = receiverIn("network");
  for (const sequenceNumber of [1, 4, 3, 4, 5, 2, 3]) receiver.receive({ sequenceNumber });
  assert.deepEqual(receiver.texts(), ["1", "4", "3", "5", "2"]);
  assert.deepEqual(receiver.acks().map(numbersInShort), ["0-5"]);
  assert.equal(receiver.flow.order, "network");
});

test("§3.6.3.3 network order: a fragment that comes twice does not keep its message back", () => {
  const receiver = receiverIn("network");
  const parts = [
    [4, begin],
    [5, middle],
    [5, middle],
    [6, end],
  ] as const;
  receiver.receive({ sequenceNumber: 1 });
  for (const [sequenceNumber, control] of parts) receiver.receive({ sequenceNumber, control });
  assert.deepEqual(receiver.texts(), ["1", "456"]);
});

test("§3.6.3.3 network order: fragments in any order, beside others of other messages", () => {
  const orders = [
    [4, 5, 6],
    [6, 5, 4],
    [5, 4, 6],
    [5, 6, 4],
    [4, 6, 5],
    [6, 4, 5],
  ];
  for (const order of orders) {
    const receiver = receiverIn("network");
    const controls = new Map([
      [3, end],
      [4, begin],
      [5, middle],
      [6, end],
      [7, begin],
    ]);
    for (const sequenceNumber of [1, 3, 7, ...order]) {
      receiver.receive({ sequenceNumber, control: controls.get(sequenceNumber) ?? 0 });
    }
    assert.deepEqual(receiver.texts(), ["1", "456"]);
    receiver.receive({ sequenceNumber: 2, control: begin });
    receiver.receive({ sequenceNumber: 8, control: end });
    assert.deepEqual(receiver.texts(), ["1", "456", "23", "78"]);
    assert.equal(receiver.acks()[0]?.bufferBytes, 2_097_152, "everything was given back");
  }
});

test("§3.6.3.3 network order: a gap is told before the next message in turn", () => {
  const receiver = receiverIn("network");
  receiver.receive({ sequenceNumber: 1 });
  receiver.receive({ sequenceNumber: 3 });
  receiver.receive({ sequenceNumber: 4, forwardSequenceNumber: 2 });
  assert.deepEqual(receiver.texts(), ["1", "3", "…4"]);
});

test("§3.6.3.8 network order: the end comes after everything", () => {
  const receiver = receiverIn("network");
  receiver.receive({ sequenceNumber: 3, final: true, options: { metadata: utf8("m") } });
  receiver.receive({ sequenceNumber: 1 });
  assert.deepEqual(receiver.ends(), []);
  receiver.receive({ sequenceNumber: 2 });
  assert.deepEqual([receiver.texts(), receiver.ends()], [["3", "1", "2"], [true]]);
});

test("§3.6.3.5 network order: what was delivered takes its place, and nothing more", () => {
  const receiver = receiverIn("network", 10_240);
  receiver.receive({ sequenceNumber: 1 });
  receiver.receive({ sequenceNumber: 3, data: new Uint8Array(5_000) });
  const free = 10_240 - FRAGMENT_OVERHEAD_BYTES;
  assert.equal(receiver.acks()[0]?.bufferBytes, Math.ceil(free / 1_024) * 1_024);
  for (let number = 5; number < 2_000; number += 2) {
    receiver.receive({ sequenceNumber: number });
    receiver.receive({ sequenceNumber: number + 1 });
  }
  assert.ok(receiver.texts().length < 10_240 / FRAGMENT_OVERHEAD_BYTES + 2);
});

test("§3.6.3.3 hold: accepted and kept, with a window that closes, until it is resumed", () => {
  const receiver = receiverIn("hold", 2_048);
  for (let sequenceNumber = 1; sequenceNumber <= 3; sequenceNumber += 1) {
    receiver.receive({ sequenceNumber, data: new Uint8Array(1_000).fill(0x61) });
  }
  assert.equal(receiver.flow.order, "hold");
  assert.deepEqual(receiver.texts(), []);
  assert.equal(receiver.acks()[0]?.bufferBytes, 0);
  receiver.flow.resume();
  assert.equal(receiver.texts().length, 2);
  assert.equal(receiver.flow.order, "sequence");
});

test("§3.6.3.3 the order may be changed: what is complete by then comes at once", () => {
  const receiver = receiverIn("sequence");
  const controls = new Map([
    [3, begin],
    [4, end],
    [6, begin],
  ]);
  for (const sequenceNumber of [1, 4, 3, 6, 9]) {
    receiver.receive({ sequenceNumber, control: controls.get(sequenceNumber) ?? 0 });
  }
  assert.deepEqual(receiver.texts(), ["1"]);
  receiver.flow.setOrder("network");
  assert.deepEqual(receiver.texts(), ["1", "34", "9"]);
  receiver.receive({ sequenceNumber: 7, control: end });
  assert.deepEqual(receiver.texts().slice(3), ["67"]);
  receiver.flow.setOrder("sequence");
  receiver.receive({ sequenceNumber: 8 });
  receiver.receive({ sequenceNumber: 2 });
  assert.deepEqual(receiver.texts().slice(4), ["2"]);
  receiver.receive({ sequenceNumber: 5 });
  assert.deepEqual(receiver.texts().slice(5), ["5", "8"]);
});

test("§3.6.3.3 hold and on again in network order, also when paused in the middle", () => {
  const receiver = receiverIn("network");
  receiver.receive({ sequenceNumber: 1 });
  receiver.flow.setOrder("hold");
  for (const sequenceNumber of [2, 4, 6, 7]) receiver.receive({ sequenceNumber });
  receiver.onMessage = (flow) => flow.pause();
  receiver.flow.setOrder("network");
  receiver.flow.resume();
  receiver.flow.resume();
  assert.deepEqual(receiver.texts(), ["1", "2", "4", "6"]);
  receiver.onMessage = () => undefined;
  receiver.flow.resume();
  receiver.receive({ sequenceNumber: 3 }, { sequenceNumber: 5 });
  assert.deepEqual(receiver.texts().slice(4), ["7", "3", "5"]);
});

test("a pause may end by itself, and says so", () => {
  const receiver = receiverIn("sequence");
  receiver.receive({ sequenceNumber: 1 });
  receiver.flow.pause(500);
  receiver.receive({ sequenceNumber: 2 });
  assert.equal(receiver.flow.timeout, 500);
  receiver.advance(499);
  assert.deepEqual(receiver.texts(), ["1"]);
  receiver.advance(1);
  assert.deepEqual(receiver.texts(), ["1", "2"]);
  assert.equal(receiver.events.at(-1)?.type, "flow-resumed");
  assert.equal(receiver.flow.timeout, Number.POSITIVE_INFINITY);
});

test("§3.6.3.3 network order: a message of too many fragments does not go ahead, and ends its flow in its turn", () => {
  for (const [fragments, isTaken] of [
    [MAX_MESSAGE_FRAGMENTS, true],
    [MAX_MESSAGE_FRAGMENTS + 1, false],
  ] as const) {
    const receiver = receiverIn("network", 2 * fragments * FRAGMENT_OVERHEAD_BYTES);
    const data = new Uint8Array(0);
    receiver.receive({ sequenceNumber: 1 });
    for (let count = 0; count < fragments; count += 1) {
      const control = count === 0 ? begin : count === fragments - 1 ? end : middle;
      receiver.receive({ sequenceNumber: 3 + count, control, data });
    }
    assert.deepEqual(receiver.texts(), isTaken ? ["1", ""] : ["1"]);
    receiver.receive({ sequenceNumber: 2 });
    assert.equal(receiver.flow.state, isTaken ? "OPEN" : "REJECTED");
  }
});
