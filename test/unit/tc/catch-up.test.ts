import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message } from "../../../protocol/rtmp/message.ts";
import { LiveStream } from "../../../protocol/tc/live-stream.ts";
import { StreamSender } from "../../../protocol/tc/stream-sender.ts";
import { media } from "../../support/media.ts";

test("a newcomer whose connection has much to deliver already waits for the next keyframe", () => {
  const stream = new LiveStream("cam");
  const publisher = stream.publish(0);
  const written = [media.videoHeader(), media.keyframe(1), media.inter(2), media.audio(3)];
  for (const message of written) publisher?.write(message, 0);
  const pictures: number[] = [];
  const outlet = {
    unsentBytes: 0,
    send: ({ type, timestampMs }: Message): undefined => {
      if (type === media.inter(0).type) pictures.push(timestampMs);
    },
    synchronize: () => undefined,
  };
  stream.play(new StreamSender("cam", 1, 0, outlet), 0);
  assert.deepEqual(pictures.splice(0), [0, 1, 2]);
  outlet.unsentBytes = 10_000_000;
  const [one, other] = [
    new StreamSender("cam", 2, 0, outlet),
    new StreamSender("cam", 3, 0, outlet),
  ];
  const leave = stream.play(one, 0);
  assert.deepEqual(pictures.splice(0), [0], "the setup comes in any case");
  leave();
  stream.play(other, 0);
  pictures.length = 0;
  for (const message of [media.inter(4), media.keyframe(5)]) publisher?.write(message, 0);
  assert.deepEqual(pictures, [4, 5, 5], "who is there plays on, the newcomer begins");
});
