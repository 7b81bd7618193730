import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message } from "../../../protocol/rtmp/message.ts";
import { FlowLine } from "../../support/flow-line.ts";
import { media, Notes } from "../../support/media.ts";
import { group } from "../../support/tc-group.ts";
import { Stand } from "../../support/tc-stand.ts";

/** A connection on which a second of media is under way for seconds. */
async function slowStand(): Promise<{ made: Stand; line: FlowLine }> {
  const line = await FlowLine.open();
  const made = new Stand(line).connect();
  return { made, line };
}

function slowDown({ lab }: FlowLine): void {
  lab.setConditions({ delayMs: 10, bytesPerSecond: 100_000 });
}

function pictures(): Message[] {
  return Array.from({ length: 15 }, (_, at) => {
    const { payload, ...message } = media.keyframe(at);
    const long = new Uint8Array(20_000);
    long.set(payload);
    return { ...message, payload: long };
  });
}

test("§5.3.5.3 late media of a publication does not end up in the next one", async () => {
  const { made, line } = await slowStand();
  const { stream } = made.publishing("old");
  const old = new Notes();
  const next = new Notes();
  made.server.streams.at("old").play(old, line.lab.now);
  made.server.streams.at("next").play(next, line.lab.now);
  slowDown(line);
  for (const picture of pictures()) stream.send(picture, {}, 0);
  stream.close(0);
  const second = made.publishing("next");
  assert.notEqual(second.stream.id, stream.id);
  await line.lab.advance(5_000);
  assert.deepEqual(next.take(), ["publish"]);
  second.stream.send(media.keyframe(7), {}, 0);
  await line.lab.advance(1_000);
  assert.deepEqual(next.take(), ["keyframe 7"]);
});

test("§5.3.5.3 late media of what was played does not arrive in what is played next", async () => {
  const { made, line } = await slowStand();
  const { stream, notes } = made.playing("old");
  const publisher = made.server.streams.at("old").publish(line.lab.now);
  slowDown(line);
  for (const picture of pictures()) publisher?.write(picture, line.lab.now);
  await line.lab.advance(500);
  const heard = notes.media.length;
  stream.close(0);
  const second = made.playing("next");
  await line.lab.advance(5_000);
  assert.ok(heard < pictures().length);
  assert.deepEqual([notes.media.length, second.notes.media], [heard, []]);
});

test("§5.3.5.3 a closed stream's flows are deaf, new ones of its number are not, and barriers are kept", async () => {
  const { lab, near, far, transport, accepted, ofFar } = await group(0);
  const send = async (...messages: Message[]): Promise<number[]> => {
    near.turn((now) => {
      for (const message of messages) transport.send(message, {}, now);
    });
    await lab.advance(500);
    return ofFar.messages.splice(0).map(({ timestampMs }) => timestampMs);
  };
  await send(media.audio(1), media.keyframe(2));
  far.turn(() => accepted.closeStream(1));
  assert.deepEqual(await send(media.audio(3), media.keyframe(4)), []);
  near.turn((now) => transport.synchronize([0, 1], now));
  assert.deepEqual(await send({ ...media.audio(5), streamId: 0 }), [5], "nothing waits for them");
  near.turn(() => transport.closeStream(1));
  assert.deepEqual(await send(media.audio(6)), [6]);
});
