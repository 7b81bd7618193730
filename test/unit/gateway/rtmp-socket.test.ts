import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { MalformedError } from "../../../protocol/errors.ts";
import { RtmpSocket, type RtmpSocketLimits } from "../../../protocol/node/rtmp-socket.ts";
import { HANDSHAKE_RANDOM_BYTES, PlainHandshake } from "../../../protocol/rtmp/handshake.ts";
import type { Message } from "../../../protocol/rtmp/message.ts";
import { notice } from "../../../protocol/tc/command.ts";
import type { Transport, TransportHandler } from "../../../protocol/tc/transport.ts";
import { DuplexEnd } from "../../support/duplex-pair.ts";
import { ManualIo } from "../../support/manual-io.ts";
import { media } from "../../support/media.ts";
import { RtmpClient } from "../../support/rtmp-client.ts";

/** A socket at the server, without a peer that speaks. */
class Stand implements TransportHandler {
  readonly io = new ManualIo();
  readonly near: DuplexEnd;
  readonly far: DuplexEnd;
  readonly socket: RtmpSocket;
  readonly messages: Message[] = [];
  readonly faults: unknown[] = [];
  accepted = 0;
  ends = 0;
  act: (message: Message) => void = () => undefined;
  onWritable: () => void = () => undefined;
  #transport: Transport | undefined;

  constructor(limits?: RtmpSocketLimits) {
    [this.near, this.far] = DuplexEnd.pair();
    const accept = (transport: Transport): TransportHandler => {
      this.accepted += 1;
      this.#transport = transport;
      return this;
    };
    this.socket = new RtmpSocket(this.near, this.io, {
      handshake: PlainHandshake.server(new Uint8Array(HANDSHAKE_RANDOM_BYTES)),
      accept,
      limits,
      onFault: (error) => this.faults.push(error),
    });
  }

  get transport(): Transport {
    assert.ok(this.#transport);
    return this.#transport;
  }

  onMessage(message: Message): void {
    this.messages.push(message);
    this.act(message);
  }

  onEnd(): void {
    this.ends += 1;
  }

  /** Moves time on, then lets streams settle. */
  async pass(ms: number): Promise<void> {
    this.io.advance(ms);
    await settle();
  }

  assertGone(): void {
    assert.ok(this.near.destroyed);
    assert.equal(this.ends, this.accepted);
    assert.equal(this.io.nextAlarm, Number.POSITIVE_INFINITY);
  }
}

async function settle(): Promise<void> {
  for (let count = 0; count < 10; count += 1) await turn();
}

/** One whose client has said `connect`. */
async function connected(limits?: RtmpSocketLimits): Promise<Stand & { client: RtmpClient }> {
  const stand = new Stand(limits);
  const client = new RtmpClient(stand.far);
  await settle();
  client.connect("live");
  await settle();
  assert.equal(stand.messages.length, 1);
  stand.transport.confirm?.();
  return Object.assign(stand, { client });
}

test("§5.2 who does not finish the handshake in time is gone, and nobody heard of it", async () => {
  const stand = new Stand({ handshakeTimeoutMs: 100 });
  stand.far.resume();
  stand.far.write(new Uint8Array([3, ...new Uint8Array(1536)]));
  await stand.pass(99);
  assert.ok(!stand.near.destroyed);
  await stand.pass(1);
  assert.equal(stand.accepted, 0);
  stand.assertGone();
  await stand.socket.closed;
});

test("§5.2 who speaks another protocol is gone at once", async () => {
  const stand = new Stand();
  stand.far.resume();
  stand.far.write("GET / HTTP/1.1\r\n\r\n");
  await settle();
  assert.equal(stand.accepted, 0);
  stand.assertGone();
});

test("§7.2.1.1 who sends no command in time is gone, media does not count", async () => {
  const stand = new Stand({ connectTimeoutMs: 200 });
  const client = new RtmpClient(stand.far);
  await settle();
  assert.ok(client.isOpen && stand.accepted === 1);
  await stand.pass(199);
  client.caller.net.send(media.audio(0), {}, 0);
  await settle();
  assert.equal(stand.messages.length, 1);
  await stand.pass(1);
  stand.assertGone();
});

test("§7.2.1.1 who is not let in in time is gone, whatever commands it sends", async () => {
  const stand = new Stand({ connectTimeoutMs: 200 });
  const client = new RtmpClient(stand.far);
  await settle();
  for (let count = 0; count < 19; count += 1) {
    client.caller.net.command({ name: "_result", transactionId: 9, object: null, args: [] }, 0, 0);
    await stand.pass(10);
  }
  assert.ok(stand.messages.length > 0 && !stand.near.destroyed);
  await stand.pass(10);
  stand.assertGone();
});

test("§7.1.7 who says nothing is pinged, and stays as long as it answers", async () => {
  const stand = await connected({ idleTimeoutMs: 1_000 });
  for (let count = 0; count < 20; count += 1) await stand.pass(500);
  assert.ok(!stand.near.destroyed);
  stand.far.isStalled = true;
  await stand.pass(499);
  await stand.pass(500);
  assert.ok(!stand.near.destroyed);
  await stand.pass(1);
  stand.assertGone();
});

test("answers sent from within a message leave in order, and nothing is told in between", async () => {
  const stand = await connected();
  let depth = 0;
  stand.act = (message) => {
    depth += 1;
    assert.equal(depth, 1);
    stand.transport.send({ ...message, timestampMs: message.timestampMs + 1 }, {}, 0);
    depth -= 1;
  };
  const seen: number[] = [];
  stand.client.caller.onMessage = (message) => seen.push(message.timestampMs);
  for (let at = 10; at <= 50; at += 10) stand.client.caller.net.send(media.audio(at), {}, 0);
  await settle();
  assert.deepEqual(seen, [11, 21, 31, 41, 51]);
});

test("what one turn sends leaves in one piece", async () => {
  const stand = await connected();
  const before = stand.near.pieces.length;
  for (let count = 0; count < 10; count += 1) stand.transport.send(media.keyframe(40), {}, 0);
  await settle();
  assert.equal(stand.near.pieces.length, before + 1);
  stand.transport.send(media.keyframe(40), {}, 0);
  await settle();
  assert.equal(stand.near.pieces.length, before + 2);
});

test("a message that breaks the syntax ends the connection, not the process", async () => {
  const stand = await connected();
  stand.act = () => {
    throw new MalformedError("not that");
  };
  stand.client.caller.net.send(media.audio(0), {}, 0);
  await settle();
  stand.assertGone();
  assert.equal(stand.client.client.ends, 1);
});

/** A bug in a handler, of whatever sort. */
const bug = new TypeError("a bug");
function fail(): never {
  throw bug;
}

async function assertContained(stand: Stand): Promise<void> {
  await settle();
  stand.assertGone();
  const error = await stand.socket.closed;
  assert.deepEqual([error?.code, error?.cause], ["FAULT", bug]);
}

test("an error in the handling of a message ends the connection as FAULT, and is told", async () => {
  const stand = await connected();
  stand.act = fail;
  stand.client.caller.net.send(media.audio(0), {}, 0);
  stand.client.caller.net.send(media.audio(1), {}, 0);
  await assertContained(stand);
  assert.equal(stand.client.client.ends, 1);
  assert.deepEqual([stand.messages.length, stand.faults], [2, [bug]], "the second is not told");
});

test("an error at the end, or when the socket takes more, is contained as well", async () => {
  const stand = await connected();
  stand.transport.watchWritable?.();
  stand.onWritable = fail;
  const end = stand.onEnd.bind(stand);
  stand.onEnd = () => {
    end();
    fail();
  };
  stand.transport.send(media.keyframe(40), {}, 0);
  await assertContained(stand);
  assert.deepEqual(stand.faults, [bug, bug]);
});

test("an error in whoever accepts the connection ends it", async () => {
  const [near, far] = DuplexEnd.pair();
  const handshake = PlainHandshake.server(new Uint8Array(HANDSHAKE_RANDOM_BYTES));
  const socket = new RtmpSocket(near, new ManualIo(), { handshake, accept: fail });
  const client = new RtmpClient(far);
  assert.equal((await socket.closed)?.cause, bug);
  assert.equal(client.client.ends, 1);
});

test("§5.3 chunks that break the syntax end the connection", async () => {
  const stand = await connected();
  stand.far.write(Uint8Array.of(0xff, 0xff, 0xff));
  await settle();
  stand.assertGone();
});

test("who does not take what is sent is gone, which is told later", async () => {
  const stand = await connected({ maxUnsentBytes: 100_000 });
  stand.far.isStalled = true;
  const message = { ...media.keyframe(0), payload: new Uint8Array(60_000) };
  stand.transport.send(message, {}, 0);
  await settle();
  assert.ok(!stand.near.destroyed);
  stand.transport.send(message, {}, 0);
  assert.equal(stand.ends, 0);
  stand.transport.send(message, {}, 0);
  await settle();
  stand.assertGone();
});

test("close delivers what was sent, tells the end once, and waits for the far end", async () => {
  const stand = await connected();
  const seen: number[] = [];
  stand.client.caller.onMessage = (message) => seen.push(message.timestampMs);
  stand.transport.send(media.keyframe(40), {}, 0);
  stand.socket.close();
  stand.socket.close();
  stand.transport.close();
  stand.transport.send(media.keyframe(80), {}, 0);
  assert.equal(stand.ends, 1);
  await stand.socket.closed;
  assert.deepEqual(seen, [40]);
  await settle();
  stand.assertGone();
});

test("a far end that does not read does not keep a closed connection", async () => {
  const stand = await connected();
  stand.far.isStalled = true;
  stand.transport.send(media.keyframe(40), {}, 0);
  await settle();
  stand.socket.close();
  await stand.pass(1_999);
  assert.ok(!stand.near.destroyed);
  await stand.pass(1);
  stand.assertGone();
});

test("the far end's end is told, and ends this end too", async () => {
  const stand = await connected();
  stand.far.end();
  await stand.socket.closed;
  stand.assertGone();
});

test("what a handler closes is not told of later messages' end twice", async () => {
  const stand = await connected();
  stand.act = () => stand.transport.close();
  stand.client.caller.net.command(notice("one", []), 0, 0);
  stand.client.caller.net.command(notice("two", []), 0, 0);
  await settle();
  stand.assertGone();
});
