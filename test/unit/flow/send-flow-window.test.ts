import assert from "node:assert/strict";
import { test } from "node:test";
import { INITIAL_WINDOW_BYTES } from "../../../protocol/params.ts";
import { Sender } from "../../support/sender.ts";

function outstanding(sender: Sender): number {
  while (sender.packet().length > 0);
  return sender.flows.outstandingBytes;
}

test("§3.6.2 a window of 64 KiB is assumed until the receiver tells one", () => {
  const sender = new Sender();
  const flow = sender.open();
  sender.send(flow, "x".repeat(200_000));
  const bytes = outstanding(sender);
  assert.ok(bytes >= INITIAL_WINDOW_BYTES && bytes < INITIAL_WINDOW_BYTES + 1_200, `${bytes}`);
});

test("§3.6.2.9 no more than the advertised window is outstanding", () => {
  const sender = new Sender();
  const flow = sender.open();
  sender.send(flow, "x".repeat(200_000));
  sender.packet();
  sender.acknowledge(flow, "0-1", 10_240);
  const bytes = outstanding(sender);
  assert.ok(bytes >= 10_240 && bytes < 10_240 + 1_200, `${bytes}`);
  sender.acknowledge(flow, "0-2", 20_480);
  const more = outstanding(sender);
  assert.ok(more >= 20_480 && more < 20_480 + 1_200, `${more}`);
});

test("§3.6.2.9.1 a suspended flow probes after 1 s, then less and less often, up to a minute", () => {
  const sender = new Sender();
  const flow = sender.open();
  sender.send(flow, "first");
  sender.packet();
  sender.acknowledge(flow, "0-1", 0);
  sender.send(flow, "second");
  assert.deepEqual(sender.packet(), []);
  const pauses: number[] = [];
  for (let probe = 0; probe < 20; probe += 1) {
    const pause = sender.flows.timeout - sender.now;
    assert.equal(sender.advance(pause - 1), 0);
    assert.equal(sender.advance(1), 1);
    pauses.push(Math.round(pause));
  }
  assert.deepEqual(pauses.slice(0, 5), [1_000, 1_414, 2_000, 2_828, 4_000]);
  assert.equal(pauses.at(-1), 60_000);
  assert.deepEqual(sender.packet(), []);
});

test("§3.6.2.9.1 an open window ends the probes and the next suspension starts them anew", () => {
  const sender = new Sender();
  const flow = sender.open();
  sender.send(flow, "one");
  sender.packet();
  sender.acknowledge(flow, "0-1", 0);
  sender.send(flow, "two");
  sender.packet();
  sender.advance(1_000);
  sender.advance(1_415);
  sender.acknowledge(flow, "0-1", 1_024);
  assert.equal(sender.packet().length, 1);
  assert.equal(flow.timeout, Number.POSITIVE_INFINITY);
  assert.equal(sender.advance(100_000), 0);
  sender.acknowledge(flow, "0-2", 0);
  sender.send(flow, "three");
  sender.packet();
  assert.equal(flow.timeout - sender.now, 1_000);
});

test("§3.6.2.9.1 a flow with nothing to send does not probe", () => {
  const sender = new Sender();
  const flow = sender.open();
  sender.send(flow, "one");
  sender.packet();
  sender.acknowledge(flow, "0-1", 0);
  sender.packet();
  assert.equal(sender.advance(1e6), 0);
});

test("§3.6.2.9.1 nor does it go on, once all that it wanted to send has arrived", () => {
  const sender = new Sender();
  const flow = sender.open();
  for (const text of ["one", "two"]) {
    sender.send(flow, text);
    sender.packet();
  }
  sender.acknowledge(flow, "0-1", 0);
  sender.packet();
  sender.acknowledge(flow, "0-2", 0);
  assert.equal(sender.advance(1e6), 0);
  assert.equal(flow.timeout, Number.POSITIVE_INFINITY);
});

test("§3.6.2.9 one flow's closed window does not hold up another", () => {
  const sender = new Sender();
  const [closed, open] = [sender.open({ priority: 5 }), sender.open({ priority: 1 })];
  sender.send(closed, "x");
  sender.packet();
  sender.acknowledge(closed, "0-1", 0);
  sender.send(closed, "x");
  sender.send(open, "y");
  assert.deepEqual(
    sender.packet().map(({ flowId }) => flowId),
    [open.id],
  );
});
