import assert from "node:assert/strict";
import { test } from "node:test";
import { RtmfpError } from "../../../protocol/errors.ts";
import { MAX_SEND_FLOWS } from "../../../protocol/params.ts";
import { Sender } from "../../support/sender.ts";

test("higher priority goes first, always", () => {
  const sender = new Sender(100);
  const low = sender.open({ priority: 0 });
  const high = sender.open({ priority: 7 });
  for (let count = 0; count < 3; count += 1) sender.send(low, "l".repeat(80));
  sender.packet(120);
  for (let count = 0; count < 3; count += 1) sender.send(high, "h".repeat(80));
  const order = sender.packets(120).map(([chunk]) => chunk?.flowId);
  assert.deepEqual(order, [high.id, high.id, high.id, low.id, low.id]);
});

test("flows of one priority take turns, a packet each", () => {
  const sender = new Sender(100);
  const flows = [sender.open(), sender.open(), sender.open()];
  for (const flow of flows)
    for (let count = 0; count < 3; count += 1) sender.send(flow, "x".repeat(80));
  const order = sender.packets(120).map(([chunk]) => chunk?.flowId);
  assert.deepEqual(order, [2, 3, 4, 2, 3, 4, 2, 3, 4]);
});

test("§3.6.2.3 the packet is time critical if a flow above priority 3 is in it", () => {
  for (const priority of [0, 3, 4, 7]) {
    const sender = new Sender();
    const flow = sender.open({ priority });
    assert.equal(flow.isTimeCritical, priority > 3);
  }
});

test("§3.6.2.3 nothing is sent beyond the congestion window", () => {
  const sender = new Sender(1_000);
  const flow = sender.open();
  for (let count = 0; count < 10; count += 1) sender.send(flow, "x".repeat(300));
  assert.equal(sender.packet(1_200, 600).length, 2);
  assert.equal(sender.packet(1_200, 600).length, 0);
  assert.equal(sender.packet(1_200, 601 + 20).length, 1);
});

test("a priority is a whole number from 0 to 7", () => {
  const sender = new Sender();
  for (const priority of [-1, 8, 2.5, Number.NaN]) {
    assert.throws(() => sender.open({ priority }), RangeError, `${priority}`);
  }
});

test("§3.6.2.1 flow IDs are not used twice, and there is a limit", () => {
  const sender = new Sender();
  const ids = new Set<number>();
  for (let count = 0; count < MAX_SEND_FLOWS; count += 1) ids.add(sender.open().id);
  assert.equal(ids.size, MAX_SEND_FLOWS);
  assert.throws(
    () => sender.open(),
    (error) => error instanceof RtmfpError && error.code === "LIMIT",
  );
});

test("acknowledgements and exceptions for unknown flows do not matter", () => {
  const sender = new Sender();
  sender.flows.acknowledge({ flowId: 99, bufferBytes: 0, cumulative: 5, ranges: [] }, 0);
  sender.flows.except(99, 1);
  assert.equal(sender.flows.endPacket(), undefined);
  assert.deepEqual(sender.events, []);
});

test("a flow that has something to send wakes the session", () => {
  const sender = new Sender();
  const flow = sender.open();
  assert.equal(sender.flows.hasData(0), false);
  sender.send(flow, "x");
  assert.equal(sender.flows.hasData(0), true);
  assert.ok(sender.wakes > 0);
  sender.packets();
  assert.equal(sender.flows.hasData(0), false);
});

test("§3.6.2.7 what is abandoned while it is under way still tells of the path: nothing waits for it", () => {
  const sender = new Sender();
  const flow = sender.open();
  sender.send(flow, "sent at the last moment", { deadlineMs: 10 });
  sender.packet();
  sender.advance(10);
  sender.send(flow, "the next");
  assert.equal(sender.packet()[0]?.sequenceNumber, 2);
  assert.ok((sender.acknowledge(flow, "0-1")?.acknowledgedBytes ?? 0) > 0);
});

test("§3.6.2.7 once something behind an abandoned head has arrived, the receiver is told to go on", () => {
  const sender = new Sender();
  const flow = sender.open();
  sender.send(flow, "lost", { deadlineMs: 10 });
  sender.packet();
  sender.send(flow, "waits for it");
  sender.packet();
  sender.advance(10);
  assert.deepEqual(sender.packet(), []);
  sender.acknowledge(flow, "0 2");
  const [chunk] = sender.packet();
  assert.equal(chunk?.sequenceNumber, 1);
  assert.ok(chunk?.abandoned);
  assert.equal(chunk?.forwardSequenceNumber, 1);
});
