/** A peer of the library connects to a server, or does not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Peer } from "../../peer/index.ts";
import { createIdentity } from "../../protocol/crypto/identity.ts";
import { storeIdentity } from "../../protocol/crypto/stored-identity.ts";
import { RtmfpError } from "../../protocol/errors.ts";
import { nodePrimitives } from "../../protocol/node/primitives.ts";
import { LabChat, platformOf, SERVER_URL } from "../support/lab-chat.ts";

const REASON = new Error("changed my mind");

function isTimeout(error: unknown): boolean {
  return (
    error instanceof RtmfpError && error.code === "TIMEOUT" && error.message.includes(SERVER_URL)
  );
}

test("a peer has an ID, an address, and is known to the server", async () => {
  const chat = await LabChat.start(1);
  const peer = await chat.peer();
  assert.match(peer.id, /^[0-9a-f]{64}$/);
  assert.equal(peer.addresses.length, 1);
  await chat.lab.advance(500);
  assert.deepEqual(
    chat.server.status.peers.map(({ id }) => id),
    [peer.id],
  );
  assert.deepEqual(peer.sessions, []);
  assert.equal(peer.partner, undefined);
  await chat.close();
});

test("the same identity is the same peer, also after a round trip through JSON", async () => {
  const chat = await LabChat.start(2);
  const peer = await chat.peer();
  const stored = JSON.parse(JSON.stringify(peer.identity));
  await chat.lab.complete(peer.close(), 5_000);
  const again = await chat.peer({ identity: stored });
  assert.equal(again.id, peer.id);
  assert.notEqual((await chat.peer()).id, peer.id);
  await chat.close();
});

test("an identity that is none is refused, and an ephemeral one, which would be everybody's", async () => {
  const chat = await LabChat.start(3);
  const none = { version: 1, certificate: "00", privateKeys: {} } as const;
  const ephemeral = storeIdentity(createIdentity(nodePrimitives, { kind: "ephemeral" }));
  for (const identity of [none, ephemeral]) {
    await assert.rejects(chat.connect(chat.host(), { identity }), { code: "CRYPTO" });
  }
  await chat.close();
});

test("no answer within the timeout: TIMEOUT names the URL, and the socket is closed", async () => {
  const chat = await LabChat.start(4, { loss: 1 });
  const host = chat.host();
  const connecting = chat.connect(host, { connectTimeoutMs: 2_000 });
  await assert.rejects(chat.lab.complete(connecting, 5_000), isTimeout);
  assert.ok(chat.lab.now <= 3_100, `${chat.lab.now} ms`);
  await chat.close();
});

test("a server that opens a session and then says nothing times out as well", async () => {
  const chat = await LabChat.start(5);
  const host = chat.host();
  const connecting = chat.connect(host, { connectTimeoutMs: 4_000 });
  await chat.lab.runUntil(() => chat.server.status.counts.sessions === 1, 1_000);
  host.up.set({ loss: 1 });
  await assert.rejects(chat.lab.complete(connecting, 10_000), isTimeout);
  await chat.close();
});

test("a server that goes away in the middle: CLOSED", async () => {
  const chat = await LabChat.start(6);
  const host = chat.host();
  const connecting = chat.connect(host);
  await chat.lab.runUntil(() => chat.server.status.counts.sessions === 1, 1_000);
  const outcome = assert.rejects(connecting, { code: "CLOSED" });
  await chat.restart();
  await chat.lab.complete(outcome, 1_000);
  await chat.close();
});

test("a server that does not let us in: REJECTED, with its reason", async () => {
  const chat = await LabChat.start(7);
  const platform = platformOf(chat.host());
  const connecting = Peer.connect(`rtmfp://10.0.0.1/${"a".repeat(257)}`, { platform });
  await assert.rejects(chat.lab.complete(connecting, 5_000), {
    code: "REJECTED",
    message: /at most 256 bytes/,
  });
  await chat.close();
});

test("a host without an address: NOT_FOUND", async () => {
  const chat = await LabChat.start(8);
  const resolve = (name: string): Promise<never> =>
    Promise.reject(new RtmfpError("NOT_FOUND", `there is no host ${name}`));
  const platform = { ...platformOf(chat.host()), resolve };
  await assert.rejects(Peer.connect(SERVER_URL, { platform }), { code: "NOT_FOUND" });
  await chat.close();
});

test("a UDP port that somebody has in either family: ADDRESS_IN_USE", async () => {
  const chat = await LabChat.start(9);
  const host = chat.host();
  const socket = await host.io.bind({ ip: host.ip, port: 5_000 }, () => undefined);
  await assert.rejects(chat.lab.complete(chat.connect(host, { port: 5_000 }), 5_000), {
    code: "ADDRESS_IN_USE",
  });
  await socket.close();
  const peer = await chat.lab.complete(chat.connect(host, { port: 5_000 }), 5_000);
  assert.equal(peer.addresses[0]?.port, 5_000);
  await chat.close();
});

test("bad arguments reject before anything is opened", async () => {
  const chat = await LabChat.start(10);
  const platform = platformOf(chat.host());
  await assert.rejects(Peer.connect("http://10.0.0.1/chat", { platform }), TypeError);
  await assert.rejects(Peer.connect(SERVER_URL, { platform, port: 70_000 }), RangeError);
  const signal = AbortSignal.abort(REASON);
  await assert.rejects(Peer.connect(SERVER_URL, { platform, signal }), REASON);
  await chat.close();
});

test("aborted while it connects: the signal's reason, and the socket is closed", async () => {
  for (const afterMs of [0, 5, 15, 25, 35, 45, 55]) {
    const chat = await LabChat.start(11);
    const host = chat.host();
    const stop = new AbortController();
    const connecting = chat.connect(host, { signal: stop.signal, port: 5_000 });
    connecting.catch(() => undefined);
    await chat.lab.advance(afterMs);
    stop.abort(REASON);
    await assert.rejects(chat.lab.complete(connecting, 5_000), REASON, `after ${afterMs} ms`);
    assert.equal(host.listener({ ip: host.ip, port: 5_000 }), undefined);
    await chat.lab.advance(60_000);
    assert.equal(chat.server.status.counts.peers, 0);
    await chat.close();
  }
});

test("aborted while the name is looked up, however long that takes", async () => {
  const chat = await LabChat.start(12);
  const stop = new AbortController();
  const platform = {
    ...platformOf(chat.host()),
    resolve: () => new Promise<never>(() => undefined),
  };
  const connecting = Peer.connect(SERVER_URL, { platform, signal: stop.signal });
  stop.abort(REASON);
  await assert.rejects(chat.lab.complete(connecting, 100), REASON);
  await chat.close();
});

test("a signal that aborts later does nothing to a connected peer", async () => {
  const chat = await LabChat.start(13);
  const stop = new AbortController();
  const peer = await chat.peer({ signal: stop.signal });
  stop.abort(REASON);
  await chat.lab.advance(1_000);
  assert.ok(peer.server.session?.isOpen);
  await chat.close();
});

test("close is idempotent, and ends all that waits", async () => {
  const chat = await LabChat.start(14);
  const peer = await chat.peer();
  const waits = [
    peer.session("00".repeat(32)),
    peer.pair(),
    peer.server.call("pairLeave"),
    peer.server.publish("cam"),
    peer.server.play("cam").next(),
  ];
  const disconnected: unknown[] = [];
  peer.on("disconnected", (error) => disconnected.push(error));
  const outcomes = Promise.allSettled(waits);
  const closing = Promise.all([peer.close(), peer.close()]);
  await chat.lab.complete(closing, 5_000);
  const codes = (await chat.lab.complete(outcomes, 5_000)).map((outcome) =>
    outcome.status === "rejected" ? (outcome.reason as RtmfpError).code : "fulfilled",
  );
  assert.deepEqual(codes.slice(0, 2), ["CLOSED", "CLOSED"]);
  assert.ok(
    codes.slice(2).every((code) => code === "CLOSED" || code === "fulfilled"),
    codes.join(),
  );
  assert.equal(disconnected.length, 1);
  await chat.lab.complete(peer.close(), 10);
  await chat.close();
});

test("after close every wait rejects with CLOSED", async () => {
  const chat = await LabChat.start(15);
  const peer = await chat.peer();
  await chat.lab.complete(peer.close(), 5_000);
  const waits: readonly (() => Promise<unknown>)[] = [
    () => peer.session("00".repeat(32)),
    () => peer.pair(),
    () => peer.next(),
    () => peer.leave(),
    () => peer.server.call("pairLeave"),
    () => peer.server.publish("cam"),
    () => peer.server.play("cam").next(),
  ];
  for (const wait of waits) {
    await assert.rejects(chat.lab.complete(wait(), 1_000), { code: "CLOSED" }, wait.toString());
  }
  await chat.close();
});
