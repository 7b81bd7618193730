import assert from "node:assert/strict";
import { test } from "node:test";
import { toHex } from "../../../protocol/bytes/hex.ts";
import type { Message } from "../../../protocol/rtmp/message.ts";
import { CacheBudget } from "../../../protocol/tc/cache-budget.ts";
import { LiveStream, type Publisher } from "../../../protocol/tc/live-stream.ts";
import { enhanced } from "../../support/enhanced-media.ts";
import { media, Notes } from "../../support/media.ts";

function published(stream: LiveStream): Publisher {
  const publisher = stream.publish(0);
  assert.ok(publisher);
  return publisher;
}

function write(publisher: Publisher, ...messages: Message[]): void {
  for (const message of messages) publisher.write(message, 0);
}

/** What somebody gets who joins now, in hexadecimal. */
function joining(stream: LiveStream): string[] {
  const notes = new Notes();
  stream.play(notes, 0)();
  return notes.media.map(({ message }) => toHex(message.payload));
}

function hex(...messages: Message[]): string[] {
  return messages.map(({ payload }) => toHex(payload));
}

const codecs = ["av01", "hvc1", "vp09", "vp08", "avc1", "vvc1"];
for (const codec of codecs) {
  test(`E-RTMP v1: who joins a stream of ${codec} late can decode it`, () => {
    const stream = new LiveStream("cam");
    const all = [
      enhanced.videoStart(codec),
      enhanced.colorInfo(codec),
      enhanced.keyframe(codec, 0),
      enhanced.inter(codec, 40),
      enhanced.modEx(codec, 80),
    ];
    write(published(stream), ...all);
    assert.deepEqual(joining(stream), hex(...all));
  });
}

for (const codec of ["Opus", "fLaC", "ac-3", "ec-3", ".mp3", "mp4a"]) {
  test(`E-RTMP v2: who joins a stream of ${codec} late can play it`, () => {
    const stream = new LiveStream("radio");
    const heads = [enhanced.audioStart(codec), enhanced.multichannel(codec)];
    write(published(stream), ...heads, enhanced.audio(codec, 0));
    assert.deepEqual(joining(stream), hex(...heads));
  });
}

test("E-RTMP v2: sequence starts are kept for each kind and track", () => {
  const stream = new LiveStream("cam");
  const heads = [
    enhanced.audioStart("Opus"),
    enhanced.audioTrackStart("mp4a", 1),
    enhanced.videoStart("hvc1"),
    enhanced.trackStart("hvc1", 1),
    enhanced.trackStart("av01", 2),
  ];
  const publisher = published(stream);
  write(publisher, ...heads);
  assert.deepEqual(joining(stream), hex(...heads));
  write(publisher, enhanced.trackStart("av01", 2, 7));
  assert.deepEqual(joining(stream), hex(...heads.slice(0, 4), enhanced.trackStart("av01", 2, 7)));
});

test("E-RTMP v2: of starts that speak of the same track the latest comes last", () => {
  const stream = new LiveStream("cam");
  const publisher = published(stream);
  const [both, one] = [enhanced.bothStart("hvc1"), enhanced.trackStart("hvc1", 1)];
  write(publisher, one, both);
  assert.deepEqual(joining(stream), hex(one, both));
  write(publisher, one);
  assert.deepEqual(joining(stream), hex(both, one));
});

test("decoding starts with the first track's keyframe, whatever other tracks have", () => {
  const stream = new LiveStream("cam");
  const group = [
    enhanced.trackKeyframe("hvc1", 0, 0),
    enhanced.trackKeyframe("hvc1", 1, 20),
    enhanced.trackInter("hvc1", 0, 40),
  ];
  write(published(stream), ...group);
  assert.deepEqual(joining(stream), hex(...group));
});

test("a header that is repeated as it is does not cost newcomers their group of pictures", () => {
  const stream = new LiveStream("cam");
  const publisher = published(stream);
  const group = [enhanced.keyframe("hvc1", 0), enhanced.inter("hvc1", 40)];
  write(publisher, enhanced.videoStart("hvc1"), ...group, enhanced.videoStart("hvc1"));
  assert.deepEqual(joining(stream), hex(enhanced.videoStart("hvc1"), ...group));
  write(publisher, enhanced.colorInfo("hvc1"));
  const heads = hex(enhanced.videoStart("hvc1"), enhanced.colorInfo("hvc1"));
  assert.deepEqual(joining(stream), [...heads, ...hex(...group)]);
  write(publisher, enhanced.videoStart("hvc1", 1));
  assert.equal(joining(stream).length, 2);
});

test("a stream that goes from one way of saying H.264 to the other keeps one header", () => {
  const stream = new LiveStream("cam");
  const publisher = published(stream);
  write(publisher, media.videoHeader(), enhanced.videoStart("avc1"));
  assert.deepEqual(joining(stream), hex(enhanced.videoStart("avc1")));
});

/** A start of that many bytes. */
function large(track: number, bytes: number): Message {
  const { payload, ...more } = enhanced.trackStart("hvc1", track);
  const grown = new Uint8Array(bytes);
  grown.set(payload);
  return { ...more, payload: grown };
}

test("headers are bounded in number and bytes, and come off the budget when they go", () => {
  const budget = new CacheBudget();
  const stream = new LiveStream("cam", budget);
  const publisher = published(stream);
  for (let track = 0; track < 256; track += 1) write(publisher, enhanced.trackStart("hvc1", track));
  assert.equal(joining(stream).length, 32);
  for (let track = 0; track < 8; track += 1) write(publisher, large(track, 60_000));
  assert.ok(budget.used > 0 && budget.used <= 131_072);
  publisher.end(0);
  assert.equal(budget.used, 0);
});
