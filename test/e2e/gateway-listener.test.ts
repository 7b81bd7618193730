import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Gateway } from "../../peer/gateway/gateway.ts";
import type { GatewayStreams } from "../../peer/gateway/gateway-streams.ts";
import type { RtmpListenerOptions } from "../../protocol/node/rtmp-listener.ts";
import { failure } from "../../protocol/tc/status.ts";
import type { Address } from "../../protocol/wire/address.ts";
import { LiveStreams } from "../support/live-streams.ts";
import { media } from "../support/media.ts";
import { RtmpClient } from "../support/rtmp-client.ts";
import { StreamNotes } from "../support/tc-stand.ts";

const here: Address = { ip: "127.0.0.1", port: 0 };

async function listen(
  t: TestContext,
  limits?: RtmpListenerOptions,
  rtmp: Address = here,
): Promise<{ gateway: Gateway; streams: LiveStreams }> {
  const streams = new LiveStreams();
  const gateway = await Gateway.listen({ rtmp, streams, limits });
  t.after(() => gateway.close());
  return { gateway, streams };
}

async function dial(t: TestContext, { address }: Gateway): Promise<Socket> {
  const socket = connect({ host: address.ip, port: address.port, noDelay: true });
  t.after(() => socket.destroy());
  await once(socket, "connect");
  return socket;
}

/** A client that plays local/cam. */
async function player(
  t: TestContext,
  { gateway, streams }: { gateway: Gateway; streams: LiveStreams },
): Promise<{ socket: Socket; notes: StreamNotes; client: RtmpClient }> {
  const socket = await dial(t, gateway);
  const client = new RtmpClient(socket);
  await until(() => client.isOpen);
  const notes = new StreamNotes();
  const before = streams.at("cam").playerCount;
  client.connect("local");
  client.caller.createStream(notes, (stream) => "play" in stream && stream.play("cam", 0), 0);
  await until(() => streams.at("cam").playerCount > before);
  return { socket, notes, client };
}

async function until(isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error("waited for 5 s");
    await sleep(5);
  }
}

test("a port that is taken, and an address that is not here, are told apart", async (t) => {
  const { gateway } = await listen(t);
  await assert.rejects(listen(t, undefined, gateway.address), {
    code: "ADDRESS_IN_USE",
    message: `TCP port ${gateway.address.port} is in use`,
  });
  // TEST-NET-1, RFC 5737.
  await assert.rejects(listen(t, undefined, { ip: "192.0.2.1", port: 0 }), {
    code: "UNREACHABLE",
    message: "cannot bind TCP 192.0.2.1:0",
  });
});

test("a server that refuses a publisher later has it told, and its stream ended", async (t) => {
  const ended: number[] = [];
  const refusing: GatewayStreams = {
    publishLocal: () => assert.fail(),
    play: () => assert.fail(),
    publishServer(name, now, fail) {
      setImmediate(() => fail(failure("NetStream.Publish.BadName", `${name} is taken`), now));
      return { write: () => [], noteGap: () => undefined, end: (at) => ended.push(at) };
    },
  };
  const gateway = await Gateway.listen({ rtmp: here, streams: refusing });
  t.after(() => gateway.close());
  const client = new RtmpClient(await dial(t, gateway));
  await until(() => client.isOpen);
  const notes = new StreamNotes();
  client.connect("server");
  client.caller.createStream(notes, (stream) => "play" in stream && stream.publish("cam", 0), 0);
  await until(() => notes.codes.length === 2);
  assert.deepEqual(notes.codes, ["Publish.Start", "Publish.BadName"]);
  assert.equal(ended.length, 1);
});

test("the port is free again after close, which may be called twice", async (t) => {
  const { gateway } = await listen(t);
  const { address } = gateway;
  await Promise.all([gateway.close(), gateway.close()]);
  await listen(t, undefined, address);
});

test("more connections than allowed are refused, and there is room again later", async (t) => {
  const { gateway } = await listen(t, { maxConnections: 1 });
  const first = await dial(t, gateway);
  const second = await dial(t, gateway);
  second.on("error", () => undefined);
  second.resume();
  await once(second, "close");
  assert.ok(!first.destroyed);
  first.destroy();
  await sleep(50);
  const third = new RtmpClient(await dial(t, gateway));
  await until(() => third.isOpen);
});

test("who connects and says nothing is gone in time", async (t) => {
  const { gateway } = await listen(t, { handshakeTimeoutMs: 100 });
  const socket = await dial(t, gateway);
  socket.resume();
  await once(socket, "close");
});

test("a client that breaks the syntax loses its connection, and nobody else does", async (t) => {
  const stand = await listen(t);
  const good = await player(t, stand);
  const bad = await player(t, stand);
  const before = stand.streams.at("cam").playerCount;
  // A command that is no AMF is skipped; a chunk that continues none is not.
  const noise = { type: 20, streamId: 0, timestampMs: 0, payload: Uint8Array.of(0xff) };
  bad.client.caller.net.send(noise, {}, 0);
  const publisher = stand.streams.at("cam").publish(0);
  publisher?.write(media.keyframe(0), 0);
  await until(() => bad.notes.media.length === 1);
  bad.socket.write(Uint8Array.of(0xff));
  await once(bad.socket, "close");
  assert.equal(stand.streams.at("cam").playerCount, before - 1);
  publisher?.write(media.keyframe(40), 0);
  await until(() => good.notes.media.length === 2);
});

test("a player that stays behind is disconnected, and the others miss nothing", async (t) => {
  const stand = await listen(t, { maxUnsentBytes: 500_000 });
  const stream = stand.streams.at("cam");
  const slow = await player(t, stand);
  const good = await player(t, stand);
  slow.socket.pause();
  slow.socket.on("error", () => undefined);
  const publisher = stream.publish(0);
  const payload = new Uint8Array(100_000);
  payload.set(media.keyframe(0).payload);
  let count = 0;
  while (stream.playerCount === 2) {
    publisher?.write({ ...media.keyframe(0), payload }, 0);
    count += 1;
    await until(() => good.notes.media.length === count);
  }
  publisher?.write(media.keyframe(40), 0);
  await until(() => good.notes.media.length === count + 1);
  assert.equal(good.notes.media.at(-1)?.timestampMs, 40);
});

test("close delivers what was sent before it ends the connections", async (t) => {
  const stand = await listen(t);
  const { socket, notes } = await player(t, stand);
  const publisher = stand.streams.at("cam").publish(0);
  const payload = new Uint8Array(1_000_000);
  payload.set(media.keyframe(0).payload);
  publisher?.write({ ...media.keyframe(0), payload }, 0);
  await Promise.all([stand.gateway.close(), once(socket, "close")]);
  assert.deepEqual(notes.media[0]?.payload, payload);
  assert.equal(notes.ends, 1);
  assert.equal(stand.streams.at("cam").playerCount, 0);
});

test("IPv6 is served too", async (t) => {
  const attempt = await listen(t, undefined, { ip: "::1", port: 0 }).catch(() => undefined);
  if (!attempt) {
    t.skip("no IPv6 here");
    return;
  }
  const { socket } = await player(t, attempt);
  assert.equal(socket.remoteFamily, "IPv6");
});
