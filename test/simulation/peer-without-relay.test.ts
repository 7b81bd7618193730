/** Peers that do not use the relay get through their NATs all the same. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { PeerOptions } from "../../peer/options.ts";
import { NatLab } from "../support/nat-lab.ts";
import { Talk } from "../support/talk.ts";

/** How long the session may take, at 40 ms to the server and back. */
const CELLS: readonly (readonly [one: string, other: string, limitMs: number])[] = [
  ["open", "eim-apdf", 300],
  ["linux", "linux", 300],
  ["linux-accept", "linux-accept", 300],
  ["eim-adf", "apdm-apdf-random", 300],
  ["eim-apdf", "apdm-apdf-sequential", 1_000],
  ["apdm-apdf-sequential", "adm-apdf-sequential", 1_000],
  ["linux", "apdm-apdf-random", 12_000],
  ["apdm-apdf-block", "apdm-apdf-block", 12_000],
];
const WITHOUT: readonly PeerOptions[] = [{ relay: false }, { transport: "udp" }];

for (const [one, other, limitMs] of CELLS) {
  test(`without a relay: ${one} and ${other}`, async () => {
    for (const [index, options] of WITHOUT.entries()) {
      for (const [first, second] of [
        [one, other],
        [other, one],
      ] as const) {
        const world = await NatLab.start(index + 1);
        const ends = [
          await world.behind(first, options),
          await world.behind(second, options),
        ] as const;
        const couple = await world.couple(...ends);
        const ms = world.lab.now - couple.pairedAt;
        assert.ok(ms <= limitMs, `${ms} ms`);
        assert.deepEqual([couple.near.path.kind, couple.far.path.kind], ["direct", "direct"]);
        assert.equal(await world.lab.complete(couple.near.call("echo", ["hi"]), 1_000), "hi");
        await world.close();
      }
    }
  });
}

for (const [easy, hard] of [
  ["eim-apdf", "apdm-apdf-sequential"],
  ["linux", "apdm-apdf-random"],
] as const) {
  test(`without a relay: ${hard} forgets its mappings, and ${easy} is found again`, async () => {
    const world = await NatLab.start(5);
    const ends = [
      await world.behind(easy, { relay: false }),
      await world.behind(hard, { relay: false }),
    ] as const;
    const couple = await world.couple(...ends);
    const talk = await Talk.start(world.lab, couple);
    await talk.go(2_000);
    for (const router of couple.other.routers) router.rebind();
    await talk.go(16_000);
    talk.takeLongestGapMs();
    await talk.go(1_000);
    assert.ok(talk.takeLongestGapMs() <= 100);
    await talk.end();
    await world.close();
  });
}

test("one has a relay, the other does not: by name, as by chance", async () => {
  const world = await NatLab.start(3);
  const one = await world.behind("eim-apdf");
  const other = await world.behind("apdm-apdf-sequential", { relay: false });
  await world.lab.advance(3_500);
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    const session = await world.lab.complete(from.peer.session(to.peer.id), 2_000);
    assert.equal(session.path.kind, "direct");
    session.close();
    await world.lab.advance(1_000);
  }
  await world.close();
});
