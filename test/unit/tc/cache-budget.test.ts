import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Message } from "../../../protocol/rtmp/message.ts";
import { CacheBudget } from "../../../protocol/tc/cache-budget.ts";
import { LiveStream, type Publisher } from "../../../protocol/tc/live-stream.ts";
import { media, Notes } from "../../support/media.ts";

function published(stream: LiveStream): Publisher {
  const publisher = stream.publish(0);
  assert.ok(publisher);
  return publisher;
}

/** What each message that is kept takes besides its payload. */
const KEPT_BYTES = 512;

/** What somebody who joins now is given. */
function joining(stream: LiveStream): string[] {
  const notes = new Notes();
  stream.play(notes, 0)();
  return notes.take();
}

/** `message` with a payload of `bytes`. */
function sized(message: Message, bytes: number): Message {
  const payload = new Uint8Array(bytes);
  payload.set(message.payload);
  return { ...message, payload };
}

test("streams share a budget: what does not fit is not kept, and those who join wait", () => {
  const budget = new CacheBudget(100 + 4 * KEPT_BYTES);
  const [one, other] = [new LiveStream("one", budget), new LiveStream("other", budget)];
  const [first, second] = [published(one), published(other)];
  first.write(media.videoHeader(), 0);
  first.write(sized(media.keyframe(0), 70), 0);
  second.write(media.videoHeader(), 0);
  second.write(sized(media.keyframe(0), 30), 0);
  assert.deepEqual(joining(one), ["publish", "+video-header 0", "+keyframe 0"]);
  assert.deepEqual(joining(other), ["publish", "+video-header 0"]);
  second.write(sized(media.inter(40), 10), 0);
  assert.deepEqual(
    joining(other),
    ["publish", "+video-header 0"],
    "no picture without its keyframe",
  );
  first.end(0);
  second.write(sized(media.keyframe(80), 30), 0);
  assert.deepEqual(joining(other), ["publish", "+video-header 0", "+keyframe 80"]);
  second.end(0);
  assert.equal(budget.used, 0);
});

test("a budget is 256 MiB if nobody says otherwise", () => {
  const budget = new CacheBudget();
  assert.ok(budget.take(268_435_456));
  assert.ok(!budget.take(1));
});

test("a header of more than 64 KiB is not kept", () => {
  const budget = new CacheBudget();
  const stream = new LiveStream("cam", budget);
  const publisher = published(stream);
  publisher.write(sized(media.audioHeader(), 65_537), 0);
  assert.equal(budget.used, 0);
  publisher.write(sized(media.audioHeader(), 65_536), 0);
  assert.equal(budget.used, 65_536 + KEPT_BYTES);
});

test("whatever is published, all is given back when it ends", () => {
  const any = fc.constantFrom(
    media.videoHeader(),
    media.audioHeader(),
    media.keyframe(0),
    media.inter(40),
    media.audio(50),
    media.data("@setDataFrame", "onMetaData", { width: 1 }),
    media.data("@clearDataFrame", "onMetaData"),
  );
  fc.assert(
    fc.property(fc.array(any), fc.integer({ min: 0, max: 5_000 }), (messages, limit) => {
      const budget = new CacheBudget(limit);
      const publisher = published(new LiveStream("cam", budget));
      for (const message of messages) publisher.write(message, 0);
      const heads = 3 * (100 + KEPT_BYTES);
      assert.ok(budget.used >= 0 && budget.used <= limit + heads);
      publisher.noteGap();
      publisher.end(0);
      assert.equal(budget.used, 0);
    }),
  );
});

test("empty messages count, too", () => {
  const budget = new CacheBudget();
  const publisher = published(new LiveStream("cam", budget));
  publisher.write(media.keyframe(0), 0);
  const before = budget.used;
  for (let count = 0; count < 10; count += 1) {
    publisher.write({ ...media.audio(0), payload: new Uint8Array(0) }, 0);
  }
  assert.equal(budget.used - before, 10 * KEPT_BYTES);
});
