/** Peers of the library meet through NATs of all kinds, by the real server. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Path } from "../../peer/index.ts";
import { expected, type NatSettings, natClass } from "../lab/index.ts";
import { NatLab, type Resident } from "../support/nat-lab.ts";

const ROUND_TRIP_MS = 40;

interface Meeting {
  readonly one: Resident;
  readonly other: Resident;
}

/** Pairs the two; answers after how many ms they talk on such a path. They talk at once in any case. */
async function meet(
  world: NatLab,
  { one, other }: Meeting,
  way: Path["way"],
  limitMs: number,
): Promise<void> {
  const kind = way === "relay" || way === "tcp" ? way : "direct";
  const couple = await world.couple(one, other);
  const { lab } = world;
  const heard = new Promise<void>((resolve) => {
    other.peer.handle("hello", () => {
      resolve();
      return null;
    });
  });
  void couple.near.call("hello").catch(() => undefined);
  await lab.complete(heard, 5_000);
  const firstMs = lab.now - couple.pairedAt;
  assert.ok(firstMs <= 2 * ROUND_TRIP_MS + 100, `first message after ${firstMs} ms`);
  const ms = await world.until(couple, kind, limitMs);
  const decisions = [...one.decisions, "", ...other.decisions].join("\n");
  assert.ok(ms !== undefined, `${kind} within ${limitMs} ms:\n${decisions}`);
  const moves: string[] = [];
  for (const session of [couple.near, couple.far]) {
    session.on("path", ({ address }) => moves.push(`${lab.now} ${address}`));
  }
  await lab.advance(20_000);
  assert.deepEqual([couple.near.path.way, couple.far.path.way], [way, way]);
  moves.length = 0;
  await lab.advance(60_000);
  assert.deepEqual(moves, [], "what works is kept");
  assert.equal(await lab.complete(couple.near.call("echo", ["x"]), 5_000), "x");
}

/** The way that the theory of NAT pairs foresees. */
const WAYS = { D: "direct", P: "predict", B: "birthday", scan: "scan", R: "relay" } as const;
/** To hear of each other, and three round trips. */
const DIRECT_MS = 3.5 * ROUND_TRIP_MS;

for (const [one, other, how, limitMs] of [
  ["linux", "cgn", "D", DIRECT_MS],
  ["firewall", "eim-apdf", "D", DIRECT_MS],
  ["eim-adf", "apdm-apdf-random", "D", DIRECT_MS],
  ["linux-accept", "linux-accept", "D", DIRECT_MS],
  ["apdm-eif-random", "apdm-adf-random", "D", DIRECT_MS],
  ["apdm-eif-random", "apdm-eif-random", "D", DIRECT_MS],
  ["linux", "apdm-apdf-sequential", "P", 500],
  ["apdm-apdf-sequential", "adm-apdf-sequential", "P", 500],
  ["eim-apdf", "apdm-apdf-random", "B", 10_000],
  ["apdm-apdf-block", "apdm-apdf-block", "scan", 10_000],
  ["apdm-apdf-random", "apdm-apdf-random", "R", 1_000],
] as const) {
  test(`${one} and ${other}: ${how}`, async () => {
    assert.equal(expected(natClass(one), natClass(other)), how);
    const world = await NatLab.start(1);
    const ends = { one: await world.behind(one), other: await world.behind(other) };
    await meet(world, ends, WAYS[how], limitMs);
    await world.close();
  });
}

test("one without UDP, or both: over the relay at once, and over TCP soon", async () => {
  for (const other of ["linux", "udp-blocked"]) {
    const world = await NatLab.start(1);
    const ends = { one: await world.behind("udp-blocked"), other: await world.behind(other) };
    assert.equal(ends.one.peer.nat.udp, "blocked");
    await meet(world, ends, "tcp", 2_000);
    await world.close();
  }
});

test("two homes behind one carrier's NAT: by hairpinning, if it is done as RFC 4787 wants it", async () => {
  const home = natClass("linux").layers;
  for (const [hairpin, kind] of [
    ["external-source", "direct"],
    ["internal-source", "relay"],
  ] as const) {
    const world = await NatLab.start(1);
    const carrier = world.lab.router("203.0.113.9", { nat: { hairpin } satisfies NatSettings });
    const ends: Resident[] = [];
    for (const index of [1, 2]) {
      const router = carrier.router(`100.64.0.${index}`, { nat: home[0] });
      ends.push(await world.at(router.host(`192.168.${index}.2`), [carrier, router]));
    }
    const [one, other] = ends;
    assert.ok(one && other);
    await meet(world, { one, other }, kind, 10_000);
    await world.close();
  }
});

test("two with nothing but IPv6, behind firewalls", async () => {
  const world = await NatLab.start(1);
  const ends: Resident[] = [];
  for (const index of [1, 2]) {
    const router = world.lab.router(`2001:db8:${index}::1`, { nat: { mapping: "none" } });
    ends.push(await world.at(router.host(`2001:db8:${index}::2`), [router]));
  }
  const [one, other] = ends;
  assert.ok(one && other);
  await meet(world, { one, other }, "direct", 1_000);
  await world.close();
});
