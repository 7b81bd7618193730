import assert from "node:assert/strict";
import { test } from "node:test";
import { MalformedError, RtmfpError } from "../../../protocol/errors.ts";
import type { RecvFlow } from "../../../protocol/flow/recv-flow.ts";
import { MessageType } from "../../../protocol/rtmp/message.ts";
import { encodeUserControl } from "../../../protocol/rtmp/user-control.ts";
import { ClientConnection } from "../../../protocol/tc/client-connection.ts";
import type { ClientStream } from "../../../protocol/tc/client-stream.ts";
import { encodeCommand, notice } from "../../../protocol/tc/command.ts";
import { BARRIER_LIMIT_MS } from "../../../protocol/tc/flow-barriers.ts";
import { encodeFlowMessage } from "../../../protocol/tc/flow-message.ts";
import { ServerConnection } from "../../../protocol/tc/server-connection.ts";
import { FlowLine } from "../../support/flow-line.ts";
import { media } from "../../support/media.ts";
import { eachSeed } from "../../support/seeds.ts";
import { group, Receiver } from "../../support/tc-group.ts";
import { Client, Server, Stand, StreamNotes } from "../../support/tc-stand.ts";
import { connectedStations } from "../../support/tc-station.ts";

test("§5.3 a NetConnection over RTMFP: connect, publish, play, and the end", async () => {
  const { lab, near, far } = await connectedStations();
  const server = new Server();
  far.accept = (transport, streamId) => {
    transport.handler = new ServerConnection(transport, server).net;
    return streamId === 0;
  };
  const transport = near.router.start();
  const client = new ClientConnection(transport, new Client());
  transport.handler = client.net;
  near.turn((now) => client.connect({ app: "live", tcUrl: "" }, () => undefined, now));
  const notes = [new StreamNotes(), new StreamNotes()] as const;
  const streams: ClientStream[] = [];
  for (const handler of notes) {
    const add = (stream: ClientStream | RtmfpError): void => {
      if (!(stream instanceof RtmfpError)) streams.push(stream);
    };
    near.turn((now) => client.createStream(handler, add, now));
  }
  await lab.runUntil(() => streams.length === 2, 1_000);
  const [player, publisher] = streams;
  near.turn((now) => {
    player?.play("cam", now);
    publisher?.publish("cam", now);
  });
  await lab.runUntil(() => notes[1].codes.length > 0, 1_000);
  near.turn((now) => {
    publisher?.send(media.videoHeader(), {}, now);
    publisher?.send(media.keyframe(40), { deadlineMs: 1_000 }, now);
    publisher?.send(media.audio(50), { deadlineMs: 1_000 }, now);
  });
  await lab.runUntil(() => notes[0].media.length === 3, 1_000);
  assert.deepEqual(notes[0].codes.slice(0, 2), ["Play.Reset", "Play.Start"]);
  near.turn((now) => client.net.close(now));
  await lab.runUntil(() => server.ends === 1, 1_000);
  assert.ok(server.streams.at("cam").isIdle);
  assert.deepEqual([notes[0].ends, notes[1].ends], [1, 1]);
});

test("§5.2 the notice of the end arrives after the last picture, whatever is lost", async () => {
  await eachSeed(20, async (seed) => {
    const line = await FlowLine.open(seed);
    const stand = new Stand(line).connect();
    const { notes } = stand.playing("cam");
    const told: string[] = [];
    notes.onMessage = ({ type, timestampMs }) => {
      if (type === MessageType.video) told.push(`${timestampMs}`);
    };
    notes.onStatus = ({ code }) => told.push(code);
    line.lab.setConditions({ loss: 0.3 });
    const now = line.lab.now;
    const publisher = stand.server.streams.publishLocal("cam", now);
    assert.ok("write" in publisher);
    const times = Array.from({ length: 30 }, (_, at) => at);
    for (const at of times) publisher.write(media.keyframe(at), now, 10_000);
    publisher.end(now);
    const end = "NetStream.Play.UnpublishNotify";
    await line.lab.runUntil(() => told.includes(end), BARRIER_LIMIT_MS);
    const pictures = told.slice(0, told.indexOf(end)).filter((note) => !note.startsWith("Net"));
    assert.deepEqual(pictures.map(Number), times);
  });
});

test("§5.4 who accepts a group can answer at once, and the answers find it", async () => {
  const { lab, far, accepted, ofNear } = await group(7);
  far.turn((now) => {
    for (const message of [media.audio(1), media.keyframe(2), media.data("x")]) {
      accepted.send({ ...message, streamId: 7 }, {}, now);
    }
  });
  await lab.runUntil(() => ofNear.messages.length === 4, 1_000);
  assert.ok(ofNear.messages.every(({ streamId }) => streamId === 7));
});

test("a message that cannot be read is skipped, and the group goes on", async () => {
  const { lab, near, transport, ofFar } = await group(7);
  ofFar.act = () => {
    throw new MalformedError("not that");
  };
  near.turn((now) => transport.send({ ...media.audio(1), streamId: 7 }, {}, now));
  await lab.runUntil(() => ofFar.messages.length === 2, 1_000);
  near.turn((now) => transport.send({ ...media.audio(2), streamId: 7 }, {}, now));
  await lab.runUntil(() => ofFar.messages.length === 3, 1_000);
  assert.equal(ofFar.ends, 0);
});

test("a group whose answers cannot be queued any more ends", async () => {
  const { lab, near, transport, ofFar } = await group(7);
  ofFar.act = () => {
    throw new RtmfpError("LIMIT", "full");
  };
  near.turn((now) => transport.send({ ...media.audio(1), streamId: 7 }, {}, now));
  await lab.runUntil(() => ofFar.ends === 1, 1_000);
});

test("after its end a group neither tells nor sends anything", async () => {
  const { lab, near, far, transport, accepted, ofNear, ofFar } = await group(7);
  ofFar.act = () => far.turn(() => accepted.close());
  near.turn((now) => {
    transport.send({ ...media.audio(1), streamId: 7 }, {}, now);
    transport.send({ ...media.audio(2), streamId: 7 }, {}, now);
  });
  await lab.advance(1_000);
  assert.equal(ofFar.messages.length, 2);
  assert.equal(
    far.turn((now) => accepted.send({ ...media.audio(3), streamId: 7 }, {}, now)),
    undefined,
  );
  await lab.advance(1_000);
  assert.equal(ofNear.messages.length, 1);
});

test("§5.3.6 the end of the session is the end of its groups", async () => {
  const { lab, near, ofNear, ofFar } = await group(0);
  near.turn((now) => near.router.session.close(now));
  await lab.runUntil(() => ofFar.ends === 1, 10_000);
  assert.deepEqual([ofNear.ends, ofFar.ends], [1, 1]);
});

test("§5.3.6 who closes the control flow of a connection ends it for the other", async () => {
  const { lab, near, far, accepted, transport, ofNear, ofFar } = await group(0);
  far.turn(() => accepted.close());
  await lab.runUntil(() => ofNear.ends === 1, 5_000);
  near.turn(() => transport.close());
  assert.equal(ofFar.ends, 0);
});

test("a group that the far end rejects ends, as does one with metadata of another kind", async () => {
  const { lab, near, far } = await connectedStations();
  const receiver = new Receiver();
  const transport = near.router.start();
  transport.handler = receiver;
  near.turn((now) => transport.send({ ...media.data("hello"), streamId: 9 }, {}, now));
  await lab.runUntil(() => receiver.ends === 1, 1_000);
  far.accept = () => assert.fail("it is not asked");
  const metadata = new TextEncoder().encode("other");
  const flow = near.turn(() => near.router.session.openFlow({ metadata }));
  near.turn((now) => flow.send(new Uint8Array(1), {}, now));
  await lab.runUntil(() => flow.state !== "OPEN", 1_000);
});

test("maxUnansweredBytes: who was not answered yet has no long messages, and ends with one", async () => {
  for (const isAnswered of [false, true]) {
    const stations = await connectedStations(1, { maxUnansweredBytes: 10_000 });
    const { lab, near, far } = stations;
    const receiver = new Receiver();
    far.accept = (transport) => {
      transport.handler = receiver;
      if (isAnswered) far.turn((now) => transport.send(media.audio(1), {}, now));
      return true;
    };
    const transport = near.router.start();
    transport.handler = new Receiver();
    const ping = encodeUserControl({ event: "pingRequest", timestampMs: 5 });
    near.turn((now) => transport.send(encodeCommand(notice("connect", []), 0), {}, now));
    near.turn((now) => transport.send(ping, {}, now));
    await lab.advance(500);
    const long = { ...media.data("x"), payload: new Uint8Array(20_000) };
    near.turn((now) => transport.send(long, {}, now));
    await lab.advance(500);
    assert.deepEqual([receiver.messages.length, receiver.ends], isAnswered ? [2, 0] : [1, 1]);
  }
});

test("RTMP 1.0 §7.1.7 a ping is answered, on the stream on which it came", async () => {
  for (const streamId of [0, 7]) {
    const { lab, near, transport, ofNear, ofFar } = await group(streamId);
    const ping = encodeUserControl({ event: "pingRequest", timestampMs: 5 });
    near.turn((now) => transport.send({ ...ping, streamId }, {}, now));
    await lab.runUntil(() => ofNear.messages.length === 2, 1_000);
    await lab.advance(500);
    const pong = encodeUserControl({ event: "pingResponse", timestampMs: 5 });
    assert.deepEqual(ofNear.messages.slice(1), [{ ...pong, streamId }]);
    assert.equal(ofFar.messages.length, 1, "nobody else has to deal with it");
  }
});

test("RTMP 1.0 §7.1.6 an aggregate comes out in parts, the first of each kind behind its gap", async () => {
  const { lab, near, far, accepted, transport } = await group(0);
  const part = (type: number, at: number): number[] => [
    ...[type, 0, 0, 1, 0, 0, at, 0, 0, 0, 0],
    ...[at, 0, 0, 0, 0],
  ];
  const payload = Uint8Array.from([part(9, 1), part(8, 2), part(9, 3), part(18, 4)].flat());
  const aggregate = { type: MessageType.aggregate, streamId: 1, timestampMs: 101, payload };
  const heard: unknown[] = [];
  accepted.handler = {
    onMessage: ({ type, streamId, timestampMs }, afterGap) =>
      heard.push([type, streamId, timestampMs, afterGap]),
    onEnd: () => undefined,
  };
  let flow: RecvFlow | undefined;
  far.onFlow = (opened) => {
    flow = opened;
  };
  near.turn((now) => transport.send(aggregate, {}, now));
  await lab.runUntil(() => heard.length > 0, 1_000);
  const parts = [
    [9, 1, 101],
    [8, 1, 102],
    [9, 1, 103],
    [18, 1, 104],
  ];
  assert.deepEqual(
    heard.splice(0),
    parts.map((part) => [...part, false]),
  );
  assert.ok(flow);
  accepted.receive(flow, encodeFlowMessage(aggregate), true, lab.now);
  assert.deepEqual(
    heard,
    parts.map((part, at) => [...part, at !== 2]),
  );
});
