import assert from "node:assert/strict";
import { test } from "node:test";
import { RtmfpError } from "../../../protocol/errors.ts";
import { MessageType } from "../../../protocol/rtmp/message.ts";
import { LiveStream } from "../../../protocol/tc/live-stream.ts";
import { StreamSender } from "../../../protocol/tc/stream-sender.ts";
import type { Transport } from "../../../protocol/tc/transport.ts";
import { GuardedTransport } from "../../../rendezvous/guarded-transport.ts";
import { media } from "../../support/media.ts";

const message = {
  type: MessageType.video,
  streamId: 1,
  timestampMs: 0,
  payload: new Uint8Array(1),
};

function transport(send: () => never): Transport {
  return {
    send,
    closeStream: () => undefined,
    synchronize: send,
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
  assert.deepEqual(failures.splice(0), ["LIMIT"]);
  guarded.synchronize([0], 0);
  assert.deepEqual(failures, ["LIMIT"]);
});

test("who can do without a message hears of the limit, and nobody pays", () => {
  const full = transport(() => {
    throw new RtmfpError("LIMIT", "too much is queued");
  });
  const failures: string[] = [];
  const guarded = new GuardedTransport(full, ({ code }) => failures.push(code));
  assert.throws(() => guarded.send(message, { deadlineMs: 1_000 }, 0), { code: "LIMIT" });
  const stream = new LiveStream("cam");
  stream.play(new StreamSender("cam", 1, 0, guarded), 0);
  const publisher = stream.publish(0);
  assert.deepEqual(failures.splice(0), ["LIMIT"], "the notice that somebody publishes");
  assert.deepEqual(publisher?.write(media.videoHeader(), 0), []);
  assert.deepEqual(publisher?.write(media.keyframe(0), 0), [], "the header is still owed");
  assert.deepEqual([failures, stream.playerCount], [[], 1]);
});

test("bugs are not hidden", () => {
  const broken = transport(() => {
    throw new TypeError("a bug");
  });
  const guarded = new GuardedTransport(broken, () => assert.fail());
  assert.throws(() => guarded.send(message, {}, 0), TypeError);
  assert.throws(() => guarded.synchronize([0], 0), TypeError);
});
