import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type Dependence,
  Lab,
  LINUX_NAT,
  NAT_CLASSES,
  type NatSettings,
  natClass,
  type PortAllocation,
  placeBehind,
} from "../../../lab/index.ts";
import { type Finding, NatProbe } from "../../../support/nat-probe.ts";

const WAYS: readonly Dependence[] = [
  "endpoint-independent",
  "address-dependent",
  "address-and-port-dependent",
];

async function classify(nat: NatSettings, seed: number, localPort = 40_000): Promise<Finding> {
  const lab = new Lab({ seed });
  const probe = await NatProbe.start(lab);
  return probe.classify(lab.router("203.0.113.2", { nat }).host("192.168.1.2"), localPort);
}

test("RFC 5780 §4.3, §4.4: a NAT measured from outside is the one that was configured", async () => {
  const allocation = fc.constantFrom<PortAllocation>(
    { kind: "preserving" },
    { kind: "random" },
    { kind: "sequential", step: 2 },
    { kind: "block", size: 512 },
  );
  const any = fc.constantFrom(...WAYS);
  const settings = fc.record({ mapping: any, filtering: any, allocation, parity: fc.boolean() });
  const property = fc.asyncProperty(settings, fc.nat(), async (nat, seed) => {
    const found = await classify(nat, seed);
    assert.deepEqual([found.mapping, found.filtering], [nat.mapping, nat.filtering]);
  });
  await fc.assert(property, { numRuns: 150 });
});

test("RFC 4787 §4.2: how ports follow one another", async () => {
  const ports = async (settings: NatSettings): Promise<readonly number[]> =>
    (await classify({ mapping: "address-and-port-dependent", ...settings }, 7)).ports;
  assert.deepEqual(
    await ports({ allocation: { kind: "sequential", startPort: 20_000 } }),
    [20_000, 20_001, 20_002, 20_003],
  );
  const backwards: PortAllocation = { kind: "sequential", startPort: 1025, step: -1 };
  assert.deepEqual(await ports({ allocation: backwards }), [1025, 1024, 65_535, 65_534]);
  // 100 ms pass between two packets.
  const busy: PortAllocation = { kind: "sequential", startPort: 20_000, busyPerSecond: 50 };
  assert.deepEqual(await ports({ allocation: busy }), [20_000, 20_006, 20_012, 20_018]);
  const preserving = await ports({ allocation: { kind: "preserving" } });
  assert.equal(preserving[0], 40_000);
  assert.equal(new Set(preserving).size, 4);
  const block = await ports({ allocation: { kind: "block", size: 64 } });
  assert.ok(Math.max(...block) - Math.min(...block) < 64, `${block}`);
  const even = await ports({ allocation: { kind: "random" }, parity: true });
  assert.ok(
    even.every((port) => port % 2 === 0),
    `${even}`,
  );
});

test("every class of the catalogue is what its words say", async () => {
  for (const { key, words } of NAT_CLASSES.values()) {
    const lab = new Lab({ seed: 3 });
    const probe = await NatProbe.start(lab);
    const { host } = placeBehind(lab, natClass(key), "203.0.113.2");
    const found = await probe.classify(host, 40_000);
    if (key === "udp-blocked") assert.deepEqual(found.ports, [0, 0, 0, 0]);
    else if (key === "open") assert.equal(found.filtering, "endpoint-independent");
    else assert.ok(words.includes("inux") || words.includes(`${found.filtering} filtering`), key);
    if (words.includes("mapping")) assert.ok(words.startsWith(`${found.mapping} mapping`), key);
  }
  assert.throws(() => natClass("nat4"), RangeError);
});

test("the kernel's masquerade looks endpoint-independent and keeps ports; with random ports it does not", async () => {
  assert.deepEqual(await classify(LINUX_NAT, 1), {
    mapping: "endpoint-independent",
    filtering: "address-and-port-dependent",
    ports: [40_000, 40_000, 40_000, 40_000],
  });
  const random = await classify({ ...LINUX_NAT, allocation: { kind: "random" } }, 1);
  assert.equal(random.mapping, "address-and-port-dependent");
  assert.equal(random.filtering, "address-and-port-dependent");
});
