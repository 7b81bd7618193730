import assert from "node:assert/strict";
import { test } from "node:test";
import { RtmfpError } from "../../../protocol/errors.ts";
import { MAX_SEND_FLOWS, SEND_FLOW_LINGER_MS } from "../../../protocol/params.ts";
import { inShort, Sender } from "../../support/sender.ts";

function isClosed(error: unknown): boolean {
  return error instanceof RtmfpError && error.code === "CLOSED";
}

test("§3.6.2.11 a tail that was never sent becomes the final fragment", () => {
  const sender = new Sender();
  const flow = sender.open();
  sender.send(flow, "one");
  sender.send(flow, "two");
  flow.close();
  assert.equal(flow.state, "CLOSING");
  assert.deepEqual(sender.packet().map(inShort), ["1 fsn 0", "FIN 2 fsn 0"]);
});

test("§3.6.2.11 otherwise an abandoned fragment is added to say so", () => {
  const sender = new Sender();
  const flow = sender.open();
  sender.send(flow, "one");
  sender.packet();
  flow.close();
  flow.close();
  assert.deepEqual(sender.packet().map(inShort), ["ABN FIN 2 fsn 0"]);
  sender.acknowledge(flow, "0-1");
  assert.equal(flow.state, "CLOSING");
  sender.acknowledge(flow, "0-2");
  assert.equal(flow.state, "COMPLETE_LINGER");
});

test("§3.6.2.11 a flow that was never used tells of itself and of its end", () => {
  const sender = new Sender();
  const flow = sender.open();
  flow.close();
  const [chunk] = sender.packet();
  assert.ok(chunk?.options?.metadata);
  assert.equal(inShort(chunk), "ABN FIN 1 fsn 1");
});

test("§3.6.2.11 what is queued is still delivered, lost or not", () => {
  const sender = new Sender();
  const flow = sender.open();
  sender.sendNoted(flow, "one");
  flow.close();
  assert.throws(() => sender.send(flow, "two"), isClosed);
  sender.packet();
  sender.flows.loseAll();
  assert.deepEqual(sender.packet().map(inShort), ["FIN 1 fsn 0"]);
  sender.acknowledge(flow, "0-1");
  sender.tellOutcomes();
  assert.deepEqual(sender.outcomes(), [["one", true]]);
});

test("§3.6.2.11 the flow ID stays in use for 130 seconds after completion", () => {
  const sender = new Sender();
  const flow = sender.open();
  flow.close();
  sender.packet();
  sender.now = 500;
  sender.acknowledge(flow, "0-1");
  assert.equal(sender.flows.timeout, 500 + SEND_FLOW_LINGER_MS);
  sender.advance(SEND_FLOW_LINGER_MS - 1);
  assert.equal(sender.flows.size, 1);
  sender.advance(1);
  assert.equal(sender.flows.size, 0);
  assert.equal(flow.state, "CLOSED");
});

test("§3.6.2.10 an exception closes the flow, abandons what is queued and tells the user once", () => {
  const sender = new Sender();
  const flow = sender.open();
  sender.sendNoted(flow, "in flight");
  sender.packet();
  sender.sendNoted(flow, "queued");
  sender.flows.except(flow.id, 42);
  sender.flows.except(flow.id, 43);
  const rejections = sender.events.filter(({ type }) => type === "flow-rejected");
  assert.deepEqual(rejections, [{ type: "flow-rejected", flow, exceptionCode: 42 }]);
  sender.tellOutcomes();
  assert.deepEqual(sender.outcomes(), [
    ["in flight", false],
    ["queued", false],
  ]);
  assert.equal(flow.queuedBytes, 0);
  assert.throws(() => sender.send(flow, "more"), isClosed);
  sender.acknowledge(flow, "0-1");
  assert.deepEqual(sender.packet().map(inShort), ["ABN FIN 2 fsn 2"]);
  sender.acknowledge(flow, "0-2");
  assert.equal(flow.state, "COMPLETE_LINGER");
});

test("§3.6.2.10 an exception for a flow that is closed abandons what is queued, and nobody hears of it", () => {
  const sender = new Sender();
  const flow = sender.open();
  sender.sendNoted(flow, "in flight");
  sender.packet();
  flow.close();
  sender.flows.except(flow.id, 42);
  sender.tellOutcomes();
  assert.deepEqual(sender.outcomes(), [["in flight", false]]);
  sender.packets();
  sender.acknowledge(flow, "0-2");
  assert.equal(flow.state, "COMPLETE_LINGER");
  const other = sender.open();
  other.close();
  sender.packets();
  sender.acknowledge(other, "0-1");
  sender.flows.except(other.id, 42);
  assert.equal(other.state, "COMPLETE_LINGER");
  assert.deepEqual(sender.events, []);
});

test("§3.6.2.10 a rejected flow does not heed the window and never probes", () => {
  const sender = new Sender();
  const flow = sender.open();
  sender.send(flow, "x");
  sender.packet();
  sender.flows.except(flow.id, 0);
  sender.acknowledge(flow, "0-1", 0);
  assert.deepEqual(sender.packet().map(inShort), ["ABN FIN 2 fsn 2"]);
  assert.equal(sender.advance(100_000), 0);
});

test("§3.6.2.11 the end of the session ends all flows and everything queued", () => {
  const sender = new Sender();
  const flow = sender.open();
  sender.sendNoted(flow, "one");
  sender.packet();
  sender.sendNoted(flow, "two");
  sender.flows.abort();
  sender.tellOutcomes();
  assert.deepEqual(sender.outcomes(), [
    ["one", false],
    ["two", false],
  ]);
  assert.deepEqual(sender.packet(), []);
  assert.throws(() => sender.send(flow, "three"), isClosed);
  assert.equal(sender.flows.timeout, Number.POSITIVE_INFINITY);
});

test("§3.6.2.11 an abandoned message that was passed over carries the end, without waiting", () => {
  const sender = new Sender();
  const flow = sender.open();
  sender.send(flow, "one");
  sender.send(flow, "two").abandon();
  sender.packets();
  flow.close();
  assert.deepEqual(sender.packet().map(inShort), ["ABN FIN 2 fsn 0"]);
});

test("§3.6.2.7 §3.6.2.11 an aborted flow abandons all it has, tells of that and of its end, and leaves", () => {
  const sender = new Sender();
  const flow = sender.open();
  sender.sendNoted(flow, "in flight");
  sender.packet();
  sender.sendNoted(flow, "queued");
  sender.sendNoted(flow, "queued last");
  flow.abort();
  flow.abort();
  sender.tellOutcomes();
  assert.deepEqual(sender.outcomes(), [
    ["in flight", false],
    ["queued", false],
    ["queued last", false],
  ]);
  assert.throws(() => sender.send(flow, "more"), isClosed);
  assert.deepEqual(sender.packet().map(inShort), ["ABN FIN 3 fsn 0"]);
  sender.acknowledge(flow, "0-1 3");
  assert.equal(flow.state, "CLOSING");
  assert.deepEqual(sender.packet().map(inShort), ["ABN 2 fsn 2"]);
  sender.acknowledge(flow, "0-3");
  assert.equal(flow.state, "COMPLETE_LINGER");
  assert.equal(sender.flows.isInUse, false);
  sender.advance(SEND_FLOW_LINGER_MS);
  assert.deepEqual([flow.state, sender.flows.size], ["CLOSED", 0]);
  assert.deepEqual(sender.packets(), []);
});

test("§3.6.2.7 a flow that is closing may be aborted: what it still had is abandoned", () => {
  const sender = new Sender();
  const flow = sender.open();
  sender.sendNoted(flow, "one");
  sender.sendNoted(flow, "two");
  flow.close();
  flow.abort();
  sender.tellOutcomes();
  assert.deepEqual(sender.outcomes(), [
    ["one", false],
    ["two", false],
  ]);
  assert.deepEqual(sender.packets().flat().map(inShort), ["ABN FIN 2 fsn 2"]);
  sender.acknowledge(flow, "0-2");
  assert.equal(flow.state, "COMPLETE_LINGER");
  flow.abort();
  assert.equal(flow.state, "COMPLETE_LINGER");
});

test("§3.6.2.11 aborted flows that the far end has heard of make room for as many others", () => {
  const sender = new Sender();
  for (let round = 0; round < 2; round += 1) {
    const flows = Array.from({ length: MAX_SEND_FLOWS }, () => sender.open());
    for (const flow of flows) flow.abort();
    sender.packets();
    for (const flow of flows) sender.acknowledge(flow, "0-1");
    sender.advance(SEND_FLOW_LINGER_MS);
    assert.equal(sender.flows.size, 0);
  }
});
