import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerSession } from "../../peer/index.ts";
import { RelayLab } from "../support/relay-lab.ts";

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

test("the relay's connection dies and comes back, and so does the session", async () => {
  const world = await RelayLab.start(4);
  const [ada, bob] = [await world.guest(true), await world.guest(false)];
  const [near] = await world.pair(ada, bob);
  bob.peer.handle("echo", (_, text) => String(text));
  assert.equal(await ask(world, near, "one"), "one");
  for (const socket of world.sockets) {
    // Tunnels alone: the server knows them by their application, we by trying.
    void socket;
  }
  const before = world.server.status.relay?.tunnels;
  assert.equal(before, 2);
  ada.host.up.set({ loss: 1 });
  await world.lab.advance(300);
  ada.host.up.set({ loss: 0 });
  assert.equal(await ask(world, near, "two"), "two");
  await world.close();
});
