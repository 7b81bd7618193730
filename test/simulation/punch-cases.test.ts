import assert from "node:assert/strict";
import { test } from "node:test";
import { LINUX_NAT, type NatSettings, natClass } from "../lab/index.ts";
import { PunchLab, type PunchLabOptions } from "../support/punch-lab.ts";

const layers = (key: string): readonly NatSettings[] => natClass(key).layers;
/** Ports of a block that are used again toward other far ends, as those of Linux with a range are. */
const block = (size: number): readonly NatSettings[] => [
  { ...LINUX_NAT, allocation: { kind: "block", size } },
];
/** Takes early packets for its own, and has random ports. */
const RANDOM_POISONED: readonly NatSettings[] = [
  { ...LINUX_NAT, allocation: { kind: "random" }, unsolicited: "accept" },
];

interface Outcome {
  readonly times: readonly number[];
  readonly runs: number;
}

async function run(
  runs: number,
  pair: readonly [readonly NatSettings[], readonly NatSettings[]],
  options: Partial<PunchLabOptions> = {},
): Promise<Outcome> {
  const times: number[] = [];
  for (let seed = 1; seed <= runs; seed += 1) {
    const stand = await PunchLab.start({ ...options, seed, layers: pair });
    await stand.discover();
    const ms = await stand.punch();
    if (ms !== undefined) times.push(ms);
    for (const { probes, sockets } of stand.ends) {
      assert.ok(probes <= 2_048 * 4, `${probes} probes`);
      assert.ok(ms === undefined || sockets <= 3, `${sockets} sockets left open`);
    }
  }
  return { times, runs };
}

function rate({ times, runs }: Outcome): number {
  return times.length / runs;
}

test("early packets poison nobody, however late one end hears of the other", async () => {
  const accept = layers("linux-accept");
  for (const skewMs of [0, 10, 30, 60, 120, 400]) {
    const outcome = await run(5, [accept, accept], { skewMs });
    assert.equal(rate(outcome), 1, `${skewMs} ms`);
    assert.ok(Math.max(...outcome.times) <= skewMs + 120, `${outcome.times}`);
  }
});

test("nor in a birthday, where one end sends to ports that nobody has opened yet", async () => {
  const outcome = await run(20, [layers("linux-accept"), RANDOM_POISONED]);
  assert.equal(rate(outcome), 1);
});

test("birthday: 95 of 100 within 10 s", async () => {
  const outcome = await run(40, [layers("eim-apdf"), layers("apdm-apdf-random")]);
  assert.ok(rate(outcome) >= 0.95, `${outcome.times.length} of ${outcome.runs}`);
});

test("block scan: 9 of 10 within 10 s, for blocks up to 1,024", async () => {
  for (const size of [256, 512, 1_024]) {
    const outcome = await run(20, [block(size), block(size)]);
    assert.ok(rate(outcome) >= 0.9, `${size}: ${outcome.times.length} of ${outcome.runs}`);
  }
});

test("loss of 3 in 10 delays a direct path by a few probes", async () => {
  const outcome = await run(20, [layers("linux"), layers("linux")], { conditions: { loss: 0.3 } });
  assert.equal(rate(outcome), 1);
  assert.ok(Math.max(...outcome.times) < 2_000, `${outcome.times}`);
});

test("loss of 1 in 10 does not keep a prediction from being tried again", async () => {
  const pair = [layers("apdm-apdf-sequential"), layers("adm-apdf-sequential")] as const;
  const outcome = await run(20, pair, { conditions: { loss: 0.1 } });
  assert.ok(rate(outcome) >= 0.9, `${outcome.times.length} of ${outcome.runs}`);
});

test("a server with one address cannot tell all mappings: what fails is followed by what may work", async () => {
  for (const [one, other] of [
    ["eim-apdf", "adm-apdf-sequential"],
    ["adm-apdf-sequential", "adm-apdf-sequential"],
    ["linux", "linux"],
  ] as const) {
    const outcome = await run(3, [layers(one), layers(other)], { hasOneIp: true });
    assert.equal(rate(outcome), 1, `${one}, ${other}`);
  }
});

test("two hosts on one network meet there, whatever the NAT before it", async () => {
  for (const key of ["linux", "apdm-apdf-random", "cgn"]) {
    const outcome = await run(2, [layers(key), []], { isOneNetwork: true });
    assert.equal(rate(outcome), 1, key);
    assert.ok(Math.max(...outcome.times) <= 40, key);
  }
});

test("other hosts behind a NAT that counts take ports in between", async () => {
  const busy: NatSettings = {
    mapping: "address-and-port-dependent",
    allocation: { kind: "sequential", busyPerSecond: 20 },
  };
  const outcome = await run(20, [layers("linux"), [busy]]);
  assert.ok(rate(outcome) >= 0.95, `${outcome.times.length} of ${outcome.runs}`);
});

test("a far end on the other side of the world", async () => {
  for (const [one, other] of [
    ["linux-accept", "linux-accept"],
    ["eim-apdf", "apdm-apdf-sequential"],
  ] as const) {
    const outcome = await run(3, [layers(one), layers(other)], { conditions: { delayMs: 150 } });
    assert.equal(rate(outcome), 1, `${one}, ${other}`);
  }
});

test("where nothing gets through, that is known at once and costs nothing", async () => {
  for (const other of ["apdm-apdf-random", "udp-blocked"]) {
    const pair = [layers("apdm-apdf-random"), layers(other)] as const;
    const stand = await PunchLab.start({ seed: 1, layers: pair });
    await stand.discover();
    assert.equal(await stand.punch(1_000), undefined);
    assert.deepEqual(
      stand.ends.map(({ probes }) => probes),
      [0, 0],
    );
  }
});
