import assert from "node:assert/strict";
import { test } from "node:test";
import { RtmfpError } from "../../../protocol/errors.ts";
import { MessageType } from "../../../protocol/rtmp/message.ts";
import type { Transport } from "../../../protocol/tc/transport.ts";
import { GuardedTransport } from "../../../rendezvous/guarded-transport.ts";

const message = {
  type: MessageType.video,
  streamId: 1,
  timestampMs: 0,
  payload: new Uint8Array(1),
};

function transport(send: Transport["send"]): Transport {
  return {
    send,
    closeStream: () => undefined,
    synchronize: () => undefined,
    close: () => undefined,
  };
}

test("a far end that takes nothing any more pays itself, not who sends to it", () => {
  const failures: string[] = [];
  const full = transport(() => {
    throw new RtmfpError("LIMIT", "too much is queued");
  });
  const guarded = new GuardedTransport(full, ({ code }) => failures.push(code));
  assert.equal(guarded.send(message, {}, 0), undefined);
  assert.deepEqual(failures, ["LIMIT"]);
});

test("bugs are not hidden", () => {
  const broken = transport(() => {
    throw new TypeError("a bug");
  });
  const guarded = new GuardedTransport(broken, () => assert.fail());
  assert.throws(() => guarded.send(message, {}, 0), TypeError);
});
