import assert from "node:assert/strict";
import { test } from "node:test";
import { inShort, Sender } from "../../support/sender.ts";

function sent(count: number): { sender: Sender; flow: ReturnType<Sender["open"]> } {
  const sender = new Sender();
  const flow = sender.open();
  for (let number = 1; number <= count; number += 1) {
    sender.send(flow, "x");
    sender.packet();
  }
  return { sender, flow };
}

test("§3.6.2.5 a fragment is lost with its third negative acknowledgement", () => {
  const { sender, flow } = sent(5);
  assert.deepEqual(sender.acknowledge(flow, "0 2")?.anyLoss, false);
  assert.deepEqual(sender.acknowledge(flow, "0 2-3")?.anyLoss, false);
  assert.deepEqual(sender.packet(), []);
  assert.deepEqual(sender.acknowledge(flow, "0 2-4")?.anyLoss, true);
  assert.deepEqual(sender.packet().map(inShort), ["1 fsn 0"]);
});

test("§3.6.2.5 several acknowledgements in one packet are one negative one", () => {
  const { sender, flow } = sent(5);
  const ack = (to: number): void =>
    sender.flows.acknowledge(
      { flowId: flow.id, bufferBytes: 1e6, cumulative: 0, ranges: [{ from: 2, to }] },
      0,
    );
  for (const to of [2, 3, 4, 5]) ack(to);
  assert.deepEqual(sender.flows.endPacket()?.anyLoss, false);
});

test("§3.6.2.5 what was sent again starts to count anew", () => {
  const { sender, flow } = sent(5);
  for (const numbers of ["0 2", "0 2-3", "0 2-4"]) sender.acknowledge(flow, numbers);
  sender.packet();
  assert.deepEqual(sender.acknowledge(flow, "0 2-5")?.anyNaks, false);
  for (let number = 6; number <= 8; number += 1) {
    sender.send(flow, "x");
    sender.packet();
    const summary = sender.acknowledge(flow, `0 2-${number}`);
    assert.equal(summary?.anyLoss, number === 8);
  }
});

test("§3.6.2.5 acknowledgements of another flow count: the order of sending is the session's", () => {
  const sender = new Sender();
  const [lossy, other] = [sender.open(), sender.open()];
  sender.send(lossy, "x");
  sender.packet();
  for (let number = 1; number <= 3; number += 1) {
    sender.send(other, "y");
    sender.packet();
    sender.acknowledge(other, `0-${number}`);
  }
  assert.deepEqual(
    sender.packet().map(({ flowId }) => flowId),
    [lossy.id],
  );
});

test("§3.6.2.5 an acknowledgement that brings nothing new is no negative one", () => {
  const { sender, flow } = sent(3);
  sender.acknowledge(flow, "0 2-3");
  for (let times = 0; times < 5; times += 1) {
    assert.equal(sender.acknowledge(flow, "0 2-3"), undefined);
  }
  assert.deepEqual(sender.packet(), []);
});

test("§3.6.2.6 a timeout loses all that is in flight, and it is sent again in order", () => {
  const { sender, flow } = sent(4);
  sender.acknowledge(flow, "0 3");
  assert.ok(sender.flows.outstandingBytes > 0);
  assert.equal(sender.flows.loseAll(), true);
  assert.equal(sender.flows.outstandingBytes, 0);
  assert.equal(sender.flows.loseAll(), false);
  assert.deepEqual(sender.packet().map(inShort), ["1 fsn 0", "2 fsn 0", "4 fsn 0"]);
});

test("what was given up as lost and arrived all the same is not sent again", () => {
  const { sender, flow } = sent(3);
  sender.flows.loseAll();
  const summary = sender.acknowledge(flow, "0-2");
  assert.equal(summary?.acknowledgedBytes, 0);
  assert.deepEqual(sender.packet().map(inShort), ["3 fsn 2"]);
});

test("§3.5 outstanding bytes are those of chunks in flight, headers included", () => {
  const { sender, flow } = sent(1);
  const first = sender.flows.outstandingBytes;
  assert.equal(first, 3 + 4 + 4 + 1);
  sender.send(flow, "xyz");
  sender.packet();
  const summary = sender.acknowledge(flow, "0-1");
  assert.equal(summary?.acknowledgedBytes, first);
  assert.equal(sender.flows.outstandingBytes, 3 + 4 + 4 + 3);
});
