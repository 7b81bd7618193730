import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Message } from "../../../protocol/rtmp/message.ts";
import { classify } from "../../../protocol/tc/media.ts";
import { Continuation } from "../../../rendezvous/forward/continuation.ts";
import { media } from "../../support/media.ts";

/** Where messages are placed: their timestamps, "gap" before them if there is one, "-" for none. */
function place(stream: Continuation, now: number, ...messages: readonly Message[]): string[] {
  return messages.map((message) => {
    const found = classify(message);
    assert.ok(found);
    const placed = stream.place(found, now);
    return placed ? `${placed.afterGap ? "gap " : ""}${placed.timestampMs}` : "-";
  });
}

function startedAt(from: number): Continuation {
  const stream = new Continuation();
  stream.rejoin(0);
  const first = [media.keyframe(from), media.audio(from + 10), media.inter(from + 40)];
  assert.deepEqual(place(stream, 0, ...first), [from, from + 10, from + 40].map(String));
  return stream;
}

test("what is repeated is left out, each kind up to where it was", () => {
  const stream = startedAt(0);
  stream.rejoin(100);
  const again = [media.audio(5), media.videoHeader(), media.keyframe(0), media.audio(10)];
  assert.deepEqual(place(stream, 100, ...again), ["-", "40", "-", "-"]);
  const more = [media.inter(40), media.audio(30), media.inter(80), media.audio(20)];
  assert.deepEqual(place(stream, 100, ...more), ["-", "30", "80", "20"]);
});

test("a later keyframe on the same clock comes after a gap", () => {
  const stream = startedAt(0);
  stream.rejoin(2_000);
  assert.deepEqual(place(stream, 2_000, media.inter(1_960), media.keyframe(2_000)), [
    "-",
    "gap 2000",
  ]);
  assert.deepEqual(place(stream, 2_040, media.inter(2_040)), ["2040"]);
});

test("another clock, behind or far ahead, is set to this one", () => {
  for (const from of [0, 40, 5_000_000, 0xffff_ff00]) {
    const stream = startedAt(1_000);
    stream.rejoin(500);
    assert.deepEqual(place(stream, 500, media.keyframe(from)), ["gap 1540"]);
    assert.deepEqual(place(stream, 540, media.inter(from + 40)), ["1580"]);
  }
});

test("a keyframe like the last one at another time is another one", () => {
  const stream = startedAt(0);
  stream.rejoin(100);
  const like = { ...media.keyframe(0), timestampMs: 20 };
  assert.deepEqual(place(stream, 100, like), ["gap 140"]);
});

test("without pictures, sounds decide; also where pictures have ceased", () => {
  const sounds = new Continuation();
  assert.deepEqual(place(sounds, 0, media.audio(10)), ["10"]);
  sounds.rejoin(100);
  assert.deepEqual(place(sounds, 100, media.audio(0), media.audio(20)), ["gap 110", "130"]);
  const both = startedAt(0);
  both.rejoin(100);
  assert.deepEqual(place(both, 5_000, media.audio(0)), ["-"]);
  assert.deepEqual(place(both, 11_000, media.audio(0)), ["gap 11040"]);
});

test("timestamps never run backwards from one connection to the next, over their wrap too", () => {
  const clock = fc.nat(0xffff_ffff);
  fc.assert(
    fc.property(fc.array(fc.tuple(clock, fc.nat(60_000)), { minLength: 2 }), (connections) => {
      const stream = new Continuation();
      let [now, last] = [0, undefined as number | undefined];
      for (const [from, pauseMs] of connections) {
        now += pauseMs;
        stream.rejoin(now);
        for (const offset of [0, 40, 80]) {
          const found = classify(media.keyframe((from + offset) >>> 0));
          assert.ok(found);
          const placed = stream.place(found, now + offset);
          if (!placed) continue;
          if (last !== undefined) assert.ok(((placed.timestampMs - last) | 0) > 0);
          last = placed.timestampMs;
        }
        now += 80;
      }
    }),
  );
});
