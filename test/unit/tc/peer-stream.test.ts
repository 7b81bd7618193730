import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageType } from "../../../protocol/rtmp/message.ts";
import { encodeCommand, notice } from "../../../protocol/tc/command.ts";
import type { FlowTransport } from "../../../protocol/tc/flow-transport.ts";
import { PeerStreamPublisher, PeerStreamSubscriber } from "../../../protocol/tc/peer-stream.ts";
import { failure } from "../../../protocol/tc/status.ts";
import type { TransportHandler } from "../../../protocol/tc/transport.ts";
import { LiveStreams } from "../../support/live-streams.ts";
import { media } from "../../support/media.ts";
import { StreamNotes } from "../../support/tc-stand.ts";
import { connectedStations, type TcStations } from "../../support/tc-station.ts";

interface Subscription {
  readonly subscriber: PeerStreamSubscriber;
  readonly transport: FlowTransport;
  readonly notes: StreamNotes;
}

/** `far` offers its streams; whatever is called "none" does not exist. */
async function peers(): Promise<
  TcStations & { streams: LiveStreams; play(name: string, streamId?: number): Subscription }
> {
  const stations = await connectedStations();
  const { near, far } = stations;
  const streams = new LiveStreams();
  far.accept = (transport, streamId) => {
    transport.handler = new PeerStreamPublisher(transport, streamId, (name) =>
      name === "none" ? failure("NetStream.Play.StreamNotFound", "none") : streams.at(name),
    );
    return true;
  };
  return {
    ...stations,
    streams,
    play: (name, streamId = 1) => {
      const transport = near.router.start();
      const notes = new StreamNotes();
      const subscriber = new PeerStreamSubscriber(transport, notes);
      transport.handler = subscriber;
      near.turn((now) => subscriber.play(name, streamId, now));
      return { subscriber, transport, notes };
    },
  };
}

test("§5.4 a subscriber plays a stream of a peer, from its last keyframe on", async () => {
  const { lab, far, streams, play } = await peers();
  const publisher = far.turn((now) => streams.at("cam").publish(now));
  far.turn((now) => {
    publisher?.write(media.videoHeader(), now);
    publisher?.write(media.keyframe(40), now);
  });
  const { notes } = play("cam");
  await lab.runUntil(() => notes.media.length === 2, 1_000);
  assert.deepEqual(notes.codes, ["Play.Reset", "Play.Start", "Play.PublishNotify"]);
  far.turn((now) => publisher?.write(media.inter(80), now));
  await lab.runUntil(() => notes.media.length === 3, 1_000);
  far.turn((now) => publisher?.end(now));
  await lab.runUntil(() => notes.codes.length === 4, 1_000);
  assert.equal(notes.codes.at(-1), "Play.UnpublishNotify");
});

test("§5.4.3 who stops playing is forgotten", async () => {
  const { lab, near, streams, play } = await peers();
  const { subscriber } = play("cam");
  const other = play("cam");
  await lab.runUntil(() => streams.at("cam").playerCount === 2, 1_000);
  near.turn(() => subscriber.close());
  await lab.runUntil(() => streams.at("cam").playerCount === 1, 1_000);
  near.turn((now) => other.transport.send(encodeCommand(notice("closeStream", []), 1), {}, now));
  await lab.runUntil(() => streams.at("cam").isIdle, 1_000);
});

test("§5.4 streams of one session do not mix, even with the same number", async () => {
  const { lab, far, streams, play } = await peers();
  const one = play("one", 5);
  const two = play("two", 5);
  await lab.runUntil(
    () => streams.at("one").playerCount + streams.at("two").playerCount === 2,
    1_000,
  );
  far.turn((now) => streams.at("one").publish(now)?.write(media.keyframe(40), now));
  far.turn((now) => streams.at("two").publish(now)?.write(media.keyframe(80), now));
  await lab.runUntil(() => one.notes.media.length + two.notes.media.length === 2, 1_000);
  assert.equal(one.notes.media[0]?.timestampMs, 40);
  assert.equal(two.notes.media[0]?.timestampMs, 80);
});

test("§5.4 a stream that is not there is an error, and another may be asked for", async () => {
  const { lab, near, streams, play } = await peers();
  const { subscriber, notes } = play("none");
  await lab.runUntil(() => notes.codes.length === 1, 1_000);
  assert.deepEqual(notes.codes, ["Play.StreamNotFound"]);
  near.turn((now) => subscriber.play("cam", 1, now));
  await lab.runUntil(() => streams.at("cam").playerCount === 1, 1_000);
  near.turn((now) => subscriber.play("other", 1, now));
  await lab.runUntil(() => streams.at("other").playerCount === 1, 1_000);
  assert.ok(streams.at("cam").isIdle);
});

test("§5.4 play without a name is an error, and noise is skipped", async () => {
  const { lab, near, streams, play } = await peers();
  const { transport, notes } = play("cam");
  await lab.runUntil(() => streams.at("cam").playerCount === 1, 1_000);
  const noise = { ...media.data(), type: 20, payload: Uint8Array.of(2, 255) };
  near.turn((now) => {
    transport.send(noise, {}, now);
    transport.send(encodeCommand(notice("dance", []), 1), {}, now);
    transport.send(media.keyframe(0), {}, now);
  });
  await lab.advance(500);
  assert.equal(streams.at("cam").playerCount, 1);
  near.turn((now) => transport.send(encodeCommand(notice("play", [1]), 1), {}, now));
  await lab.runUntil(() => notes.codes.includes("Play.Failed"), 1_000);
  assert.ok(streams.at("cam").isIdle);
});

test("the end of the session frees the stream and is told to the subscriber", async () => {
  const { lab, far, streams, play } = await peers();
  const { notes } = play("cam");
  await lab.runUntil(() => streams.at("cam").playerCount === 1, 1_000);
  far.turn((now) => far.router.session.close(now));
  await lab.runUntil(() => notes.ends === 1, 10_000);
  assert.ok(streams.at("cam").isIdle);
});

test("a play that arrives after the end plays to nobody", async () => {
  const { lab, near, far, streams, play } = await peers();
  const { transport } = play("cam");
  await lab.runUntil(() => streams.at("cam").playerCount === 1, 1_000);
  near.turn((now) => transport.send(encodeCommand(notice("play", ["cam"]), 1), {}, now));
  far.turn((now) => far.router.end(now));
  await lab.advance(1_000);
  assert.ok(streams.at("cam").isIdle);
});

test("librtmfp and Flash Player read peer-to-peer commands in AMF0 alone: `play` and its answers are", async () => {
  const { lab, near, far } = await connectedStations();
  const types = { asked: [] as number[], answered: [] as number[] };
  const note = (into: number[], handler: TransportHandler): TransportHandler => ({
    onMessage: (message, afterGap, now) => {
      into.push(message.type);
      handler.onMessage(message, afterGap, now);
    },
    onEnd: (now) => handler.onEnd(now),
  });
  far.accept = (transport, streamId) => {
    const publisher = new PeerStreamPublisher(transport, streamId, () => failure("None", "none"));
    transport.handler = note(types.asked, publisher);
    return true;
  };
  const transport = near.router.start();
  const subscriber = new PeerStreamSubscriber(transport, new StreamNotes());
  transport.handler = note(types.answered, subscriber);
  near.turn((now) => subscriber.play("cam", 2_000_001, now));
  await lab.runUntil(() => types.answered.length === 1, 1_000);
  assert.deepEqual(types, {
    asked: [MessageType.commandAmf0],
    answered: [MessageType.commandAmf0],
  });
});
