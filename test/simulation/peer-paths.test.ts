/** Two peers of the library talk while the network between them changes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConditionChange } from "../lab/index.ts";
import { type Couple, NatLab } from "../support/nat-lab.ts";
import { Talk } from "../support/talk.ts";

interface Stand {
  readonly world: NatLab;
  readonly couple: Couple;
  readonly talk: Talk;
}

/** Two that talk directly. */
async function talking(
  seed: number,
  one: string,
  other: string,
  conditions?: ConditionChange,
): Promise<Stand> {
  const world = await NatLab.start(seed, conditions);
  const couple = await world.couple(await world.behind(one), await world.behind(other));
  assert.ok((await world.until(couple, "direct", 1_000)) !== undefined);
  return { world, couple, talk: await Talk.start(world.lab, couple) };
}

async function finish({ world, talk }: Stand): Promise<void> {
  await talk.end();
  await world.close();
}

/** Nothing gets from one to the other but over the server. */
function cut({ world, couple: { one, other } }: Stand, loss = 1): void {
  const ips = [one, other].map(({ host, routers }) => routers[0]?.ip ?? host.ip);
  const [a = "", b = ""] = ips;
  world.lab.path(a, b).set({ loss });
  world.lab.path(b, a).set({ loss });
}

function kinds({ near, far }: Couple): string[] {
  return [near, far].map(({ path }) => path.kind);
}

test("the direct path dies: within 3 s the relay, and direct again when that works", async () => {
  const stand = await talking(1, "linux", "eim-apdf");
  const { couple, talk } = stand;
  await talk.go(2_000);
  talk.takeLongestGapMs();
  cut(stand);
  await talk.go(3_000);
  assert.deepEqual(kinds(couple), ["relay", "relay"]);
  assert.ok(talk.takeLongestGapMs() <= 1_000);
  cut(stand, 0);
  await talk.go(20_000, () => kinds(couple).every((kind) => kind === "direct"));
  assert.deepEqual(kinds(couple), ["direct", "direct"]);
  await talk.go(1_000);
  assert.ok(talk.takeLongestGapMs() <= 1_000);
  await finish(stand);
});

for (const key of ["linux", "eim-apdf", "apdm-apdf-sequential"]) {
  test(`a NAT forgets its mappings while they talk: ${key}`, async () => {
    const stand = await talking(2, key, "linux");
    const { couple, talk } = stand;
    await talk.go(2_000);
    talk.takeLongestGapMs();
    for (const router of couple.one.routers) router.rebind();
    await talk.go(3_000);
    const gapMs = talk.takeLongestGapMs();
    assert.ok(gapMs <= 1_000, `${gapMs} ms`);
    await talk.go(20_000, () => kinds(couple).every((kind) => kind === "direct"));
    assert.deepEqual(kinds(couple), ["direct", "direct"]);
    await finish(stand);
  });
}

/** Whose address changes: the publisher's, or that of the one who only listens. */
const MOVES: readonly {
  readonly who: "one" | "other";
  readonly one: string;
  readonly other: string;
}[] = (["one", "other"] as const).flatMap((who) => [
  { who, one: "linux", other: "linux" },
  { who, one: "eim-apdf", other: "apdm-apdf-sequential" },
  { who, one: "apdm-apdf-sequential", other: "linux" },
  { who, one: "cgn", other: "linux" },
]);
const DELAYS_MS = [10, 20, 30, 40];

for (const { who, one, other } of MOVES) {
  const name = who === "one" ? "who publishes" : "who only listens";
  test(`the provider assigns another address to the one ${name}, ${one} to ${other}: no long gap`, async () => {
    const gapsMs: number[] = [];
    for (const [seed, delayMs] of DELAYS_MS.entries()) {
      const stand = await talking(seed, one, other, { delayMs, jitterMs: 5 });
      const { couple, talk } = stand;
      await talk.go(2_000);
      talk.takeLongestGapMs();
      couple[who].routers[0]?.move("203.0.113.77");
      await talk.go(4_000);
      gapsMs.push(talk.takeLongestGapMs());
      await talk.go(20_000, () => kinds(couple).every((kind) => kind === "direct"));
      assert.deepEqual(kinds(couple), ["direct", "direct"]);
      const seenAt = who === "one" ? couple.far.path.address : couple.near.path.address;
      assert.equal(seenAt.split(":")[0], "203.0.113.77");
      await finish(stand);
    }
    assert.ok(
      gapsMs.every((gapMs) => gapMs <= 1_000),
      `${gapsMs.join(", ")} ms`,
    );
  });
}

test("a stream that falls silent costs a question of each end", async () => {
  const stand = await talking(7, "linux", "linux");
  const { world, couple, talk } = stand;
  const packets = (): number => couple.near.stats.sentPackets + couple.far.stats.sentPackets;
  await talk.go(2_000);
  await world.lab.advance(220);
  const before = packets();
  await world.lab.advance(6_000);
  assert.equal(packets() - before, 4);
  await finish(stand);
});

test("from one network to another: they go on, and the NAT is looked at again", async () => {
  const stand = await talking(4, "apdm-apdf-sequential", "linux");
  const { world, couple, talk } = stand;
  await talk.go(1_000);
  talk.takeLongestGapMs();
  const { host, peer } = couple.one;
  world.lab.attach(host, "203.0.113.88");
  host.leave("192.168.1.2");
  const isThere = (): boolean => couple.far.path.address.startsWith("203.0.113.88:");
  await talk.go(20_000, () => isThere() && kinds(couple).every((kind) => kind === "direct"));
  assert.deepEqual(kinds(couple), ["direct", "direct"]);
  await talk.go(5_000);
  assert.equal(peer.nat.isTranslated, false);
  await finish(stand);
});

test("the server restarts while two talk: they keep talking, and fall back to its relay", async () => {
  const stand = await talking(5, "linux", "linux");
  const { world, couple, talk } = stand;
  await talk.go(1_000);
  await world.restart();
  await talk.go(2_000);
  assert.deepEqual(kinds(couple), ["direct", "direct"]);
  cut(stand);
  await talk.go(5_000);
  assert.deepEqual(kinds(couple), ["relay", "relay"]);
  await finish(stand);
});
