import assert from "node:assert/strict";
import { test } from "node:test";
import type { RecvFlow } from "../../../protocol/flow/recv-flow.ts";
import type { SendFlow } from "../../../protocol/flow/send-flow.ts";
import { type Message, MessageType } from "../../../protocol/rtmp/message.ts";
import { decodeUserControl, encodeUserControl } from "../../../protocol/rtmp/user-control.ts";
import type { Session } from "../../../protocol/session/session.ts";
import { BARRIER_LIMIT_MS, type FlowSync } from "../../../protocol/tc/flow-barriers.ts";
import { decodeFlowMessage, encodeFlowMessage } from "../../../protocol/tc/flow-message.ts";
import { decodeFlowMetadata, encodeFlowMetadata } from "../../../protocol/tc/flow-metadata.ts";
import type { FlowTransport } from "../../../protocol/tc/flow-transport.ts";
import { media } from "../../support/media.ts";
import { eachSeed } from "../../support/seeds.ts";
import { group } from "../../support/tc-group.ts";
import { connectedStations, type TcStations } from "../../support/tc-station.ts";

/** Two flows of one group, and what comes out at the far end, by timestamp. */
interface Pair extends TcStations {
  readonly one: SendFlow;
  readonly other: SendFlow;
  readonly times: number[];
  readonly accepted: FlowTransport;
}

async function pair(order: "sequence" | "network" = "sequence", honours = false): Promise<Pair> {
  const stations = await connectedStations(1, { honoursOrderHint: honours });
  const { lab, near, far } = stations;
  const times: number[] = [];
  let accepted: FlowTransport | undefined;
  far.accept = (transport) => {
    accepted = transport;
    transport.handler = {
      onMessage: ({ timestampMs }) => times.push(timestampMs),
      onEnd: () => undefined,
    };
    return true;
  };
  const { session } = near.router;
  const open = (returnAssociation?: number): SendFlow =>
    near.turn(() =>
      session.openFlow({ metadata: encodeFlowMetadata(3, order), returnAssociation }),
    );
  const one = open();
  near.turn((now) => one.send(encodeFlowMessage(media.audio(0)), {}, now));
  await lab.runUntil(() => accepted !== undefined, 1_000);
  const answers = accepted as FlowTransport | undefined;
  assert.ok(answers);
  // The second flow of the group answers the far end's, as all but the first do.
  let answer: RecvFlow | undefined;
  near.onFlow = (flow) => {
    answer = flow;
    flow.accept();
  };
  far.turn((now) => answers.send({ ...media.audio(0), streamId: 3 }, {}, now));
  await lab.runUntil(() => answer !== undefined, 1_000);
  return { ...stations, one, other: open(answer?.id), times, accepted: answers };
}

function sync(syncId: number, count: number): Message {
  return encodeUserControl({ event: "flowSync", syncId, count });
}

async function send({ lab, near }: Pair, flow: SendFlow, ...messages: Message[]): Promise<void> {
  near.turn((now) => {
    for (const message of messages) flow.send(encodeFlowMessage(message), {}, now);
  });
  await lab.advance(100);
}

test("§5.2 what comes after a barrier waits until it has arrived on the other flow", async () => {
  const made = await pair();
  await send(made, made.one, media.audio(1), sync(8, 2), media.audio(5), media.audio(6));
  await send(made, made.one, media.audio(7));
  assert.deepEqual(made.times, [0, 1]);
  await send(made, made.other, media.audio(2), sync(8, 2), media.audio(8));
  assert.deepEqual(made.times.slice(0, 3), [0, 1, 2]);
  assert.deepEqual(
    made.times.slice(3).filter((time) => time !== 8),
    [5, 6, 7],
  );
  assert.ok(made.times.includes(8));
});

test("§5.2 barriers in a row each hold, also what was under way together", async () => {
  const made = await pair();
  await send(made, made.one, sync(8, 2), media.audio(1), sync(13, 2), media.audio(7));
  await send(made, made.other, sync(8, 2), media.audio(5));
  assert.deepEqual(made.times, [0, 1, 5]);
  await send(made, made.other, sync(13, 2));
  assert.deepEqual(made.times, [0, 1, 5, 7]);
});

test("a barrier that nobody completes holds a flow for a while, not for ever", async () => {
  const made = await pair();
  await send(made, made.one, sync(8, 2), media.audio(1));
  await made.lab.advance(BARRIER_LIMIT_MS / 2);
  assert.deepEqual(made.times, [0]);
  await made.lab.advance(BARRIER_LIMIT_MS / 2 + 100);
  assert.deepEqual(made.times, [0, 1]);
});

test("a barrier across a flow that ends is over", async () => {
  const made = await pair();
  await send(made, made.other, media.audio(1));
  await send(made, made.one, sync(8, 2), media.audio(2));
  made.near.turn(() => made.other.close());
  await made.lab.advance(1_000);
  assert.deepEqual(made.times, [0, 1, 2]);
});

test("§5.2 what a flow sent behind a barrier before it ended still comes behind it", async () => {
  const made = await pair();
  await send(made, made.other, media.audio(1));
  made.near.turn((now) => {
    for (const message of [sync(8, 2), media.audio(3)]) {
      made.other.send(encodeFlowMessage(message), {}, now);
    }
    made.other.close();
  });
  await made.lab.advance(100);
  assert.deepEqual(made.times, [0, 1]);
  await send(made, made.one, media.audio(2), sync(8, 2), media.audio(4));
  assert.deepEqual(made.times, [0, 1, 2, 3, 4]);
});

test("a paused group stays paused when a barrier is lifted", async () => {
  const made = await pair();
  await send(made, made.other, media.audio(1));
  await send(made, made.one, sync(8, 2));
  made.far.turn(() => made.accepted.pause());
  await send(made, made.one, media.audio(2));
  await made.lab.advance(BARRIER_LIMIT_MS);
  await send(made, made.one, media.audio(3));
  assert.ok(!made.times.includes(3));
  made.far.turn(() => made.accepted.resume());
  await made.lab.advance(100);
  assert.deepEqual(made.times, [0, 1, 2, 3]);
});

test("§5.1.1 a hint at network order is honoured only if asked for; such flows are not held", async () => {
  for (const honours of [false, true]) {
    const made = await pair("network", honours);
    await send(made, made.one, sync(8, 2), media.audio(1));
    assert.deepEqual(made.times, honours ? [0, 1] : [0]);
  }
});

/** The barriers that go out of a session from now on, each with its flow. */
function spiedBarriers(session: Session): (readonly [flow: SendFlow, sync: FlowSync])[] {
  const barriers: (readonly [SendFlow, FlowSync])[] = [];
  const open = session.openFlow.bind(session);
  session.openFlow = (options) => {
    const flow = open(options);
    const send = flow.send.bind(flow);
    flow.send = (bytes, ...rest) => {
      const { type, payload } = decodeFlowMessage(bytes, 0);
      const control = type === MessageType.userControl ? decodeUserControl(payload) : undefined;
      if (control?.event === "flowSync") barriers.push([flow, control]);
      return send(bytes, ...rest);
    };
    return flow;
  };
  return barriers;
}

test("§5.2 a sender's barrier is on each flow of the streams, and tells how many they are", async () => {
  const stations = await connectedStations();
  const barriers = spiedBarriers(stations.near.router.session);
  const { lab, near, transport, ofFar } = await group(0, stations);
  near.turn((now) => {
    transport.synchronize([0, 3], now);
    for (const message of [media.data("x"), media.keyframe(1), media.audio(2)]) {
      for (const streamId of [3, 5, 33]) transport.send({ ...message, streamId }, {}, now);
    }
    assert.equal(barriers.length, 0, "nothing to wait for in one flow");
    transport.synchronize([0, 3], now);
    transport.synchronize([5], now);
  });
  const streamsOf = (id: number): (number | undefined)[] =>
    barriers
      .filter(([, { syncId }]) => syncId === id)
      .map(([flow]) => decodeFlowMetadata(flow.metadata)?.streamId);
  const [first, last] = [barriers[0]?.[1], barriers.at(-1)?.[1]];
  assert.ok(first && last && first.syncId !== last.syncId);
  assert.deepEqual(streamsOf(first.syncId), [0, 3, 3, 3]);
  assert.deepEqual(streamsOf(last.syncId), [5, 5, 5]);
  assert.equal(new Set(barriers.map(([flow]) => flow)).size, 7, "one a flow");
  const counts = barriers.map(([, { count }]) => count);
  assert.deepEqual(counts, [4, 4, 4, 4, 3, 3, 3]);
  await lab.advance(1_000);
  assert.equal(ofFar.messages.length, 10);
  assert.ok(ofFar.messages.every(({ type }) => type !== MessageType.userControl));
});

test("§5.2 a barrier that one flow has no room for is on none of them", async () => {
  const { lab, near, transport, ofFar } = await group(3);
  const full = near.turn((now) => {
    transport.send({ ...media.audio(1), streamId: 3 }, {}, now);
    for (const bytes of [1_000_000, 0]) {
      const picture = { ...media.keyframe(2), streamId: 3, payload: new Uint8Array(bytes) };
      const send = (): never => {
        for (;;) transport.send(picture, { deadlineMs: 50 }, now);
      };
      assert.throws(send, { code: "LIMIT" });
    }
    assert.throws(() => transport.synchronize([3], now), { code: "LIMIT" });
    return transport.send({ ...media.data("end"), streamId: 3 }, {}, now);
  });
  assert.ok(full);
  await lab.advance(1_000);
  assert.equal(ofFar.messages.at(-1)?.type, MessageType.dataAmf0, "it waits for nothing");
});

test("§5.2 whatever is lost, all that was sent before a barrier arrives before what comes behind it", async () => {
  await eachSeed(20, async (seed) => {
    const { lab, near, transport, ofFar } = await group(3, await connectedStations(seed));
    // More than a packet, or all would be lost or arrive together.
    const payload = new Uint8Array(300);
    const sent = Array.from({ length: 30 }, (_, at) => [media.keyframe(at), media.audio(at)]);
    lab.setConditions({ loss: 0.3 });
    near.turn((now) => {
      for (const message of sent.flat())
        transport.send({ ...message, streamId: 3, payload }, {}, now);
      transport.synchronize([3], now);
      transport.send({ ...media.data("end"), streamId: 3 }, {}, now);
    });
    const isEnd = ({ type }: Message): boolean => type === MessageType.dataAmf0;
    await lab.runUntil(() => ofFar.messages.findLastIndex(isEnd) > 0, BARRIER_LIMIT_MS);
    assert.equal(ofFar.messages.length, 1 + 60 + 1);
  });
});

test("§5.2 what was under way when a barrier closed waits in its order, however much it is", async () => {
  const made = await pair();
  const messages = Array.from({ length: 5_000 }, (_, index) => media.audio(index + 3));
  const syncs = [sync(1, 2), sync(2, 2), sync(3, 2)];
  await send(made, made.one, ...syncs, ...messages);
  await send(made, made.other, sync(1, 2), media.audio(1), sync(2, 2), sync(3, 2));
  await made.lab.advance(2_000);
  assert.deepEqual(
    made.times.filter((time) => time > 0),
    [1, ...messages.map(({ timestampMs }) => timestampMs)],
  );
});
