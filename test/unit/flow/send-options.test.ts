import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { OutgoingMessage } from "../../../protocol/flow/outgoing-message.ts";
import { cpuTimeMs } from "../../support/cpu-time.ts";
import { survivors } from "../../support/garbage.ts";
import { inShort, Sender } from "../../support/sender.ts";

test("startByMs: what was not begun by then is abandoned, what was is sent on", () => {
  const sender = new Sender(10);
  const flow = sender.open({ metadata: new Uint8Array(0) });
  const begun = sender.sendNoted(flow, "x".repeat(30), { startByMs: 50 });
  const late = sender.sendNoted(flow, "late", { startByMs: 50 });
  const reliable = sender.send(flow, "reliable");
  assert.equal(flow.timeout, 50);
  sender.packet(20);
  sender.advance(50);
  assert.deepEqual([begun.state, late.state, reliable.state], ["QUEUED", "ABANDONED", "QUEUED"]);
  sender.tellOutcomes();
  assert.deepEqual(sender.outcomes(), [["late", false]]);
  assert.equal(flow.timeout, Number.POSITIVE_INFINITY);
});

test("startByMs and deadlineMs: whichever comes first, and then the deadline alone", () => {
  const sender = new Sender();
  const flow = sender.open();
  const message = sender.send(flow, "both", { startByMs: 50, deadlineMs: 200 });
  assert.equal(message.expiresAt, 50);
  sender.packet();
  assert.equal(message.expiresAt, 200);
  sender.advance(199);
  assert.equal(message.state, "QUEUED");
  sender.advance(1);
  assert.equal(message.state, "ABANDONED");
});

test("startByMs counts although nobody advanced the clock", () => {
  const sender = new Sender();
  const flow = sender.open();
  sender.send(flow, "late", { startByMs: 10 });
  sender.send(flow, "good");
  sender.now = 10;
  assert.deepEqual(sender.packet().map(inShort), ["2 fsn 1"]);
});

test("maxTransmissions 1: what is lost is abandoned, not resent", () => {
  const sender = new Sender();
  const flow = sender.open();
  const message = sender.sendNoted(flow, "once", { maxTransmissions: 1 });
  sender.send(flow, "reliable");
  sender.packet();
  sender.flows.loseAll();
  assert.equal(message.state, "ABANDONED");
  sender.tellOutcomes();
  assert.deepEqual(sender.outcomes(), [["once", false]]);
  assert.deepEqual(sender.packet().map(inShort), ["2 fsn 1"]);
});

test("maxTransmissions counts the fragment that was sent most, and what arrives is delivered", () => {
  const sender = new Sender(10);
  const flow = sender.open({ metadata: new Uint8Array(0) });
  const message = sender.send(flow, "x".repeat(12), { maxTransmissions: 2 });
  sender.packets();
  sender.acknowledge(flow, "0-1");
  sender.flows.loseAll();
  assert.equal(message.state, "QUEUED");
  sender.packets();
  sender.flows.loseAll();
  assert.equal(message.state, "ABANDONED");
  const lucky = sender.send(flow, "y", { maxTransmissions: 1 });
  sender.packets();
  sender.acknowledge(flow, "0-4");
  assert.equal(lucky.state, "DELIVERED");
});

test("maxTransmissions is at least 1", () => {
  const sender = new Sender();
  const flow = sender.open();
  for (const maxTransmissions of [0, -1, Number.NaN]) {
    assert.throws(() => sender.send(flow, "x", { maxTransmissions }), RangeError);
  }
  assert.equal(flow.queuedBytes, 0);
});

test("a parent takes its children along, theirs too, in other flows as well", () => {
  const sender = new Sender();
  const [one, other] = [sender.open(), sender.open()];
  const key = sender.sendNoted(one, "key");
  const inter = sender.sendNoted(one, "inter", { parent: key });
  sender.sendNoted(other, "enhancement", { parent: inter });
  sender.sendNoted(other, "apart");
  key.abandon();
  sender.tellOutcomes();
  assert.deepEqual(sender.outcomes(), [
    ["key", false],
    ["inter", false],
    ["enhancement", false],
  ]);
  assert.deepEqual([one.queuedBytes, other.queuedBytes], [0, "apart".length]);
});

test("what depends on a lost message is lost when it is queued, and its sender is told", () => {
  const sender = new Sender();
  const flow = sender.open();
  const key = sender.send(flow, "key");
  key.abandon();
  const inter = sender.sendNoted(flow, "inter", { parent: key });
  assert.ok(inter.isAbandoned && inter.isLost);
  sender.sendNoted(flow, "and the next", { parent: inter });
  sender.tellOutcomes();
  assert.deepEqual(sender.outcomes(), [
    ["inter", false],
    ["and the next", false],
  ]);
  assert.equal(flow.queuedBytes, 0);
});

test("a delivered message in the middle of a chain passes the loss on", () => {
  const sender = new Sender();
  const flow = sender.open();
  const key = sender.send(flow, "key");
  const arrived = sender.send(flow, "arrived", { parent: key });
  sender.packet();
  sender.acknowledge(flow, "0 2");
  const after = sender.send(flow, "after", { parent: arrived });
  key.abandon();
  assert.equal(arrived.state, "DELIVERED");
  assert.equal(after.state, "ABANDONED");
  assert.ok(sender.send(flow, "later", { parent: arrived }).isAbandoned);
});

test("a delivered message with nothing uncertain before it loses nobody", () => {
  const sender = new Sender();
  const flow = sender.open();
  const key = sender.send(flow, "key");
  const inter = sender.send(flow, "inter", { parent: key });
  sender.packet();
  sender.acknowledge(flow, "0-2");
  const next = sender.send(flow, "next", { parent: inter });
  key.abandon();
  inter.abandon();
  assert.deepEqual([key.isLost, inter.isLost, next.state], [false, false, "QUEUED"]);
});

test("a chain may be as long as a stream", () => {
  const sender = new Sender();
  const flow = sender.open();
  const chain: OutgoingMessage[] = [];
  for (let count = 0; count < 20_000; count += 1) {
    chain.push(sender.send(flow, "x", { parent: chain.at(-1) }));
  }
  chain[0]?.abandon();
  assert.ok(chain.every(({ isAbandoned }) => isAbandoned));
  assert.equal(flow.queuedBytes, 0);
});

/** Which of these depend on a lost one: what the chain has to come to, whatever the order of events. */
test("a message is lost exactly if it or one that it depends on was abandoned", () => {
  const actions = fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant("send" as const), at: fc.nat(9) }),
      fc.record({ kind: fc.constant("abandon" as const), at: fc.nat(9) }),
      fc.record({ kind: fc.constant("arrive" as const), at: fc.nat(9) }),
    ),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(actions, (list) => {
      const sender = new Sender();
      const flow = sender.open();
      const made: { message: OutgoingMessage; parent: OutgoingMessage | undefined }[] = [];
      for (const { kind, at } of list) {
        const picked = made.at(-1 - at);
        if (kind === "send") {
          const parent = picked?.message;
          made.push({ message: sender.send(flow, "x", { parent }), parent });
          sender.packet();
        } else if (picked && kind === "abandon") {
          picked.message.abandon();
        } else if (picked) {
          sender.acknowledge(flow, `0 ${made.indexOf(picked) + 1}`);
        }
        const lost = new Set<OutgoingMessage>();
        for (const { message, parent } of made) {
          const isDoomed = parent !== undefined && lost.has(parent);
          if (isDoomed) assert.notEqual(message.state, "QUEUED");
          if (isDoomed || message.isAbandoned) lost.add(message);
          if (message.state === "QUEUED") assert.ok(!message.isLost);
        }
      }
    }),
  );
});

test("what was delivered is not kept by what it depends on, however long that is under way", async () => {
  const sender = new Sender();
  const [slow, flow] = [sender.open(), sender.open()];
  const root = sender.send(slow, "root");
  sender.packet();
  const delivered: WeakRef<OutgoingMessage>[] = [];
  let last = root;
  for (let number = 1; number <= 100; number += 1) {
    last = sender.send(flow, "x", { parent: number % 2 ? root : last });
    delivered.push(new WeakRef(last));
    sender.packet();
    sender.acknowledge(flow, `0-${number}`);
  }
  assert.equal(await survivors(delivered.slice(0, -2)), 0);
  root.abandon();
  assert.ok(last.isLost && last.state === "DELIVERED");
});

test("times that are none: RangeError names the field, and nothing is queued", () => {
  const sender = new Sender();
  const flow = sender.open();
  for (const name of ["startByMs", "deadlineMs"] as const) {
    for (const ms of [Number.NaN, -1, Number.NEGATIVE_INFINITY]) {
      assert.throws(() => sender.send(flow, "x", { [name]: ms }), {
        name: "RangeError",
        message: new RegExp(name),
      });
    }
    for (const ms of [0, 0.5, Number.POSITIVE_INFINITY]) sender.send(flow, "y", { [name]: ms });
  }
  assert.equal(flow.queuedBytes, 6);
  assert.ok(!Number.isNaN(sender.flows.timeout));
});

test("what expires together is told of in the order in which it was sent, whatever was due first", () => {
  const sender = new Sender();
  const flow = sender.open();
  const limits = [30, 10, 20, 30, 30, 10, 20, 30];
  for (const [at, deadlineMs] of limits.entries()) sender.sendNoted(flow, `${at}`, { deadlineMs });
  sender.advance(30);
  sender.tellOutcomes();
  assert.deepEqual(
    sender.outcomes(),
    limits.map((_, at) => [`${at}`, false]),
  );
});

test("deadlines that come one by one take no longer, however much is queued", () => {
  const sender = new Sender();
  const flow = sender.open();
  for (let at = 0; at < 20_000; at += 1) {
    sender.sendNoted(flow, "x", { deadlineMs: 1 + Math.floor(at / 4) });
  }
  const startedAt = cpuTimeMs();
  for (let ms = 1; ms <= 5_000; ms += 1) {
    sender.advance(1);
    if (ms % 1_000 === 0) assert.equal(flow.queuedBytes, 20_000 - 4 * ms);
  }
  const elapsedMs = cpuTimeMs() - startedAt;
  assert.ok(elapsedMs < 500, `${elapsedMs} ms`);
});
