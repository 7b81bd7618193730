import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeAmf0 } from "../../../protocol/amf/amf0-encode.ts";
import { RtmfpError } from "../../../protocol/errors.ts";
import { MessageType } from "../../../protocol/rtmp/message.ts";
import { Calls, type Reply } from "../../../protocol/tc/calls.ts";
import { type Command, notice } from "../../../protocol/tc/command.ts";
import { NetConnection, type NetConnectionHandler } from "../../../protocol/tc/net-connection.ts";
import { failure } from "../../../protocol/tc/status.ts";
import type { Transport } from "../../../protocol/tc/transport.ts";
import { media } from "../../support/media.ts";
import { MemoryLine, MemoryTransport } from "../../support/transports.ts";

/** Answers "double" and knows nothing else. */
class Doubler implements NetConnectionHandler {
  readonly net: NetConnection;
  readonly commands: Command[] = [];
  readonly messages: number[] = [];
  malformed = 0;
  ends = 0;

  constructor(transport: Transport) {
    this.net = new NetConnection(transport, this);
  }

  onCommand(command: Command, _streamId: number, now: number): void {
    this.commands.push(command);
    const [value] = command.args;
    if (command.name !== "double") this.net.unknown(command, now);
    else this.net.result(command, null, [Number(value) * 2], now);
  }

  onMessage(message: { type: number }): void {
    this.messages.push(message.type);
  }

  onMalformed(): void {
    this.malformed += 1;
  }

  onEnd(): void {
    this.ends += 1;
  }
}

function pair(): { line: MemoryLine; near: Doubler; far: Doubler } {
  const line = new MemoryLine();
  const near = new Doubler(line.one);
  const far = new Doubler(line.other);
  line.one.handler = near.net;
  line.other.handler = far.net;
  return { line, near, far };
}

/** A transport to a far end that takes nothing. */
class FullTransport extends MemoryTransport {
  override send(): undefined {
    throw new RtmfpError("LIMIT", "full");
  }
}

function replies(): { list: Reply[]; add: (reply: Reply) => void } {
  const list: Reply[] = [];
  return { list, add: (reply) => list.push(reply) };
}

test("§7.2.1 calls in both directions are answered, each once", () => {
  const { line, near, far } = pair();
  const ofNear = replies();
  const ofFar = replies();
  near.net.call("double", [1], ofNear.add, 0);
  near.net.call("double", [2], ofNear.add, 0);
  far.net.call("double", [3], ofFar.add, 0);
  line.carry();
  assert.deepEqual(
    ofNear.list.map(({ values }) => values),
    [[2], [4]],
  );
  assert.deepEqual(ofFar.list, [{ isResult: true, object: null, values: [6] }]);
  near.net.onEnd(0);
  assert.equal(ofNear.list.length, 2);
});

test("§7.2.1.2 a method that nobody knows is an error with a reason", () => {
  const { line, near } = pair();
  const { list, add } = replies();
  near.net.call("halve", [1], add, 0);
  line.carry();
  const [reply] = list;
  assert.ok(reply && !reply.isResult);
  assert.equal(reply.status.code, "NetConnection.Call.Failed");
  assert.equal(reply.status.description, "there is no method halve");
});

test("§7.2.1.2 the name of a method that nobody knows is cut off: the answer fits into a message", () => {
  const { line, near } = pair();
  const { list, add } = replies();
  near.net.call("x".repeat(16_777_190), [], add, 0);
  line.carry();
  const [reply] = list;
  assert.ok(reply && !reply.isResult);
  assert.equal(reply.status.description, `there is no method ${"x".repeat(256)}`);
});

test("§7.2.1.2 a call with transaction 0 is not answered, and an error without information still is one", () => {
  const { line, near, far } = pair();
  near.net.command(notice("halve", []), 0, 0);
  near.net.command(notice("double", [1]), 0, 0);
  line.carry();
  assert.equal(far.commands.length, 2);
  const { list, add } = replies();
  near.net.call("double", [], add, 0);
  far.net.command({ name: "_error", transactionId: 1, object: null, args: ["no"] }, 0, 0);
  line.carry();
  assert.deepEqual(list, [
    {
      isResult: false,
      status: failure("NetConnection.Call.Failed", "the far end gave no reason"),
      values: ["no"],
    },
  ]);
});

test("answers that nobody waits for are ignored", () => {
  const { line, near, far } = pair();
  const { list, add } = replies();
  const cancel = near.net.call("double", [1], add, 0);
  cancel();
  far.net.command({ name: "_result", transactionId: 99, object: null, args: [] }, 0, 0);
  line.carry();
  assert.deepEqual(list, []);
  assert.deepEqual(near.commands, []);
});

test("the end fails every call that waits, and those made later at once", () => {
  const { line, near } = pair();
  const { list, add } = replies();
  near.net.call("double", [1], add, 0);
  line.other.close();
  line.one.queue.length = 0;
  line.carry();
  near.net.onEnd(0);
  assert.equal(near.ends, 1);
  near.net.call("double", [1], add, 0);
  assert.equal(list.length, 2);
  for (const reply of list) {
    assert.ok(!reply.isResult && reply.status.code === "NetConnection.Connect.Closed");
  }
  assert.equal(line.one.queue.length, 0);
});

test("a call made while the others fail is answered too", () => {
  const { near } = pair();
  const { list, add } = replies();
  const again = (reply: Reply, now: number): void => {
    add(reply);
    near.net.call("double", [1], add, now);
  };
  near.net.call("double", [1], again, 0);
  near.net.onEnd(0);
  assert.equal(list.length, 2);
});

test("what is received after this end closed is not told", () => {
  const { line, near, far } = pair();
  near.net.command(notice("first", []), 0, 0);
  near.net.send(media.audio(0), {}, 0);
  far.net.close(0);
  assert.ok(far.net.isEnded && line.other.isClosed);
  line.carry();
  assert.deepEqual([far.commands, far.messages, far.ends], [[], [], 1]);
  assert.equal(near.ends, 1);
});

test("messages that are no commands go to the handler, and what cannot be read is skipped", () => {
  const { near } = pair();
  near.net.onMessage(media.keyframe(0), false, 0);
  assert.deepEqual(near.messages, [MessageType.video]);
  const nameless = { ...media.audio(0), type: MessageType.commandAmf0, payload: encodeAmf0([1]) };
  near.net.onMessage(nameless, false, 0);
  near.net.onMessage(media.audio(0), false, 0);
  assert.deepEqual(near.messages, [MessageType.video, MessageType.audio]);
  assert.deepEqual([near.malformed, near.ends], [1, 0]);
});

test("a far end that sends hardly anything that can be read is cut off", () => {
  const { near } = pair();
  const empty = { ...media.audio(0), type: MessageType.commandAmf0, payload: new Uint8Array() };
  for (let at = 0; at < 60_000; at += 20) near.net.onMessage(empty, false, at);
  assert.deepEqual(
    [near.malformed, near.ends],
    [3_000, 0],
    "one with each picture is none of those",
  );
  for (let count = 0; count < 2_000; count += 1) near.net.onMessage(empty, false, 60_000);
  assert.deepEqual([near.malformed, near.ends], [4_001, 1]);
});

test("a far end that takes no more answers is cut off, and one's own call fails with it", () => {
  const transport = new FullTransport();
  const asked = new Doubler(transport);
  asked.onCommand({ name: "double", transactionId: 1, object: null, args: [1] }, 0, 0);
  assert.ok(asked.net.isEnded && transport.isClosed);
  assert.equal(asked.ends, 1);
  const asking = new Doubler(new FullTransport());
  const { list, add } = replies();
  asking.net.call("double", [1], add, 0);
  assert.equal(list.length, 1);
  assert.ok(list[0] && !list[0].isResult);
});

test("media that cannot be queued is the sender's to know", () => {
  const { net } = new Doubler(new FullTransport());
  assert.throws(() => net.send(media.audio(0), {}, 0), { code: "LIMIT" });
  assert.ok(!net.isEnded);
});

test("values that AMF does not have throw, and leave no call behind", () => {
  const { line, near } = pair();
  const { list, add } = replies();
  const wrong = [new Map() as never];
  assert.throws(() => near.net.call("double", wrong, add, 0), TypeError);
  near.net.onEnd(0);
  assert.deepEqual(list, []);
  assert.equal(line.one.queue.length, 0);
});

test("1024 calls may wait, and room comes with an answer", () => {
  const calls = new Calls();
  const ignore = (): void => undefined;
  for (let count = 0; count < 1_024; count += 1) calls.add(ignore);
  assert.throws(() => calls.add(ignore), { code: "LIMIT" });
  calls.settle({ name: "_result", transactionId: 512, object: null, args: [] }, 0);
  assert.equal(calls.add(ignore), 1_025);
  calls.forget(1);
  calls.add(ignore);
  let count = 0;
  calls.failAll(0);
  calls.add(() => {
    count += 1;
  });
  calls.failAll(0);
  assert.equal(count, 1);
});

test("a result keeps its object and all values", () => {
  const calls = new Calls();
  const { list, add } = replies();
  const transactionId = calls.add(add);
  const args = [1, "two", null];
  calls.settle({ name: "_result", transactionId, object: { a: 1 }, args }, 0);
  assert.deepEqual(list, [{ isResult: true, object: { a: 1 }, values: args }]);
});
