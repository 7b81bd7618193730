import assert from "node:assert/strict";
import { test } from "node:test";
import { MalformedError, RtmfpError } from "../../../protocol/errors.ts";
import { MAX_MESSAGE_BYTES } from "../../../protocol/params.ts";
import { encodeFlowMessage } from "../../../protocol/tc/flow-message.ts";
import { LiveStream } from "../../../protocol/tc/live-stream.ts";
import { joined, published, write } from "../../support/live-stream.ts";
import { media } from "../../support/media.ts";

test("what goes wrong with one player is its own end, and neither the publisher's nor the others'", () => {
  const faults: unknown[] = [];
  const stream = new LiveStream("cam", undefined, (error) => faults.push(error));
  const publisher = published(stream);
  const bug = new TypeError("a bug");
  const broken = ["onMedia", "onDry", "onUnpublish", "onPublish"] as const;
  for (const method of broken) {
    const player = joined(stream);
    Object.assign(player, {
      [method]: () => {
        throw bug;
      },
    });
    const other = joined(stream);
    if (method === "onMedia") write(publisher, media.keyframe(0));
    if (method === "onDry") stream.noteDry(0);
    if (method === "onUnpublish") publisher.end(0);
    if (method === "onPublish") stream.publish(0);
    assert.deepEqual(faults.splice(0), [bug], method);
    assert.equal(player.lines.at(-1), "failure NetStream.Play.Failed");
    assert.ok(!other.lines.includes("failure NetStream.Play.Failed"));
    assert.equal(stream.playerCount, broken.indexOf(method) + 1);
  }
});

test("an error that a far end can cause is no fault; one that nobody asked to hear of is thrown", () => {
  for (const error of [new RtmfpError("CLOSED", "gone"), new TypeError("a bug")]) {
    const stream = new LiveStream("cam");
    const publisher = published(stream);
    const player = joined(stream);
    player.onMedia = (): never => {
      throw error;
    };
    if (error instanceof RtmfpError) write(publisher, media.keyframe(0));
    else assert.throws(() => write(publisher, media.keyframe(0)), error);
    assert.equal(stream.playerCount, 0);
    assert.throws(() => stream.play(player, 0), error);
    assert.equal(stream.playerCount, 0);
  }
});

test("a message longer than flows carry is nobody's, and the pictures after it wait for a keyframe", () => {
  const stream = new LiveStream("cam");
  const publisher = published(stream);
  const player = joined(stream);
  write(publisher, media.keyframe(0));
  const payload = new Uint8Array(16_777_211);
  payload.set(media.inter(40).payload);
  const longest = { ...media.inter(40), payload: payload.subarray(0, 16_777_210) };
  write(publisher, longest);
  assert.equal(encodeFlowMessage(longest).length, MAX_MESSAGE_BYTES);
  assert.throws(() => write(publisher, { ...media.inter(80), payload }), MalformedError);
  write(publisher, media.inter(120), media.keyframe(160));
  assert.deepEqual(player.take(), ["publish", "keyframe 0", "inter 40", "keyframe 160"]);
});
