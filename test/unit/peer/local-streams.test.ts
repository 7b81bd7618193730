import assert from "node:assert/strict";
import { test } from "node:test";
import { LocalStreams } from "../../../peer/streams/local-streams.ts";
import type { Playable } from "../../../protocol/tc/live-stream.ts";
import { media, Notes } from "../../support/media.ts";

function play(streams: LocalStreams, name: string): { notes: Notes; leave: () => void } {
  const notes = new Notes();
  const found = streams.find(name);
  assert.ok(!("code" in found), name);
  return { notes, leave: found.play(notes, 0) };
}

test("who waits for a stream gets it when it is published", () => {
  const streams = new LocalStreams();
  const { notes } = play(streams, "cam");
  streams.publish("cam", 0).write(media.keyframe(0), 0);
  assert.deepEqual(notes.take(), ["publish", "keyframe 0"]);
});

test("a name is published once at a time", () => {
  const streams = new LocalStreams();
  const publisher = streams.publish("cam", 0);
  assert.throws(() => streams.publish("cam", 0), { code: "BAD_NAME" });
  publisher.end(0);
  assert.ok(streams.publish("cam", 0));
});

test("256 names that nobody publishes may be waited for; publishing takes no place of theirs", () => {
  const streams = new LocalStreams();
  const leaves = Array.from({ length: 256 }, (_, index) => play(streams, `x${index}`).leave);
  const refused = streams.find("one more");
  assert.ok("code" in refused && refused.code === "NetStream.Play.Failed");
  for (let index = 0; index < 300; index += 1) streams.publish(`mine ${index}`, 0);
  assert.ok(!("code" in streams.find("mine 299")));
  streams.publish("x0", 0);
  assert.ok(!("code" in streams.find("one more")), "x0 is published: it does not count any more");
  leaves[1]?.();
  assert.ok(!("code" in streams.find("another")), "nobody waits for x1 any more");
});

test("a name has 256 characters at most", () => {
  const streams = new LocalStreams();
  assert.ok("code" in streams.find("n".repeat(257)));
  assert.ok((streams.find("n".repeat(256)) as Playable).play);
});
