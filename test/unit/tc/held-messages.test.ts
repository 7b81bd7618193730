import assert from "node:assert/strict";
import { test } from "node:test";
import { BUFFERED_FRAGMENT_BYTES, MAX_HELD_BYTES } from "../../../protocol/params.ts";
import { HeldMessages } from "../../../protocol/tc/held-messages.ts";
import { Receiver } from "../../support/receiver.ts";

function flows(): readonly [HeldMessages, ...Receiver["opened"]] {
  const receiver = new Receiver();
  for (const flowId of [2, 3]) receiver.receive({ flowId });
  return [new HeldMessages(), ...receiver.opened];
}

function message(length: number): { readonly bytes: Uint8Array; readonly afterGap: boolean } {
  return { bytes: new Uint8Array(length), afterGap: false };
}

test("messages come out in their order, until the flow is held again", () => {
  const [held, one] = flows();
  assert.ok(one);
  held.hold(one);
  for (const length of [1, 2, 3]) assert.ok(held.push(one, message(length)));
  assert.equal(held.take(one), undefined);
  held.free(one);
  assert.equal(held.take(one)?.bytes.length, 1);
  held.hold(one);
  assert.ok(held.has(one));
  assert.equal(held.take(one), undefined);
  held.free(one);
  assert.deepEqual([held.take(one)?.bytes.length, held.take(one)?.bytes.length], [2, 3]);
  assert.equal(held.take(one), undefined);
  assert.equal(held.has(one), false);
});

test("all flows of a group together hold no more than MAX_HELD_BYTES, empty messages included", () => {
  for (const length of [0, 100_000]) {
    const [held, one, other] = flows();
    assert.ok(one && other);
    held.hold(one);
    held.hold(other);
    let count = 0;
    while (held.push(count % 2 ? one : other, message(length))) count += 1;
    const most = MAX_HELD_BYTES / (length + BUFFERED_FRAGMENT_BYTES);
    assert.equal(count, Math.floor(most));
    held.delete(one);
    assert.ok(held.push(other, message(length)), "what a flow held that has ended is free again");
  }
});

test("a message that waits holds on to no buffer that is far larger", () => {
  const [held, one] = flows();
  assert.ok(one);
  held.hold(one);
  held.push(one, { bytes: new Uint8Array(16_384).subarray(7, 8), afterGap: true });
  held.free(one);
  const message = held.take(one);
  assert.ok(message?.afterGap);
  assert.deepEqual([message.bytes.length, message.bytes.buffer.byteLength], [1, 1]);
});
