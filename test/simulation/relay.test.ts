import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerSession } from "../../peer/index.ts";
import { RtmfpError } from "../../protocol/errors.ts";
import { RelayLab } from "../support/relay-lab.ts";
import { eachSeed } from "../support/seeds.ts";

/** Calls the far end; answers what it says. */
async function ask(world: RelayLab, session: PeerSession, text: string): Promise<unknown> {
  return world.lab.complete(session.call("echo", [text]), 10_000);
}

for (const [one, other] of [
  [true, false],
  [false, true],
  [false, false],
] as const) {
  test(`two strangers talk over the relay, UDP ${one} and ${other}`, async () => {
    const world = await RelayLab.start(1);
    const [ada, bob] = [await world.guest(one), await world.guest(other)];
    for (const { peer } of [ada, bob])
      peer.handle("echo", (_, text) => `${peer.id}: ${String(text)}`);
    const waiting = ada.peer.pair();
    await world.lab.advance(3_000);
    const joinedAt = world.lab.now;
    const [near, far] = await world.lab.complete(Promise.all([waiting, bob.peer.pair()]), 30_000);
    assert.ok(world.lab.now - joinedAt < 500, `${world.lab.now - joinedAt} ms`);
    assert.deepEqual([near.path.kind, far.path.kind], ["relay", "relay"]);
    assert.equal(await ask(world, near, "hello"), `${bob.peer.id}: hello`);
    assert.equal(await ask(world, far, "hi"), `${ada.peer.id}: hi`);
    assert.ok((world.server.status.relay?.forwarded ?? 0) > 4);
    assert.equal(world.server.status.counts.faults, 0);
    await world.close();
  });
}

test("a session opens over the relay, and goes on directly as soon as that works", async () => {
  const world = await RelayLab.start(2);
  const [ada, bob] = [await world.guest(), await world.guest()];
  const [near, far] = await world.pair(ada, bob);
  const paths: string[] = [];
  near.on("path", ({ kind }) => paths.push(kind));
  await world.lab.runUntil(() => [near, far].every(({ path }) => path.kind === "direct"), 2_000);
  bob.peer.handle("echo", (_, text) => String(text));
  assert.equal(await ask(world, near, "hello"), "hello");
  assert.deepEqual(paths, ["direct"]);
  await world.close();
});

test("when the direct path dies, the session is on the relay within a second, and comes back", async () => {
  const world = await RelayLab.start(3);
  const [ada, bob] = [await world.guest(), await world.guest()];
  const [near, far] = await world.pair(ada, bob);
  bob.peer.handle("echo", (_, text) => String(text));
  await world.lab.runUntil(() => [near, far].every(({ path }) => path.kind === "direct"), 2_000);
  await world.lab.advance(1_000);
  world.setDirectLoss(ada, bob, 1);
  assert.equal(await ask(world, near, "still there?"), "still there?");
  assert.deepEqual([near.path.kind, far.path.kind], ["relay", "relay"]);
  world.setDirectLoss(ada, bob, 0);
  await world.lab.runUntil(() => [near, far].every(({ path }) => path.kind === "direct"), 40_000);
  assert.equal(await ask(world, near, "hello again"), "hello again");
  await world.close();
});

test("the relay's connections die and come back, and so does the session", async () => {
  const world = await RelayLab.start(4);
  const [ada, bob] = [await world.guest(), await world.guest()];
  world.setDirectLoss(ada, bob, 1);
  const [near, far] = await world.pair(ada, bob);
  bob.peer.handle("echo", (_, text) => String(text));
  assert.equal(await ask(world, near, "one"), "one");
  for (const socket of world.sockets) socket.close();
  await world.lab.advance(100);
  assert.equal(world.server.status.relay?.tunnels, 0);
  assert.equal(await ask(world, near, "two"), "two");
  assert.equal(world.server.status.relay?.tunnels, 2);
  assert.ok(near.isOpen && far.isOpen);
  await world.close();
});

test("the network changes, and nobody tells TCP: the tunnel is opened anew, the session goes on", async () => {
  const world = await RelayLab.start(10);
  const [ada, bob] = [await world.guest(), await world.guest()];
  world.lab.path("10.0.5.5", bob.host.ip).set({ loss: 1 });
  world.lab.path(bob.host.ip, "10.0.5.5").set({ loss: 1 });
  world.setDirectLoss(ada, bob, 1);
  const [near] = await world.pair(ada, bob);
  bob.peer.handle("echo", (_, text) => String(text));
  assert.equal(await ask(world, near, "one"), "one");
  ada.host.move("10.0.5.5");
  const movedAt = world.lab.now;
  assert.equal(await ask(world, near, "two"), "two");
  assert.ok(world.lab.now - movedAt < 6_000, `${world.lab.now - movedAt} ms`);
  assert.equal(near.path.kind, "relay");
  await world.close();
});

test("the server restarts: who talks over its relay goes on with the token of before", async () => {
  const world = await RelayLab.start(5, 20, { secret: "the same after the restart" });
  const [ada, bob] = [await world.guest(), await world.guest()];
  world.setDirectLoss(ada, bob, 1);
  const [near] = await world.pair(ada, bob);
  bob.peer.handle("echo", (_, text) => String(text));
  await world.lab.complete(world.server.close(), 5_000);
  await world.listen();
  assert.equal(await ask(world, near, "still there?"), "still there?");
  await world.close();
});

test("a pair is usable within two round trips of the server and 100 ms, whoever has UDP", async () => {
  const delayMs = 50;
  for (const [seed, one, other] of [
    [1, true, true],
    [2, true, false],
    [3, false, false],
  ] as const) {
    const world = await RelayLab.start(seed, delayMs);
    const [ada, bob] = [await world.guest(one), await world.guest(other)];
    bob.peer.handle("echo", (_, text) => String(text));
    ada.peer.handle("echo", (_, text) => String(text));
    let pairedAt = Number.POSITIVE_INFINITY;
    world.server.on("pair", () => {
      pairedAt = world.lab.now;
    });
    const both = [ada.peer.pair(), bob.peer.pair()].map(async (session) =>
      (await session).call("echo", ["hello"]),
    );
    await world.lab.complete(Promise.race(both), 30_000);
    // The call is another round trip, between the peers.
    const tookMs = world.lab.now - pairedAt - 4 * delayMs;
    assert.ok(tookMs <= 4 * delayMs + 100, `${tookMs} ms (${one}, ${other})`);
    await world.close();
  }
});

test("a peer without UDP is called by its ID", async () => {
  const world = await RelayLab.start(6);
  const [ada, bob] = [await world.guest(), await world.guest(false)];
  bob.peer.handle("echo", (_, text) => String(text));
  const session = await world.lab.complete(ada.peer.session(bob.peer.id), 10_000);
  assert.equal(session.path.kind, "relay");
  assert.equal(await ask(world, session, "hello"), "hello");
  await world.close();
});

test("without a relay, UDP goes on as ever, and a peer without UDP is out of reach", async () => {
  const world = await RelayLab.start(7, 20, { relay: false });
  const [ada, bob] = [await world.guest(), await world.guest()];
  const [near] = await world.pair(ada, bob);
  assert.equal(near.path.kind, "direct");
  const blocked = await world.guest(false);
  const reaching = ada.peer.session(blocked.peer.id);
  await assert.rejects(world.lab.complete(reaching, 30_000), { code: "TIMEOUT" });
  await world.close();
});

test("nobody talks: the tunnels are closed after a while", async () => {
  const world = await RelayLab.start(8);
  const [ada, bob] = [await world.guest(), await world.guest()];
  const [near] = await world.pair(ada, bob);
  await world.lab.advance(60_000);
  assert.equal(world.server.status.relay?.tunnels, 2);
  near.close();
  await world.lab.advance(15_000);
  assert.equal(world.server.status.relay?.tunnels, 0);
  await world.close();
});

test("on bad networks, with UDP or without: every pair talks, both ways", async () => {
  await eachSeed(20, async (seed) => {
    const world = await RelayLab.start(seed);
    world.lab.setConditions({ loss: 0.05, jitterMs: 30 });
    const hasUdp = (): boolean => world.lab.random.below(2) === 0;
    const [ada, bob] = [await world.guest(hasUdp()), await world.guest(hasUdp())];
    for (const { peer } of [ada, bob]) peer.handle("echo", (_, text) => String(text));
    const sessions = await world.pair(ada, bob);
    for (const session of sessions) {
      for (let round = 0; round < 5; round += 1) {
        assert.equal(await ask(world, session, `${round}`), `${round}`);
        await world.lab.advance(world.lab.random.below(1_000));
      }
    }
    assert.equal(world.server.status.counts.faults, 0);
    await world.close();
  });
});

test("one of them cannot get to the relay: UDP alone, and no later than without a relay", async () => {
  const world = await RelayLab.start(9);
  const connectRtmp = (): Promise<never> =>
    Promise.reject(new RtmfpError("UNREACHABLE", "TCP is blocked"));
  const [ada, bob] = [await world.guest(), await world.guest(true, {}, { connectRtmp })];
  const startedAt = world.lab.now;
  const [near, far] = await world.pair(ada, bob);
  assert.deepEqual([near.path.kind, far.path.kind], ["direct", "direct"]);
  assert.ok(world.lab.now - startedAt < 500, `${world.lab.now - startedAt} ms`);
  await world.close();
});
