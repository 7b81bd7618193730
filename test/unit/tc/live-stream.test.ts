import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Message } from "../../../protocol/rtmp/message.ts";
import { LiveStream } from "../../../protocol/tc/live-stream.ts";
import { failure } from "../../../protocol/tc/status.ts";
import { joined, published, write } from "../../support/live-stream.ts";
import { media, Notes } from "../../support/media.ts";

const metadata = media.data("@setDataFrame", "onMetaData", { width: 320 });

/** `message` as a view of what one read of a socket may bring. */
function inSlab(message: Message): Message {
  const slab = new Uint8Array(65_536);
  slab.set(message.payload, 100);
  return { ...message, payload: slab.subarray(100, 100 + message.payload.length) };
}

test("a player that waits gets everything from the start", () => {
  const stream = new LiveStream("cam");
  const player = joined(stream);
  assert.deepEqual(player.take(), []);
  assert.ok(!stream.isLive && !stream.isIdle);
  const publisher = published(stream);
  write(publisher, metadata, media.audioHeader(), media.videoHeader());
  write(publisher, media.keyframe(0), media.audio(10), media.inter(40));
  assert.deepEqual(player.take(), [
    "publish",
    "metadata 0",
    "audio-header 0",
    "video-header 0",
    "keyframe 0",
    "audio 10",
    "inter 40",
  ]);
});

test("who joins after @clearDataFrame gets no description, until there is another", () => {
  const stream = new LiveStream("cam");
  const publisher = published(stream);
  const player = joined(stream);
  write(publisher, metadata, media.keyframe(0), media.data("@clearDataFrame", "onMetaData"));
  assert.deepEqual(player.take(), ["publish", "metadata 0", "keyframe 0", "metadata-clear 0"]);
  assert.deepEqual(joined(stream).take(), ["publish", "+keyframe 0"]);
  write(publisher, metadata);
  assert.deepEqual(joined(stream).take(), ["publish", "+metadata 0", "+keyframe 0"]);
});

test("who joins late gets description, headers, and all since the last keyframe", () => {
  const stream = new LiveStream("cam");
  const publisher = published(stream);
  write(publisher, media.videoHeader(), metadata, media.audioHeader(), media.keyframe(0));
  write(publisher, media.inter(40), media.keyframe(80), media.audio(90), media.inter(120));
  const player = joined(stream);
  assert.deepEqual(player.take(), [
    "publish",
    "+metadata 0",
    "+audio-header 0",
    "+video-header 0",
    "+keyframe 80",
    "+audio 90",
    "+inter 120",
  ]);
  write(publisher, media.inter(160));
  assert.deepEqual(player.take(), ["inter 160"]);
});

test("nobody gets a picture before a keyframe, whatever headers come in between", () => {
  const stream = new LiveStream("cam");
  const publisher = published(stream);
  write(publisher, media.videoHeader(), media.inter(0));
  const player = joined(stream);
  player.take();
  write(publisher, media.inter(40), media.audio(50), media.videoHeader(), media.inter(80));
  assert.deepEqual(player.take(), ["audio 50", "video-header 0"]);
  write(publisher, media.keyframe(120), media.inter(160));
  assert.deepEqual(player.take(), ["keyframe 120", "inter 160"]);
});

test("another video header empties the group that newcomers get", () => {
  const stream = new LiveStream("cam");
  const publisher = published(stream);
  write(publisher, media.videoHeader(1), media.keyframe(0), media.videoHeader(2));
  const player = joined(stream);
  assert.deepEqual(player.take(), ["publish", "+video-header 0"]);
  assert.equal(player.media[0]?.message.payload.at(-1), 2);
  write(publisher, media.inter(40), media.keyframe(80));
  assert.deepEqual(player.take(), ["keyframe 80"]);
});

test("after a gap everybody waits for a keyframe, and newcomers get no group with a hole", () => {
  const stream = new LiveStream("cam");
  const publisher = published(stream);
  const player = joined(stream);
  write(publisher, media.videoHeader(), media.keyframe(0), media.inter(40));
  player.take();
  publisher.noteGap();
  write(publisher, media.inter(80), media.audio(90));
  assert.deepEqual(player.take(), ["audio 90"]);
  const late = joined(stream);
  assert.deepEqual(late.take(), ["publish", "+video-header 0"]);
  write(publisher, media.inter(120), media.keyframe(160), media.inter(200));
  assert.deepEqual(player.take(), ["keyframe 160", "inter 200"]);
  assert.deepEqual(late.take(), ["keyframe 160", "inter 200"]);
});

test("a stream of sound alone has no group, and is heard at once", () => {
  const stream = new LiveStream("radio");
  const publisher = published(stream);
  write(publisher, media.audioHeader(), media.audio(0));
  const player = joined(stream);
  write(publisher, media.audio(20));
  assert.deepEqual(player.take(), ["publish", "+audio-header 0", "audio 20"]);
});

test("players learn of the end, and of the next publisher, whose stream starts anew", () => {
  const stream = new LiveStream("cam");
  const first = published(stream);
  const player = joined(stream);
  write(first, metadata, media.videoHeader(), media.keyframe(0));
  player.take();
  first.end(0);
  first.end(0);
  assert.deepEqual(player.take(), ["unpublish"]);
  assert.ok(!stream.isLive);
  assert.deepEqual(joined(stream).take(), []);
  const second = published(stream);
  write(first, media.keyframe(40));
  first.noteGap();
  first.end(0);
  assert.ok(stream.isLive);
  write(second, media.inter(80), media.keyframe(120));
  assert.deepEqual(player.take(), ["publish", "keyframe 120"]);
});

test("one publishes at a time", () => {
  const stream = new LiveStream("cam");
  const publisher = published(stream);
  assert.equal(stream.publish(0), undefined);
  publisher.end(0);
  assert.ok(stream.publish(0));
});

test("who left gets nothing more, and may leave from within a message", () => {
  const stream = new LiveStream("cam");
  const publisher = published(stream);
  const leaving = new Notes();
  const leave = stream.play(leaving, 0);
  const staying = joined(stream);
  leaving.onMedia = (): undefined => {
    leave();
  };
  write(publisher, media.keyframe(0), media.inter(40));
  assert.deepEqual(staying.take(), ["publish", "keyframe 0", "inter 40"]);
  assert.equal(stream.playerCount, 1);
  publisher.end(0);
  assert.ok(!stream.isIdle);
});

test("a group that grows past the limits is forgotten until the next keyframe", () => {
  const stream = new LiveStream("cam");
  const publisher = published(stream);
  const payload = new Uint8Array(1_000_000);
  payload.set([0x27, 1]);
  write(publisher, media.keyframe(0));
  for (let count = 0; count < 17; count += 1) write(publisher, { ...media.inter(40), payload });
  assert.deepEqual(joined(stream).take(), ["publish"]);
  write(publisher, media.keyframe(80));
  assert.deepEqual(joined(stream).take(), ["publish", "+keyframe 80"]);
  for (let count = 0; count < 4_096; count += 1) write(publisher, media.audio(90));
  assert.deepEqual(joined(stream).take(), ["publish"]);
});

test("what is kept for long is no view of the buffer it came in", () => {
  const stream = new LiveStream("cam");
  const publisher = published(stream);
  const pictures = [media.keyframe(0), media.inter(40), media.audio(50)];
  for (const message of [metadata, media.audioHeader(), media.videoHeader(), ...pictures]) {
    write(publisher, inSlab(message));
  }
  const player = joined(stream);
  assert.equal(player.media.length, 6);
  for (const { message } of player.media) {
    assert.equal(message.payload.buffer.byteLength, message.payload.length);
  }
});

test("players get pictures as they came, uncopied, and of setups the one copy that all share", () => {
  const stream = new LiveStream("cam");
  const publisher = published(stream);
  const [one, other] = [joined(stream), joined(stream)];
  const picture = inSlab(media.keyframe(0));
  write(publisher, picture, inSlab(media.audioHeader()));
  const newcomer = joined(stream);
  const payloads = [one, other].map((player) => player.media.map(({ message }) => message.payload));
  assert.equal(payloads[0]?.[0], picture.payload);
  assert.equal(payloads[1]?.[0], picture.payload);
  assert.equal(payloads[0]?.[1], payloads[1]?.[1]);
  assert.equal(payloads[0]?.[1], newcomer.media[0]?.message.payload);
});

test("whatever a publisher sends, every picture a player gets follows a keyframe without a hole", () => {
  const step = fc.constantFrom("keyframe", "inter", "audio", "video-header", "gap", "join");
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const stream = new LiveStream("cam");
      const publisher = published(stream);
      const players: Notes[] = [joined(stream)];
      const follows = new Map<number, number>();
      let last: number | undefined;
      for (const [at, kind] of steps.entries()) {
        if (kind === "join") players.push(joined(stream));
        else if (kind === "gap") {
          publisher.noteGap();
          last = undefined;
        } else if (kind === "keyframe") {
          write(publisher, media.keyframe(at));
          last = at;
        } else if (kind === "inter") {
          if (last !== undefined) follows.set(at, last);
          write(publisher, media.inter(at));
          if (last !== undefined) last = at;
        } else write(publisher, kind === "audio" ? media.audio(at) : media.videoHeader());
      }
      for (const player of players) assertDecodable(player, follows);
    }),
  );
});

/** `follows`: the picture before each, where there is no hole between them. */
function assertDecodable(player: Notes, follows: ReadonlyMap<number, number>): void {
  let last: number | undefined;
  for (const { kind, message } of player.media) {
    if (kind === "inter") {
      assert.notEqual(last, undefined);
      assert.equal(follows.get(message.timestampMs), last);
    }
    if (kind === "inter" || kind === "keyframe") last = message.timestampMs;
  }
}

test("a stream that cannot be had tells everyone who waits for it", () => {
  const stream = new LiveStream("cam");
  const player = joined(stream);
  stream.fail(failure("NetStream.Play.StreamNotFound", "no such stream"), 0);
  assert.deepEqual(player.take(), ["failure NetStream.Play.StreamNotFound"]);
});

test("a deadline that is none: RangeError for who publishes, and nobody sees the message", () => {
  const stream = new LiveStream("cam");
  const player = joined(stream);
  const publisher = published(stream);
  player.take();
  const write = (): unknown => publisher.write(media.keyframe(0), 0, Number.NaN);
  assert.throws(write, { name: "RangeError", message: /deadlineMs/ });
  assert.deepEqual(player.take(), []);
});
