/** Sessions between peers of the library: how they begin and end. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Peer, PeerSession } from "../../peer/index.ts";
import type { RtmfpError } from "../../protocol/errors.ts";
import { LabChat } from "../support/lab-chat.ts";
import { RendezvousClient } from "../support/rendezvous-client.ts";

const REASON = new Error("changed my mind");
const NOBODY = "00".repeat(32);

async function two(seed: number): Promise<{ chat: LabChat; one: Peer; other: Peer }> {
  const chat = await LabChat.start(seed);
  return { chat, one: await chat.peer(), other: await chat.peer() };
}

function endsOf(session: PeerSession): (string | undefined)[] {
  const ends: (string | undefined)[] = [];
  session.on("closed", (error) => ends.push(error?.code));
  return ends;
}

test("a session is direct, and the same one however often it is asked for", async () => {
  const { chat, one, other } = await two(1);
  const heard: PeerSession[] = [];
  other.on("session", (session) => heard.push(session));
  const asked = [one.session(other.id), one.session(other.id)];
  const [first, second] = await chat.lab.complete(Promise.all(asked), 5_000);
  await chat.lab.advance(1_000);
  const far = heard[0];
  assert.ok(first && far);
  assert.equal(second, first);
  assert.equal(await one.session(other.id), first);
  assert.deepEqual([heard.length, one.sessions, other.sessions], [1, [first], [far]]);
  assert.deepEqual([first.peerId, far.peerId], [other.id, one.id]);
  assert.deepEqual([first.isInitiator, far.isInitiator], [true, false]);
  await assert.rejects(chat.lab.complete(first.call("nobody"), 5_000));
  const { kind, address, rttMs } = first.path;
  assert.deepEqual([kind, address], ["direct", `10.0.1.2:${other.addresses[0]?.port}`]);
  assert.ok(rttMs !== undefined && Math.abs(rttMs - 20) < 2, `${rttMs} ms`);
  assert.ok(first.stats.sentBytes > 0 && first.stats.receivedPackets > 0);
  await chat.close();
});

test("a stranger knows nothing of traversal: it is asked for at once", async () => {
  const chat = await LabChat.start(11);
  const host = chat.host();
  const stranger = await new RendezvousClient(host.io, 0).listen(host.ip);
  stranger.connect({ ip: "10.0.0.1", port: 1935 }, "chat");
  await chat.lab.runUntil(() => stranger.isConnected, 5_000);
  stranger.setPeerInfo();
  const peer = await chat.peer();
  const askedAt = chat.lab.now;
  assert.ok(await chat.lab.complete(peer.session(stranger.id), 5_000));
  assert.ok(chat.lab.now - askedAt <= 150, `${chat.lab.now - askedAt} ms`);
  await chat.lab.complete(stranger.driver.close(), 60_000);
  await chat.close();
});

test("both ask at the same moment: both have the same session", async () => {
  for (let seed = 1; seed <= 10; seed += 1) {
    const { chat, one, other } = await two(seed);
    chat.lab.setConditions({ jitterMs: 10 });
    const asked = [one.session(other.id), other.session(one.id)];
    const [near, far] = await chat.lab.complete(Promise.all(asked), 10_000);
    await chat.lab.advance(5_000);
    assert.ok(near?.isOpen && far?.isOpen, `seed ${seed}`);
    assert.deepEqual([one.sessions, other.sessions], [[near], [far]]);
    assert.notEqual(near.isInitiator, far.isInitiator);
    other.handle("name", () => "other");
    assert.equal(await chat.lab.complete(near.call("name"), 5_000), "other");
    await chat.close();
  }
});

test("a peer that is not there: TIMEOUT; what is no other peer's ID: TypeError", async () => {
  const chat = await LabChat.start(2);
  const peer = await chat.peer({ connectTimeoutMs: 3_000 });
  await assert.rejects(chat.lab.complete(peer.session(NOBODY), 4_000), { code: "TIMEOUT" });
  for (const id of ["", "xyz", NOBODY.slice(1), NOBODY.replace("0", "G"), peer.id]) {
    await assert.rejects(peer.session(id), TypeError, id);
  }
  await chat.close();
});

test("asking stops with the signal, and leaves no session behind", async () => {
  for (const afterMs of [0, 5, 15, 25, 35, 45]) {
    const { chat, one, other } = await two(3);
    const stop = new AbortController();
    const outcome = assert.rejects(one.session(other.id, { signal: stop.signal }), REASON);
    await chat.lab.advance(afterMs);
    stop.abort(REASON);
    await outcome;
    await chat.lab.advance(60_000);
    assert.deepEqual([one.sessions, other.sessions], [[], []], `after ${afterMs} ms`);
    const session = await chat.lab.complete(one.session(other.id), 5_000);
    assert.ok(session.isOpen);
    await chat.close();
  }
  const { chat, one, other } = await two(4);
  const signal = AbortSignal.abort(REASON);
  await assert.rejects(one.session(other.id, { signal }), REASON);
  await chat.lab.complete(one.session(other.id), 5_000);
  await assert.rejects(one.session(other.id, { signal }), REASON, "also if there is a session");
  await chat.close();
});

test("one end closes: both hear it once, without an error", async () => {
  const chat = await LabChat.start(5);
  const { one, other, near, far } = await chat.met();
  const ends = [endsOf(near), endsOf(far)];
  near.close();
  near.close();
  await chat.lab.advance(1_000);
  assert.deepEqual(ends, [[undefined], [undefined]]);
  assert.deepEqual([near.isOpen, far.isOpen, one.sessions, other.sessions], [false, false, [], []]);
  const again = await chat.lab.complete(one.session(other.id), 5_000);
  assert.ok(again.isOpen && again !== near);
  await chat.close();
});

test("a far end that vanishes: TIMEOUT after some silence", async () => {
  const chat = await LabChat.start(6);
  const { one, other, near } = await chat.met();
  const ends = endsOf(near);
  chat.cut(other);
  await chat.lab.advance(60_000);
  assert.deepEqual(ends, ["TIMEOUT"]);
  assert.deepEqual(one.sessions, []);
  await chat.close();
});

test("a server that ends: disconnected, and sessions of peers go on", async () => {
  const chat = await LabChat.start(7);
  const { one, other, near } = await chat.met();
  other.handle("echo", (_, value) => value);
  const errors: (RtmfpError | undefined)[] = [];
  one.on("disconnected", (error) => errors.push(error));
  const pairing = assert.rejects(one.pair(), { code: "CLOSED" });
  await chat.lab.advance(100);
  await chat.restart();
  await chat.lab.complete(pairing, 100);
  assert.deepEqual(errors, [undefined]);
  assert.equal(await chat.lab.complete(near.call("echo", [1]), 5_000), 1);
  await chat.lab.advance(60_000);
  assert.ok(near.isOpen, "it lives without the server");
  await chat.close();
});

test("a server that vanishes: disconnected, with TIMEOUT", async () => {
  const chat = await LabChat.start(8);
  const peer = await chat.peer();
  const codes: (string | undefined)[] = [];
  peer.on("disconnected", (error) => codes.push(error?.code));
  chat.cut(peer);
  await chat.lab.advance(60_000);
  assert.deepEqual(codes, ["TIMEOUT"]);
  await chat.close();
});

test("close delivers what was sent before", async () => {
  const chat = await LabChat.start(9);
  const { one, other, near } = await chat.met();
  const notes: unknown[] = [];
  other.handle("note", (_, text) => void notes.push(text));
  for (let index = 0; index < 50; index += 1) {
    near.call("note", ["x".repeat(1_000)]).catch(() => undefined);
  }
  await chat.lab.complete(one.close(), 5_000);
  assert.equal(notes.length, 50);
  await chat.close();
});
