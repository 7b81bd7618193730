import assert from "node:assert/strict";
import { test } from "node:test";
import { Sender } from "../../support/sender.ts";

type Flow = ReturnType<Sender["open"]>;

/** Fragments 1 to `count`, each sent in a packet of its own. */
function sent(count: number): { sender: Sender; flow: Flow } {
  const sender = new Sender();
  const flow = sender.open();
  sendMore(sender, flow, count);
  return { sender, flow };
}

function sendMore(sender: Sender, flow: Flow, count: number): void {
  for (let times = 0; times < count; times += 1) {
    sender.send(flow, "x");
    sender.packet();
  }
}

/** Acknowledges these one by one. Answers what each says of losses: "-", "lost" or "first lost". */
function losses(sender: Sender, flow: Flow, ...acks: readonly string[]): string[] {
  return acks.map((numbers) => {
    const summary = sender.acknowledge(flow, numbers);
    if (!summary?.anyLoss) return "-";
    return summary.isFirstLoss ? "first lost" : "lost";
  });
}

test("RFC 5681 §4.3 the losses of one window are one sign of congestion", () => {
  const { sender, flow } = sent(10);
  const told = losses(
    sender,
    flow,
    "0 2",
    "0 2-3",
    "0 2-4",
    "0 2-4 6-8",
    "0 2-4 6-9",
    "0 2-4 6-10",
  );
  assert.deepEqual(told, ["-", "-", "first lost", "-", "-", "lost"]);
});

test("RFC 5681 §4.3 what was sent after a loss was noticed tells something new when it is lost", () => {
  const { sender, flow } = sent(4);
  assert.deepEqual(losses(sender, flow, "0 2", "0 2-3", "0 2-4"), ["-", "-", "first lost"]);
  sender.packet(); // 1, once more
  sendMore(sender, flow, 3);
  assert.deepEqual(losses(sender, flow, "0 2-5", "0 2-6", "0 2-7"), ["-", "-", "first lost"]);
});

test("RFC 5681 §4.3 two that are lost at once are one sign", () => {
  const { sender, flow } = sent(6);
  assert.deepEqual(losses(sender, flow, "0 3", "0 3-4", "0 3-5"), ["-", "-", "first lost"]);
  sender.packet();
  assert.deepEqual(losses(sender, flow, "0-6"), ["-"]);
});

test("§3.6.2.6 a timeout is a sign of its own: what was sent before it tells nothing new", () => {
  const { sender, flow } = sent(3);
  sender.flows.loseAll();
  sender.packets();
  sendMore(sender, flow, 3);
  assert.deepEqual(losses(sender, flow, "0-3 5", "0-3 5-6"), ["-", "-"]);
  sendMore(sender, flow, 1);
  assert.deepEqual(losses(sender, flow, "0-3 5-7"), ["first lost"]);
});

/** The packet that was filled last was a large one. */
function sentLarge(count: number): { sender: Sender; flow: Flow } {
  const { sender, flow } = sent(count);
  sender.flows.noteLargePacket();
  return { sender, flow };
}

test("RFC 8899 §4.3 a large packet that is sent again before it is known to be lost has no fate yet", () => {
  const { sender } = sentLarge(1);
  sender.flows.retryLast();
  assert.deepEqual(sender.flows.takeLargePacketFates(), { anyArrived: false, lost: 0 });
  assert.equal(sender.packet().length, 1);
});

test("RFC 8899 §4.3 nor has one whose message was given up, while what came after it waits", () => {
  const sender = new Sender();
  const flow = sender.open();
  sender.send(flow, "x", { deadlineMs: 100 });
  sender.packet();
  sender.flows.noteLargePacket();
  sendMore(sender, flow, 1);
  sender.acknowledge(flow, "0 2");
  sender.advance(100);
  assert.equal(sender.flows.outstandingBytes, 0);
  assert.deepEqual(sender.flows.takeLargePacketFates(), { anyArrived: false, lost: 0 });
});

test("RFC 8899 §4.3 large packets that are lost by acknowledgements, or by a timeout, are counted", () => {
  const told = sentLarge(1);
  sendMore(told.sender, told.flow, 3);
  losses(told.sender, told.flow, "0 2", "0 2-3", "0 2-4");
  assert.deepEqual(told.sender.flows.takeLargePacketFates(), { anyArrived: false, lost: 1 });
  const { sender } = sentLarge(1);
  sender.flows.loseAll();
  assert.deepEqual(sender.flows.takeLargePacketFates(), { anyArrived: false, lost: 1 });
});

test("RFC 8985 §7 what was sent before a probe that arrives is lost, at once", () => {
  const { sender, flow } = sent(5);
  sender.flows.retryLast();
  assert.equal(sender.packet().at(0)?.sequenceNumber, 5);
  assert.deepEqual(losses(sender, flow, "0-1"), ["-"], "late news of what came before the probe");
  sendMore(sender, flow, 1);
  assert.deepEqual(losses(sender, flow, "0-1 5"), ["first lost"]);
  const again = sender.packets(12).map(([chunk]) => chunk?.sequenceNumber);
  assert.deepEqual(again, [2, 3, 4], "and what was sent after it is not");
});
