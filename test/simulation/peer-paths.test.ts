/** Two peers of the library talk while the network between them changes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Couple, NatLab } from "../support/nat-lab.ts";
import { Talk } from "../support/talk.ts";

interface Stand {
  readonly world: NatLab;
  readonly couple: Couple;
  readonly talk: Talk;
}

/** Two that talk directly. */
async function talking(seed: number, one: string, other: string): Promise<Stand> {
  const world = await NatLab.start(seed);
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

test("the NAT of one who only listens gets another address: soon the sound goes on", async () => {
  const stand = await talking(6, "linux", "linux");
  const { couple, talk } = stand;
  await talk.go(2_000);
  talk.takeLongestGapMs();
  couple.other.routers[0]?.move("203.0.113.77");
  await talk.go(4_000);
  // What it asks does not get in at the other NAT: its tunnel to the relay has to be made anew.
  const gapMs = talk.takeLongestGapMs();
  assert.ok(gapMs <= 1_500, `${gapMs} ms`);
  await talk.go(20_000, () => kinds(couple).every((kind) => kind === "direct"));
  assert.deepEqual(kinds(couple), ["direct", "direct"]);
  assert.equal(couple.near.path.address.split(":")[0], "203.0.113.77");
  await finish(stand);
});

test("the provider assigns another address: they go on", async () => {
  const stand = await talking(3, "linux", "linux");
  const { couple, talk } = stand;
  await talk.go(2_000);
  talk.takeLongestGapMs();
  couple.one.routers[0]?.move("203.0.113.77");
  await talk.go(4_000);
  await talk.go(20_000, () => kinds(couple).every((kind) => kind === "direct"));
  assert.deepEqual(kinds(couple), ["direct", "direct"]);
  assert.equal(couple.far.path.address.split(":")[0], "203.0.113.77");
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
  await talk.go(20_000, () => couple.far.path.address.startsWith("203.0.113.88:"));
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
