import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_MESSAGE_BYTES, MAX_SEQUENCE_RANGES } from "../../../protocol/params.ts";
import { FragmentControl } from "../../../protocol/wire/chunks/user-data.ts";
import { utf8 } from "../../support/bytes.ts";
import { numbersInShort, Receiver } from "../../support/receiver.ts";

const { begin, middle, end } = FragmentControl;

test("§3.6.3.3 messages are delivered in the order of their numbers", () => {
  const receiver = new Receiver();
  for (const sequenceNumber of [1, 4, 3, 5, 2]) receiver.receive({ sequenceNumber });
  assert.deepEqual(receiver.texts(), ["1", "2", "3", "4", "5"]);
});

test("§3.6.3.3 fragments become one message, complete or not at all", () => {
  const receiver = new Receiver();
  receiver.receive({ sequenceNumber: 1, control: begin, data: utf8("one ") });
  receiver.receive({ sequenceNumber: 3, control: end, data: utf8("three") });
  assert.deepEqual(receiver.texts(), []);
  receiver.receive({ sequenceNumber: 2, control: middle, data: utf8("two ") });
  assert.deepEqual(receiver.texts(), ["one two three"]);
});

test("§3.6.3.2 a duplicate is not delivered twice, nor is a duplicate of a skipped one", () => {
  const receiver = new Receiver();
  receiver.receive({ sequenceNumber: 1 });
  receiver.receive({ sequenceNumber: 1 });
  receiver.receive({ sequenceNumber: 3, forwardSequenceNumber: 2 });
  receiver.receive({ sequenceNumber: 2 });
  assert.deepEqual(receiver.texts(), ["1", "…3"]);
});

test("§3.6.3.2 the forward sequence number skips what will not come", () => {
  const receiver = new Receiver();
  receiver.receive({ sequenceNumber: 1 });
  receiver.receive({ sequenceNumber: 5 });
  receiver.receive({ sequenceNumber: 3 });
  assert.deepEqual(receiver.texts(), ["1"]);
  receiver.receive({ sequenceNumber: 6, forwardSequenceNumber: 2 });
  assert.deepEqual(receiver.texts(), ["1", "…3"]);
  receiver.receive({ sequenceNumber: 4, forwardSequenceNumber: 4, abandoned: true });
  assert.deepEqual(receiver.texts(), ["1", "…3", "…5", "6"]);
});

test("§2.3.11 data of an abandoned chunk is ignored, its number counts as received", () => {
  const receiver = new Receiver();
  receiver.receive({ sequenceNumber: 1 });
  receiver.receive({ sequenceNumber: 2, abandoned: true, data: utf8("ignore") });
  receiver.receive({ sequenceNumber: 3 });
  assert.deepEqual(receiver.texts(), ["1", "…3"]);
  assert.deepEqual(receiver.acks().map(numbersInShort), ["0-3"]);
});

test("§3.6.3.3 abandoned segments are dropped and give their room back", () => {
  const cases: readonly (readonly [string, number[]])[] = [
    ["a begin whose rest is skipped", [begin, -1, -1]],
    ["a middle without its begin", [-1, middle, -1]],
    ["an end without its begin", [-1, -1, end]],
    ["a begin and a middle without their end", [begin, middle, -1]],
    ["a middle and an end without their begin", [-1, middle, end]],
  ];
  for (const [name, controls] of cases) {
    const receiver = new Receiver();
    receiver.onFlow = (flow) => flow.accept({ bufferBytes: 10_240 });
    receiver.receive({ sequenceNumber: 1 });
    controls.forEach((control, index) => {
      if (control < 0) return;
      const data = new Uint8Array(1_000);
      const sequenceNumber = index + 2;
      receiver.receive({ sequenceNumber, control: control as FragmentControl, data });
    });
    receiver.receive({ sequenceNumber: 5, forwardSequenceNumber: 4 });
    assert.deepEqual(receiver.texts(), ["1", "…5"], name);
    assert.equal(receiver.acks()[0]?.bufferBytes, 10_240, name);
  }
});

test("§3.6.3.3 a begin in the middle of a message starts another", () => {
  const receiver = new Receiver();
  receiver.receive({ sequenceNumber: 1, control: begin });
  receiver.receive({ sequenceNumber: 2, control: begin });
  receiver.receive({ sequenceNumber: 3, control: end });
  assert.deepEqual(receiver.texts(), ["…23"]);
});

test("§3.6.3.8 the flow is complete when everything through the final number was received", () => {
  const receiver = new Receiver();
  receiver.receive({ sequenceNumber: 1 });
  receiver.receive({ sequenceNumber: 3, final: true });
  assert.deepEqual(receiver.ends(), []);
  receiver.receive({ sequenceNumber: 2 });
  assert.deepEqual(receiver.texts(), ["1", "2", "3"]);
  assert.deepEqual(receiver.ends(), [true]);
  assert.equal(receiver.flow.state, "COMPLETE_LINGER");
});

test("§3.6.3.8 an empty abandoned final chunk ends the flow, with and without its end flag", () => {
  for (const control of [FragmentControl.whole, end]) {
    const receiver = new Receiver();
    const nothing = { abandoned: true, data: new Uint8Array(0) };
    receiver.receive({ sequenceNumber: 1 });
    receiver.receive({
      sequenceNumber: 2,
      forwardSequenceNumber: 2,
      final: true,
      control,
      ...nothing,
    });
    assert.deepEqual(receiver.ends(), [true]);
  }
});

test("§3.6.3.8 a completed flow answers repetitions for 120 seconds, then is forgotten", () => {
  const receiver = new Receiver();
  receiver.receive({ sequenceNumber: 1, final: true });
  receiver.acks();
  receiver.advance(119_999);
  receiver.receive({ sequenceNumber: 1, final: true });
  assert.equal(receiver.obligatory(), "0-1");
  assert.equal(receiver.flows.size, 1);
  receiver.advance(1);
  assert.equal(receiver.flows.size, 0);
  assert.deepEqual(receiver.texts(), ["1"]);
});

test("a message that grows too long, or of too many fragments, rejects its flow", () => {
  const large = new Uint8Array(1_000_000);
  const empty = new Uint8Array(0);
  for (const [data, most] of [
    [large, MAX_MESSAGE_BYTES / large.length + 2],
    [empty, 100_000],
  ] as const) {
    const receiver = new Receiver();
    receiver.receive({ sequenceNumber: 1, control: begin, data });
    for (let number = 2; number <= most; number += 1) {
      receiver.receive({ sequenceNumber: number, control: middle, data });
    }
    assert.equal(receiver.flow.state, "REJECTED");
    assert.deepEqual(receiver.ends(), [false]);
    assert.equal(receiver.acks()[0]?.exceptionCode, 0);
  }
});

test("gaps beyond the limit are not received, until some are filled", () => {
  const receiver = new Receiver();
  receiver.receive({ sequenceNumber: 1 });
  for (let count = 1; count <= MAX_SEQUENCE_RANGES; count += 1) {
    receiver.receive({ sequenceNumber: 1 + count * 2, data: new Uint8Array(1) });
  }
  const beyond = 3 + MAX_SEQUENCE_RANGES * 2;
  receiver.receive({ sequenceNumber: beyond });
  assert.equal(receiver.obligatory().includes(`${beyond}`), false);
  receiver.receive({ sequenceNumber: 2 });
  receiver.receive({ sequenceNumber: beyond });
  receiver.receive({ sequenceNumber: beyond + 1, forwardSequenceNumber: beyond - 1 });
  assert.equal(receiver.texts().at(-1), `${beyond + 1}`);
  assert.equal(receiver.texts().at(-2), `…${beyond}`);
});

test("a forward sequence number helps even when there is no room for its chunk", () => {
  const receiver = new Receiver();
  receiver.receive({ sequenceNumber: 1 });
  for (let count = 1; count <= MAX_SEQUENCE_RANGES; count += 1) {
    receiver.receive({ sequenceNumber: 1 + count * 4, data: utf8("x") });
  }
  const update = 3 + 4 * (MAX_SEQUENCE_RANGES - 1);
  receiver.receive({
    sequenceNumber: update,
    forwardSequenceNumber: update,
    abandoned: true,
  });
  assert.equal(receiver.acks()[0]?.cumulative, update);
});

test("maxMessageBytes: what a message may have, from now on", () => {
  const receiver = new Receiver();
  receiver.onFlow = (flow) => flow.accept({ maxMessageBytes: 2_000 });
  const data = new Uint8Array(1_000);
  const message = (first: number, parts: number): void => {
    for (let number = first; number < first + parts; number += 1) {
      const inside = number === first + parts - 1 ? end : middle;
      const control = number === first ? begin : inside;
      receiver.receive({ sequenceNumber: number, control, data });
    }
  };
  message(1, 2);
  receiver.flow.limitMessages(3_000);
  message(3, 3);
  assert.equal(receiver.texts().length, 2);
  message(6, 4);
  assert.equal(receiver.flow.state, "REJECTED");
  assert.throws(() => receiver.flow.limitMessages(Number.NaN), /maxMessageBytes/);
});
