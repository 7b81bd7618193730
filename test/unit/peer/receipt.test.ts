import assert from "node:assert/strict";
import { test } from "node:test";
import { Receipt } from "../../../peer/streams/receipt.ts";
import { OutgoingMessage } from "../../../protocol/flow/outgoing-message.ts";

function outgoing(): OutgoingMessage {
  const message = new OutgoingMessage(1, {}, 0, ({ onOutcome }) => onOutcome?.(false));
  message.noteFragment();
  return message;
}

function deliver(message: OutgoingMessage): void {
  if (message.noteAcknowledged(1)) message.onOutcome?.(true);
}

function receiptOf(...messages: OutgoingMessage[]): Receipt {
  return new Receipt(
    messages,
    (change) => change(),
    () => true,
  );
}

test("true once all have it, whenever it is asked", async () => {
  const [one, other] = [outgoing(), outgoing()];
  const receipt = receiptOf(one, other);
  const early = receipt.delivered;
  deliver(one);
  const late = receipt.delivered;
  deliver(other);
  assert.deepEqual(await Promise.all([early, late, receipt.delivered]), [true, true, true]);
  assert.equal(await receiptOf().delivered, true);
});

test("false once nobody wants the stream, even if it has arrived there", async () => {
  const message = outgoing();
  let isWanted = true;
  const receipt = new Receipt(
    [message],
    (change) => change(),
    () => isWanted,
  );
  isWanted = false;
  deliver(message);
  assert.equal(await receipt.delivered, false);
});

test("false as soon as one will not get it", async () => {
  const [one, other] = [outgoing(), outgoing()];
  const { delivered } = receiptOf(one, other);
  other.abandon();
  assert.equal(await delivered, false);
});

test("abandon gives up what was not delivered yet", async () => {
  const [one, other] = [outgoing(), outgoing()];
  deliver(one);
  const receipt = receiptOf(one, other);
  receipt.abandon();
  receipt.abandon();
  assert.deepEqual([one.state, other.state], ["DELIVERED", "ABANDONED"]);
  assert.equal(await receipt.delivered, false);
});
