import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerSession } from "../../peer/index.ts";
import type { NatSettings, Router } from "../lab/index.ts";
import { labConnectTcp } from "../lab/node/tcp.ts";
import { type Guest, RelayLab } from "../support/relay-lab.ts";

/** A NAT that keeps an endpoint's port wherever it connects to. */
const STEADY: NatSettings = { mapping: "endpoint-independent" };
const UDP_PORT = 5_000;
const BLOCKED: NatSettings = { ...STEADY, blocksUdp: true };

interface Pair {
  readonly world: RelayLab;
  readonly routers: readonly [Router, Router];
  readonly guests: readonly [Guest, Guest];
  readonly near: PeerSession;
  readonly far: PeerSession;
  /** The kinds of the paths that `near` went over. */
  readonly kinds: string[];
}

/** Two peers behind a NAT each, paired. */
async function paired(seed: number, ...nats: [NatSettings, NatSettings]): Promise<Pair> {
  const world = await RelayLab.start(seed);
  const [one, other] = nats.map((nat, index) =>
    world.lab.router(`203.0.113.${index + 1}`, { nat }),
  );
  assert.ok(one && other);
  const guests: [Guest, Guest] = [await guest(world, one, 1), await guest(world, other, 2)];
  for (const { peer } of guests) peer.handle("echo", (_, text) => String(text));
  const [near, far] = await world.pair(...guests);
  const kinds: string[] = [near.path.kind];
  near.on("path", ({ kind }) => kinds.push(kind));
  return { world, routers: [one, other], guests, near, far, kinds };
}

function guest(world: RelayLab, router: Router, net: number): Promise<Guest> {
  const host = router.host(`192.168.${net}.2`);
  return world.guest(true, { port: UDP_PORT }, { connectTcp: labConnectTcp(host) }, host);
}

async function echo({ world, near }: Pair, text: string): Promise<void> {
  assert.equal(await world.lab.complete(near.call("echo", [text]), 10_000), text);
}

function bothAre({ near, far }: Pair, kind: string): boolean {
  return near.path.kind === kind && far.path.kind === kind;
}

for (const [what, nats] of [
  ["both sides", [BLOCKED, BLOCKED]],
  ["the first side", [BLOCKED, STEADY]],
  ["the second side", [STEADY, BLOCKED]],
] as const) {
  test(`UDP is blocked on ${what}: the session goes over TCP within a second`, async () => {
    const pair = await paired(1, ...nats);
    const { world, near, far, routers, kinds } = pair;
    assert.equal(near.path.kind, "relay");
    await world.lab.runUntil(() => bothAre(pair, "tcp"), 1_000);
    const [one, other] = routers;
    const ips = [near, far].map(({ path }) => path.address.split(":")[0]);
    assert.deepEqual(ips, [other.ip, one.ip]);
    const before = world.server.status.relay?.forwarded;
    await echo(pair, "hello");
    await world.lab.advance(10_000);
    await echo(pair, "still");
    assert.equal(world.server.status.relay?.forwarded, before);
    assert.deepEqual(kinds, ["relay", "tcp"]);
    assert.equal(world.server.status.counts.faults, 0);
    await world.close();
  });
}

test("routers that answer RST: both dial in time all the same", async () => {
  for (let seed = 1; seed <= 5; seed += 1) {
    const nat: NatSettings = { ...BLOCKED, unsolicited: "reject" };
    const pair = await paired(seed, nat, nat);
    await pair.world.lab.runUntil(() => bothAre(pair, "tcp"), 10_000);
    await echo(pair, "hello");
    await pair.world.close();
  }
});

test("a NAT that chooses another port for each far end: the session stays on the relay", async () => {
  const symmetric: NatSettings = { ...BLOCKED, mapping: "address-and-port-dependent" };
  const pair = await paired(1, BLOCKED, symmetric);
  await pair.world.lab.advance(120_000);
  assert.deepEqual(pair.kinds, ["relay"]);
  await echo(pair, "hello");
  await pair.world.close();
});

test("the connection breaks: the session goes on over the relay, and over TCP again", async () => {
  const pair = await paired(1, BLOCKED, BLOCKED);
  const { world, near, routers, kinds } = pair;
  await world.lab.runUntil(() => bothAre(pair, "tcp"), 1_000);
  for (let number = 0; number < 3; number += 1) {
    const answer = near.call("echo", [number]);
    // The way between the two is gone for a while, but not that to the server.
    const [one, other] = routers;
    const ways = [world.lab.path(one.ip, other.ip), world.lab.path(other.ip, one.ip)];
    for (const way of ways) way.set({ loss: 1 });
    assert.equal(await world.lab.complete(answer, 3_000), String(number));
    assert.equal(await world.lab.complete(near.call("echo", ["x"]), 3_000), "x");
    assert.equal(near.path.kind, "relay");
    for (const way of ways) way.set({ loss: 0 });
    await world.lab.runUntil(() => bothAre(pair, "tcp"), 400_000);
  }
  assert.deepEqual(kinds, ["relay", "tcp", "relay", "tcp", "relay", "tcp", "relay", "tcp"]);
  await echo(pair, "hello");
  await world.close();
});

test("UDP gets through later: the direct path wins, and the connection is closed", async () => {
  const pair = await paired(1, STEADY, STEADY);
  const { world, kinds } = pair;
  await world.lab.runUntil(() => bothAre(pair, "direct"), 5_000);
  world.lab.scriptLoss((_index, from, to) => from.port === UDP_PORT && to.ip.startsWith("203."));
  await echo(pair, "on the relay");
  await world.lab.runUntil(() => bothAre(pair, "tcp"), 20_000);
  world.lab.scriptLoss(undefined);
  await world.lab.runUntil(() => bothAre(pair, "direct"), 60_000);
  await world.lab.advance(15_000);
  await echo(pair, "direct");
  assert.deepEqual(kinds, ["relay", "direct", "relay", "tcp", "direct"]);
  await world.close();
});
