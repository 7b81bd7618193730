import assert from "node:assert/strict";
import { test } from "node:test";
import { ChunkReader } from "../../../protocol/rtmp/chunk-reader.ts";
import { ChunkWriter } from "../../../protocol/rtmp/chunk-writer.ts";
import { type Message, MessageType } from "../../../protocol/rtmp/message.ts";
import { LiveStream } from "../../../protocol/tc/live-stream.ts";
import { StreamSender } from "../../../protocol/tc/stream-sender.ts";
import { readMessages } from "../../support/rtmp.ts";

/** What one player's connection carries, from the server's chunk writer to the player's reader. */
class Player {
  readonly #writer = new ChunkWriter();
  readonly #reader = new ChunkReader();
  readonly sender: StreamSender;
  #bytes: Uint8Array[] = [];

  constructor(streamId: number) {
    const send = (message: Message): undefined => {
      this.#bytes.push(this.#writer.write(message));
    };
    this.sender = new StreamSender("cam", streamId, 0, { send, synchronize: () => undefined });
  }

  /** The timestamps of the media that arrived since it was last asked. */
  take(): number[] {
    const messages = readMessages(this.#reader, this.#bytes.splice(0));
    return messages
      .filter(({ type }) => type === MessageType.audio || type === MessageType.video)
      .map(({ timestampMs }) => timestampMs);
  }
}

/** Pictures every 40 ms and sounds every 23 ms of a minute, from `start` on. */
function* minute(start: number): Iterable<Message> {
  for (let at = 0; at < MINUTE_MS; at += 1) {
    const timestampMs = (start + at) % 2 ** 32;
    const isKey = at % 2_000 === 0;
    const video = Uint8Array.of(isKey ? 0x17 : 0x27, 1, 0, 0, 0, at);
    const audio = Uint8Array.of(0xaf, 1, at);
    if (at % 40 === 0) yield { type: MessageType.video, streamId: 1, timestampMs, payload: video };
    if (at % 23 === 0) yield { type: MessageType.audio, streamId: 1, timestampMs, payload: audio };
  }
}

/** One of each every minute. */
function* stretch(start: number, end: number): Iterable<Message> {
  for (let at = start; at < end; at += 60_000) {
    const timestampMs = at % 2 ** 32;
    const payload = Uint8Array.of(0x17, 1, 0, 0, 0);
    yield { type: MessageType.video, streamId: 1, timestampMs, payload };
    const sound = Uint8Array.of(0xaf, 1);
    yield { type: MessageType.audio, streamId: 1, timestampMs: (at + 7) % 2 ** 32, payload: sound };
  }
}

/** Every moment at which somebody's clock has wrapped: 24, 31 and 32 bits, and 25 days. */
const BOUNDARIES = [2 ** 24, 2 ** 31, 25 * 86_400_000, 2 ** 32];
const MINUTE_MS = 60_000;

test("§5.3.1.3 a stream of fifty days, from publisher to players: no timestamp is lost or bent", () => {
  const publishing = new ChunkWriter();
  const arriving = new ChunkReader();
  const stream = new LiveStream("cam");
  const publisher = stream.publish(0);
  assert.ok(publisher);
  // The first two share their chunks; the third has another message stream, and so its own.
  const players = [new Player(1), new Player(1), new Player(5)];
  for (const { sender } of players) stream.play(sender, 0);
  let count = 0;
  const pass = (messages: Iterable<Message>): void => {
    const expected: number[] = [];
    for (const message of messages) {
      expected.push(message.timestampMs);
      for (const arrived of readMessages(arriving, [publishing.write(message)])) {
        assert.equal(arrived.timestampMs, message.timestampMs);
        publisher.write(arrived, message.timestampMs);
      }
    }
    count += expected.length;
    for (const player of players) assert.deepEqual(player.take(), expected);
  };
  let at = 0;
  for (const boundary of BOUNDARIES) {
    for (; at + 86_400_000 < boundary; at += 86_400_000) pass(stretch(at, at + 86_400_000));
    pass(stretch(at, boundary - 30_000));
    pass(minute(boundary - 30_000));
    at = boundary + 30_000;
  }
  pass(stretch(at, at + MINUTE_MS));
  assert.ok(count > 130_000, `${count} messages`);
});

test("§5.3.1.2 who joins in any of those minutes gets the group of pictures as it was", () => {
  for (const boundary of BOUNDARIES) {
    const stream = new LiveStream("cam");
    const publisher = stream.publish(0);
    assert.ok(publisher);
    const sent = [...minute(boundary - 31_000)].slice(0, 2_050);
    for (const message of sent) publisher.write(message, 0);
    const late = new Player(1);
    stream.play(late.sender, 0);
    const got = late.take();
    const all = sent.map(({ timestampMs }) => timestampMs);
    assert.ok(got.length > 0 && got.length < 200);
    assert.deepEqual(got, all.slice(-got.length));
  }
});
