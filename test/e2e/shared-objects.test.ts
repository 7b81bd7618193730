/** Shared objects over real sockets: RTMP and RTMFP clients of one server. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Peer, type PeerOptions } from "../../peer/index.ts";
import { Rendezvous, type RendezvousOptions } from "../../rendezvous/index.ts";
import { silent } from "../support/rendezvous-lab.ts";

async function serve(more: Partial<RendezvousOptions> = {}): Promise<Rendezvous> {
  const ports = { rtmfp: "127.0.0.1:0", rtmp: "127.0.0.1:0" };
  return Rendezvous.listen({ ...ports, logger: silent, graceMs: 100, ...more });
}

/** A peer whose server is reached over UDP (RTMFP) or TCP (RTMP). */
async function peerOf(
  t: TestContext,
  server: Rendezvous,
  transport: PeerOptions["transport"],
): Promise<Peer> {
  const { rtmfp, rtmp } = server.addresses;
  const address = transport === "tcp" ? rtmp[0] : rtmfp[0];
  const peer = await Peer.connect(`rtmfp://${address}/game`, { transport });
  t.after(() => peer.close());
  return peer;
}

async function until(isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error("waited for 5 s");
    await sleep(5);
  }
}

test("clients over RTMP and RTMFP share an object", async (t) => {
  const server = await serve();
  t.after(() => server.close());
  const one = await peerOf(t, server, "tcp");
  const other = await peerOf(t, server, "udp");
  const board = await one.server.sharedObject("board");
  board.set("title", "chess");
  board.set("moves", ["e4", "e5"]);
  const copy = await other.server.sharedObject("board");
  await until(() => copy.data.size === 2);
  assert.equal(copy.data.get("title"), "chess");
  assert.deepEqual(copy.data.get("moves"), ["e4", "e5"]);
  copy.set("title", "go");
  await until(() => board.data.get("title") === "go");
  board.delete("moves");
  await until(() => !copy.data.has("moves"));
  const heard = once(copy, "message");
  board.send("say", "hello", 1);
  assert.deepEqual(await heard, ["say", ["hello", 1]]);
});

test("a persistent object outlives the server, a temporary one its users", async (t) => {
  const data = mkdtempSync(join(tmpdir(), "rtmfp-objects-"));
  t.after(() => rmSync(data, { recursive: true }));
  const server = await serve({ data, sharedObjects: { persistent: true } });
  const peer = await peerOf(t, server, "tcp");
  const score = await peer.server.sharedObject("../../score", { persistent: true });
  const room = await peer.server.sharedObject("room");
  score.set("ada", 3);
  room.set("open", true);
  const other = await peerOf(t, server, "tcp");
  const copy = await other.server.sharedObject("../../score", { persistent: true });
  await until(() => copy.data.get("ada") === 3);
  await Promise.all([once(score, "closed"), once(copy, "closed"), server.close()]);
  await assert.rejects(peer.server.sharedObject("late"), { code: "CLOSED" });
  const next = await serve({ data, sharedObjects: { persistent: true } });
  t.after(() => next.close());
  const again = await peerOf(t, next, "udp");
  const kept = await again.server.sharedObject("../../score", { persistent: true });
  assert.deepEqual([...kept.data], [["ada", 3]]);
  assert.equal((await again.server.sharedObject("room")).data.size, 0);
});

test("what the server refuses is told, and hurts nobody else", async (t) => {
  const server = await serve({ sharedObjects: { maxSlots: 1, maxObjectsPerClient: 1 } });
  t.after(() => server.close());
  const peer = await peerOf(t, server, "tcp");
  const object = await peer.server.sharedObject("one");
  await assert.rejects(peer.server.sharedObject("one"), { code: "BAD_NAME" });
  await assert.rejects(peer.server.sharedObject("two"), { code: "REJECTED" });
  object.set("first", 1);
  const refused = once(object, "refused");
  object.set("second", 2);
  assert.deepEqual(await refused, ["SharedObject.NoWriteAccess"]);
  await until(() => !object.data.has("second"));
  assert.deepEqual([...object.data], [["first", 1]]);
  object.close();
  assert.ok(await peer.server.sharedObject("two"));
});

test("a server without shared objects says nothing, and goes on", async (t) => {
  const server = await serve({ sharedObjects: false });
  t.after(() => server.close());
  const peer = await peerOf(t, server, "tcp");
  const signal = AbortSignal.timeout(200);
  await assert.rejects(peer.server.sharedObject("one", { signal }), { name: "TimeoutError" });
  assert.ok(await peer.server.call("serverInfo"));
});
