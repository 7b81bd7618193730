import assert from "node:assert/strict";
import { test } from "node:test";
import type { RecvFlow } from "../../../protocol/flow/recv-flow.ts";
import type { SendFlow } from "../../../protocol/flow/send-flow.ts";
import { encodeUserControl } from "../../../protocol/rtmp/user-control.ts";
import { encodeFlowMessage } from "../../../protocol/tc/flow-message.ts";
import { decodeFlowMetadata } from "../../../protocol/tc/flow-metadata.ts";
import { media } from "../../support/media.ts";
import { type Group, group } from "../../support/tc-group.ts";

/** The flows that `near` opens from now on, by stream and priority. */
function spiedFlows({ near }: Group): Map<string, SendFlow> {
  const flows = new Map<string, SendFlow>();
  const { session } = near.router;
  const open = session.openFlow.bind(session);
  session.openFlow = (options) => {
    const flow = open(options);
    flows.set(`${decodeFlowMetadata(flow.metadata)?.streamId} at ${flow.priority}`, flow);
    return flow;
  };
  return flows;
}

function sendAll({ near, transport }: Group, streamId: number): void {
  near.turn((now) => {
    for (const message of [media.audio(1), media.keyframe(1), media.data()]) {
      transport.send({ ...message, streamId }, {}, now);
    }
  });
}

test("RFC 7016 §3.6.2.3 commands and sounds go before pictures, and all of them are time critical", async () => {
  const made = await group(0);
  const flows = spiedFlows(made);
  made.near.turn((now) => made.transport.send({ ...media.keyframe(1), streamId: 7 }, {}, now));
  assert.deepEqual([...flows.keys()], ["7 at 4"]);
  made.near.turn((now) => made.transport.send({ ...media.audio(1), streamId: 7 }, {}, now));
  assert.deepEqual([...flows.keys()], ["7 at 4", "7 at 5"]);
  made.near.turn((now) => made.transport.send({ ...media.data(), streamId: 9 }, {}, now));
  assert.deepEqual([...flows.keys()], ["7 at 4", "7 at 5", "9 at 5"]);
  for (const flow of flows.values()) assert.ok(flow.isTimeCritical);
});

test("closing a stream closes its flows, which the far end hears of, and no others", async () => {
  const made = await group(0);
  const flows = spiedFlows(made);
  const ended: (number | undefined)[] = [];
  const handle = made.far.router.handle.bind(made.far.router);
  made.far.router.handle = (event, now) => {
    if (event.type === "flow-ended") ended.push(decodeFlowMetadata(event.flow.metadata)?.streamId);
    handle(event, now);
  };
  for (const streamId of [1, 11]) sendAll(made, streamId);
  made.near.turn(() => made.transport.closeStream(1));
  for (const [name, { state }] of flows) {
    assert.equal(state, name.startsWith("1 ") ? "CLOSING" : "OPEN", name);
  }
  await made.lab.advance(1_000);
  assert.deepEqual(ended, [1, 1, 1]);
  assert.equal(made.ofFar.messages.length, 1 + 6);
  sendAll(made, 11);
  await made.lab.advance(100);
  assert.deepEqual([made.ofFar.messages.length, made.ofFar.ends], [1 + 6 + 3, 0]);
});

test("RFC 7425 §5.2 who sends more behind barriers than they may hold ends the group", async () => {
  const made = await group(3);
  const flows: RecvFlow[] = [];
  made.far.onFlow = (flow) => flows.push(flow);
  sendAll(made, 3);
  await made.lab.runUntil(() => made.ofFar.messages.length === 4, 1_000);
  const [flow] = flows;
  assert.ok(flow);
  const barrier = encodeUserControl({ event: "flowSync", syncId: 1, count: 3 });
  const large = encodeFlowMessage({ ...media.audio(2), payload: new Uint8Array(1_000_000) });
  const receive = (bytes: Uint8Array): void =>
    made.far.turn((now) => made.accepted.receive(flow, bytes, false, now));
  receive(encodeFlowMessage(barrier));
  for (let count = 0; count < 8; count += 1) receive(large);
  assert.deepEqual([made.accepted.isEnded, made.ofFar.ends], [false, 0]);
  receive(large);
  assert.deepEqual([made.accepted.isEnded, made.ofFar.ends], [true, 1]);
  assert.equal(made.ofFar.messages.length, 4);
});
