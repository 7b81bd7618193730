import assert from "node:assert/strict";
import { test } from "node:test";
import { QUEUED_FRAGMENT_BYTES, SEND_BUFFER_BYTES } from "../../../protocol/params.ts";
import { inShort, Sender } from "../../support/sender.ts";

test("§3.6.2.7 an abandoned message that was never sent is not sent", () => {
  const sender = new Sender();
  const flow = sender.open();
  const first = sender.sendNoted(flow, "one");
  sender.sendNoted(flow, "two");
  first.abandon();
  assert.equal(flow.queuedBytes, 3);
  assert.deepEqual(sender.packet().map(inShort), ["2 fsn 1"]);
  sender.tellOutcomes();
  assert.deepEqual(sender.outcomes(), [["one", false]]);
});

test("§3.6.2.7 all fragments of a message are abandoned together, and for good", () => {
  const sender = new Sender(10);
  const flow = sender.open({ metadata: new Uint8Array(0) });
  const message = sender.sendNoted(flow, "x".repeat(40));
  sender.send(flow, "end");
  sender.packet(24);
  message.abandon();
  message.abandon();
  assert.deepEqual(sender.packet().map(inShort), ["7 fsn 0"]);
  sender.flows.loseAll();
  assert.deepEqual(sender.packet().map(inShort), ["7 fsn 6"]);
  sender.acknowledge(flow, "0-7");
  sender.tellOutcomes();
  assert.deepEqual(sender.outcomes(), [["x".repeat(40), false]]);
});

test("§3.6.2.3 the forward sequence number stays below what may still arrive", () => {
  const sender = new Sender();
  const flow = sender.open();
  const first = sender.send(flow, "one");
  sender.packet();
  first.abandon();
  sender.send(flow, "two");
  assert.deepEqual(sender.packet().map(inShort), ["2 fsn 0"]);
});

test("§3.6.2.7.1 when nothing else is to be sent, a Forward Sequence Number Update is", () => {
  const sender = new Sender();
  const flow = sender.open();
  const first = sender.send(flow, "one");
  sender.packet();
  first.abandon();
  assert.deepEqual(sender.packet(), []);
  sender.flows.loseAll();
  const [update] = sender.packet();
  assert.ok(update?.abandoned);
  assert.equal(inShort(update), "ABN 1 fsn 1");
  assert.equal(update.data.length, 0);
  sender.flows.loseAll();
  assert.deepEqual(sender.packet().map(inShort), ["ABN 1 fsn 1"]);
  sender.acknowledge(flow, "0-1");
  assert.deepEqual(sender.packet(), []);
});

test("§3.6.2.7.1 a receiver that never moves forward is told 16 times, and again once it has", () => {
  const sender = new Sender();
  const flow = sender.open();
  const updatesFor = (numbers: string): string[] => {
    const chunks = Array.from({ length: 100 }, () => {
      sender.acknowledge(flow, numbers);
      return sender.packet();
    });
    return chunks.flat().map(inShort);
  };
  sender.send(flow, "one");
  sender.packet();
  assert.deepEqual(updatesFor("0 1"), new Array(16).fill("ABN 1 fsn 1"));
  sender.acknowledge(flow, "0-1");
  sender.send(flow, "two");
  sender.packet();
  assert.deepEqual(updatesFor("0-1 2"), new Array(16).fill("ABN 2 fsn 2"));
});

test("§3.6.2.7.1 one update tells of many abandoned messages", () => {
  const sender = new Sender();
  const flow = sender.open();
  const messages = ["one", "two", "three"].map((text) => sender.send(flow, text));
  sender.packet();
  for (const message of messages) message.abandon();
  sender.flows.loseAll();
  assert.deepEqual(sender.packet().map(inShort), ["ABN 3 fsn 3"]);
});

test("§3.6.2.7.1 the update is sent at once when all behind the gap is in flight", () => {
  const sender = new Sender();
  const flow = sender.open();
  const lost = sender.send(flow, "lost");
  sender.packet();
  for (let number = 2; number <= 5; number += 1) {
    sender.send(flow, "x");
    sender.packet();
  }
  for (const numbers of ["0 2", "0 2-3", "0 2-4"]) sender.acknowledge(flow, numbers);
  lost.abandon();
  assert.deepEqual(sender.packet().map(inShort), ["ABN 1 fsn 1"]);
});

test("§3.6.2.1 a flow can begin with nothing but an abandoned message", () => {
  const sender = new Sender();
  const flow = sender.open();
  sender.send(flow, "nothing").abandon();
  const [update] = sender.packet();
  assert.ok(update?.abandoned);
  assert.equal(inShort(update), "ABN 1 fsn 1");
  assert.ok(update.options?.metadata);
});

test("a message expires at its deadline, sent or not, unless it was delivered", () => {
  const sender = new Sender();
  const flow = sender.open();
  sender.sendNoted(flow, "delivered", { deadlineMs: 100 });
  sender.packet();
  sender.acknowledge(flow, "0-1");
  sender.sendNoted(flow, "in flight", { deadlineMs: 100 });
  sender.packet();
  sender.sendNoted(flow, "queued", { deadlineMs: 100 });
  sender.sendNoted(flow, "later", { deadlineMs: 200 });
  sender.sendNoted(flow, "reliable");
  assert.equal(sender.flows.timeout, 100);
  sender.advance(99);
  sender.tellOutcomes();
  assert.deepEqual(sender.outcomes(), [["delivered", true]]);
  sender.advance(1);
  sender.tellOutcomes();
  assert.deepEqual(sender.outcomes().slice(1), [
    ["in flight", false],
    ["queued", false],
  ]);
  assert.equal(sender.flows.timeout, 200);
  sender.flows.loseAll();
  assert.deepEqual(sender.packet().map(inShort), ["4 fsn 3", "5 fsn 3"]);
});

test("an expired message is not sent even if nobody advanced the clock", () => {
  const sender = new Sender();
  const flow = sender.open();
  sender.send(flow, "late", { deadlineMs: 10 });
  sender.send(flow, "good");
  sender.now = 10;
  assert.deepEqual(sender.packet().map(inShort), ["2 fsn 1"]);
});

test("a deadline is not shortened by a later one, nor by infinity", () => {
  const sender = new Sender();
  const flow = sender.open();
  sender.send(flow, "one", { deadlineMs: 50 });
  sender.send(flow, "two", { deadlineMs: 500 });
  sender.send(flow, "three", { deadlineMs: undefined });
  assert.equal(flow.timeout, 50);
});

test("media with deadlines that nobody takes does not fill the send buffer", () => {
  const sender = new Sender();
  const flow = sender.open();
  sender.send(flow, "header");
  sender.packet();
  sender.acknowledge(flow, "0", 0);
  const messages = (2 * SEND_BUFFER_BYTES) / QUEUED_FRAGMENT_BYTES;
  for (let count = 0; count < messages; count += 1) {
    sender.send(flow, "media", { deadlineMs: 100 });
    sender.advance(10);
  }
  sender.flows.loseAll();
  sender.acknowledge(flow, "0", 1e6);
  const chunks = sender.packets().flat();
  assert.ok(chunks.length < 100, `${chunks.length}`);
  assert.equal(new TextDecoder().decode(chunks[0]?.data), "header");
  assert.equal(chunks.filter(({ data }) => data.length === "media".length).length, 9);
});

test("messages that were abandoned and never sent leave one gap, wherever they stood", () => {
  const sender = new Sender();
  const flow = sender.open();
  const texts: string[] = [];
  for (let count = 0; count < 3_000; count += 1) {
    const message = sender.send(flow, `${count}`);
    if (count % 1_000 < 10) texts.push(`${count}`);
    else message.abandon();
    if (count === 2) sender.packet();
  }
  const chunks = [...sender.packets().flat()];
  const numbers = chunks.map(({ sequenceNumber }) => sequenceNumber);
  assert.deepEqual(
    numbers,
    numbers.toSorted((one, other) => one - other),
  );
  const told = chunks.map(({ data }) => new TextDecoder().decode(data));
  assert.deepEqual(
    told.filter((text) => text !== ""),
    texts.slice(3),
  );
  const gaps = numbers.filter(
    (number, index) => index > 0 && number > (numbers[index - 1] ?? 0) + 1,
  );
  assert.equal(gaps.length, 2);
});
