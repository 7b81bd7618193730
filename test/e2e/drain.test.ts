/** A server that goes away: its clients go to another one, and lose nothing that they are at. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Peer, type PeerOptions } from "../../peer/index.ts";
import { Rendezvous, type RendezvousOptions } from "../../rendezvous/index.ts";
import { media } from "../support/media.ts";
import { silent } from "../support/rendezvous-lab.ts";
import { RtmpCaller } from "../support/rtmp-caller.ts";

async function serve(t: TestContext, more: Partial<RendezvousOptions> = {}): Promise<Rendezvous> {
  const ports = { rtmfp: "127.0.0.1:0", rtmp: "127.0.0.1:0" };
  const server = await Rendezvous.listen({ ...ports, logger: silent, graceMs: 100, ...more });
  t.after(() => server.close());
  return server;
}

async function peerOf(
  t: TestContext,
  server: Rendezvous,
  transport: PeerOptions["transport"],
): Promise<Peer> {
  const { rtmfp, rtmp } = server.addresses;
  const address = transport === "tcp" ? rtmp[0] : rtmfp[0];
  const peer = await Peer.connect(`rtmfp://${address}/live`, { transport });
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

for (const transport of ["tcp", "udp"] as const) {
  test(`a peer over ${transport} follows to the server that it is sent to`, async (t) => {
    const [old, next] = [await serve(t), await serve(t)];
    const peer = await peerOf(t, old, transport);
    const where = transport === "tcp" ? next.addresses.rtmp[0] : next.addresses.rtmfp[0];
    const moved = once(peer, "moved");
    await old.drain({ tcUrl: `rtmp://${where}/live`, limitMs: 5_000 });
    assert.deepEqual(await moved, [`rtmfp://${where}/live`]);
    assert.equal(old.status.counts.peers, 0);
    await until(() => next.status.counts.peers === 1);
    assert.ok(await peer.server.call("serverInfo"));
    await assert.rejects(Peer.connect(`rtmfp://${old.addresses.rtmfp[0]}/live`), {
      code: "REJECTED",
    });
    const gone = once(peer, "disconnected");
    await old.close();
    assert.ok(peer.server.isOpen);
    await next.close();
    await gone;
  });
}

test("what is published on the old server stays there until it is over", async (t) => {
  const [old, next] = [await serve(t), await serve(t)];
  const peer = await peerOf(t, old, "tcp");
  const camera = await peer.server.publish("cam");
  const viewer = await RtmpCaller.dial(`rtmp://${old.addresses.rtmp[0]}`, "live");
  t.after(() => viewer.close());
  const seen = await viewer.play("cam");
  const moved = once(peer, "moved");
  const drained = old.drain({ tcUrl: `rtmp://${next.addresses.rtmp[0]}/live`, limitMs: 5_000 });
  await moved;
  camera.forward(media.videoHeader());
  camera.forward(media.keyframe(0));
  await until(() => seen.media.length === 2);
  const again = await peer.server.publish("cam");
  camera.close();
  await drained;
  again.forward(media.keyframe(40));
  assert.deepEqual(
    next.status.streams.map(({ name }) => name),
    ["cam"],
  );
});

test("a pair follows and stays together", async (t) => {
  const [old, next] = [await serve(t), await serve(t)];
  const one = await peerOf(t, old, "udp");
  const other = await peerOf(t, old, "udp");
  const [session, far] = await Promise.all([one.pair(), other.pair()]);
  const both = Promise.all([once(one, "moved"), once(other, "moved")]);
  await old.drain({ tcUrl: `//${next.addresses.rtmfp[0]}/live`, limitMs: 5_000 });
  await both;
  await old.close();
  other.handle("ping", () => "pong");
  assert.equal(await session.call("ping"), "pong");
  assert.ok(far.isOpen);
  assert.equal(one.partner, session);
});

test("those who do not know the request are served until the server closes", async (t) => {
  const server = await serve(t, { drain: { limitMs: 100 } });
  const caller = await RtmpCaller.dial(`rtmp://${server.addresses.rtmp[0]}`, "live");
  const before = performance.now();
  assert.equal(await server.drain(), 0);
  assert.ok(performance.now() - before < 1_000);
  await caller.play("cam");
  await server.close();
  await until(() => caller.client.ends === 1);
});

test("whoever cannot follow stays; the server closes after its limit", async (t) => {
  const server = await serve(t, { drain: { tcUrl: "rtmp://127.0.0.1:1/live", limitMs: 300 } });
  const peer = await peerOf(t, server, "tcp");
  const gone = once(peer, "disconnected");
  const before = performance.now();
  await server.close();
  assert.ok(performance.now() - before >= 290);
  await gone;
});

test("a bad place to go to is refused", async (t) => {
  const server = await serve(t);
  await assert.rejects(server.drain({ limitMs: -1 }), /^RangeError: drain.limitMs/);
  await assert.rejects(server.drain({ tcUrl: "x".repeat(2_000) }), /^RangeError: drain.tcUrl/);
});
