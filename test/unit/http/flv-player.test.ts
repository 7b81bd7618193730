import assert from "node:assert/strict";
import { test } from "node:test";
import { FlvReader } from "../../../protocol/flv/reader.ts";
import type { FlvTag } from "../../../protocol/flv/tag.ts";
import { LiveStream, type Publisher } from "../../../protocol/tc/live-stream.ts";
import { FlvPlayer, type FlvSink } from "../../../rendezvous/http/flv/flv-player.ts";
import { film, flv } from "../../support/flv-file.ts";

/** Takes what is sent when it is told to. */
class Sink implements FlvSink {
  readonly reader: FlvReader = new FlvReader();
  readonly tags: FlvTag[] = [];
  readonly sent: Uint8Array[] = [];
  unsentBytes = 0;
  ends = 0;
  isDestroyed = false;

  send(bytes: Uint8Array): void {
    this.sent.push(bytes);
    this.reader.push(bytes);
    for (let tag = this.reader.next(); tag; tag = this.reader.next()) this.tags.push(tag);
  }

  end(): void {
    this.ends += 1;
  }

  destroy(): void {
    this.isDestroyed = true;
  }
}

function stand(): { stream: LiveStream; publisher: Publisher } {
  const stream = new LiveStream("cam");
  const publisher = stream.publish(0);
  assert.ok(publisher);
  return { stream, publisher };
}

function write(publisher: Publisher, tags: readonly FlvTag[], now = 0): void {
  for (const tag of tags) publisher.write({ ...tag, streamId: 1 }, now);
}

function times(tags: readonly FlvTag[], type: number): number[] {
  return tags.filter((tag) => tag.type === type).map(({ timestampMs }) => timestampMs);
}

test("a newcomer gets a header, setups with the time of the first media, and a keyframe", () => {
  const { stream, publisher } = stand();
  write(publisher, film(2));
  const sink = new Sink();
  stream.play(new FlvPlayer(sink), 0);
  assert.deepEqual(sink.reader.header, { hasAudio: true, hasVideo: true });
  assert.deepEqual(
    sink.tags.slice(0, 4).map(({ type, timestampMs }) => [type, timestampMs]),
    [
      [18, 1_000],
      [8, 1_000],
      [9, 1_000],
      [9, 1_000],
    ],
  );
  publisher.end(0);
  assert.equal(sink.ends, 1);
});

test("§E.2 the header says what is in the stream", () => {
  for (const [tags, hasAudio, hasVideo] of [
    [[flv.audioHeader(), flv.sound(0)], true, false],
    [[flv.videoHeader(), flv.keyframe(0)], false, true],
  ] as const) {
    const { stream, publisher } = stand();
    const sink = new Sink();
    stream.play(new FlvPlayer(sink), 0);
    write(publisher, tags);
    assert.deepEqual(sink.reader.header, { hasAudio, hasVideo });
  }
});

test("who takes nothing gets nothing more, whatever it is, and is sent away", () => {
  const { stream, publisher } = stand();
  const sink = new Sink();
  stream.play(new FlvPlayer(sink), 0);
  write(publisher, film(1));
  const before = sink.sent.length;
  sink.unsentBytes = 8_388_600;
  const large = flv.metadata({ text: "-".repeat(60_000) });
  for (const tag of [flv.note(1_000, 10), large, flv.videoHeader(3)])
    write(publisher, [tag], 1_000);
  assert.equal(sink.sent.length, before);
  write(publisher, [flv.note(2_000, 10)], 22_000);
  assert.equal(sink.isDestroyed, true);
});

test("a setup that was missed comes before the keyframe, the latest of each, with its time", () => {
  const { stream, publisher } = stand();
  const sink = new Sink();
  stream.play(new FlvPlayer(sink), 0);
  write(publisher, film(1));
  const before = sink.tags.length;
  sink.unsentBytes = 9_000_000;
  write(publisher, [flv.videoHeader(1), flv.inter(1_000), flv.videoHeader(2)]);
  sink.unsentBytes = 0;
  write(publisher, [flv.sound(1_100), flv.inter(1_200), flv.keyframe(1_300), flv.inter(1_400)]);
  const setup = { ...flv.videoHeader(2), timestampMs: 1_300 };
  assert.deepEqual(sink.tags.slice(before), [setup, flv.keyframe(1_300), flv.inter(1_400)]);
});

test("players share what is sent to them, newcomers as well", () => {
  const { stream, publisher } = stand();
  const sinks = [new Sink(), new Sink(), new Sink()];
  for (const sink of sinks.slice(0, 2)) stream.play(new FlvPlayer(sink), 0);
  write(publisher, film(1));
  const [one, other, newcomer] = sinks.map(({ sent }) => sent);
  assert.ok(one && other && newcomer);
  assert.equal(one.at(-1), other.at(-1));
  for (const sink of sinks.slice(2)) stream.play(new FlvPlayer(sink), 0);
  const late = new Sink();
  stream.play(new FlvPlayer(late), 0);
  assert.ok(newcomer.length > 10);
  assert.equal(newcomer.at(-1), late.sent.at(-1));
});

test("who does not keep up misses media up to a keyframe", () => {
  const { stream, publisher } = stand();
  const sink = new Sink();
  stream.play(new FlvPlayer(sink), 0);
  write(publisher, film(1));
  sink.unsentBytes = 9_000_000;
  write(publisher, [flv.inter(1_100), flv.keyframe(1_200), flv.videoHeader(5), flv.sound(1_300)]);
  sink.unsentBytes = 1_000_000;
  write(publisher, [flv.inter(1_400), flv.sound(1_400), flv.keyframe(1_500), flv.inter(1_600)]);
  const behind = sink.tags.filter(({ timestampMs }) => timestampMs > 1_000 || timestampMs === 0);
  assert.deepEqual(times(behind, 9).slice(-3), [1_500, 1_500, 1_600]);
  assert.equal(sink.isDestroyed, false);
});

test("who takes nothing for long is sent away", () => {
  const { stream, publisher } = stand();
  const sink = new Sink();
  stream.play(new FlvPlayer(sink), 0);
  write(publisher, film(1));
  sink.unsentBytes = 9_000_000;
  write(publisher, [flv.keyframe(2_000)], 1_000);
  write(publisher, [flv.keyframe(3_000)], 20_000);
  assert.equal(sink.isDestroyed, false);
  write(publisher, [flv.keyframe(4_000)], 22_000);
  assert.equal(sink.isDestroyed, true);
});
