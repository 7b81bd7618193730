import assert from "node:assert/strict";
import { test } from "node:test";
import { classifyAllocation, mayBeBlock } from "../../../peer/traversal/port-samples.ts";
import { Prng } from "../../lab/prng.ts";

const samples = (ports: readonly number[], localPort = 50_000) =>
  ports.map((port) => ({ localPort, port }));

test("§4.2 a NAT that keeps the ports of inside hosts preserves them", () => {
  const kept = [5_000, 5_001, 5_002].map((port) => ({ localPort: port, port }));
  assert.deepEqual(classifyAllocation(kept), { type: "preserving" });
  assert.deepEqual(classifyAllocation([...kept, { localPort: 5_003, port: 9 }]), {
    type: "preserving",
  });
});

test("a counter is found, whatever its step, with others counting on it, or going round", () => {
  const cases: readonly [number, readonly number[]][] = [
    [1, [2_000, 2_001, 2_002, 2_003]],
    [2, [2_000, 2_002, 2_006, 2_008]],
    [-1, [2_000, 1_999, 1_997, 1_996]],
    [1, [65_533, 65_534, 65_535, 1_024, 1_025]],
  ];
  for (const [step, ports] of cases) {
    assert.deepEqual(classifyAllocation(samples(ports)), { type: "sequential", step });
  }
});

test("random ports are not taken for a counter, nor for a block", () => {
  for (let seed = 0; seed < 500; seed += 1) {
    const random = new Prng(seed);
    const draw = (): number => 1_024 + random.below(64_512);
    const few = Array.from({ length: 6 }, draw);
    assert.deepEqual(classifyAllocation(samples(few)), { type: "random" });
    const many = Array.from({ length: 22 }, draw);
    assert.deepEqual(classifyAllocation(samples(many)), { type: "random" });
  }
});

test("a block is found within a few hundredths of its ends", () => {
  for (const size of [256, 512, 1_024, 2_048]) {
    for (let seed = 0; seed < 100; seed += 1) {
      const random = new Prng(seed, `${size}`);
      const base = 20_000;
      const ports = Array.from({ length: 22 }, () => base + random.below(size));
      assert.ok(mayBeBlock(ports.slice(0, 6)));
      const found = classifyAllocation(samples(ports));
      if (found.type !== "block") assert.fail(`${size}, seed ${seed}: ${found.type}`);
      assert.ok(found.size > size * 0.7 && found.size < size * 1.15, `${found.size} of ${size}`);
    }
  }
});

test("from too few samples nothing is concluded", () => {
  assert.deepEqual(classifyAllocation([]), { type: "unknown" });
  assert.deepEqual(classifyAllocation(samples([2_000, 2_001])), { type: "unknown" });
  assert.equal(mayBeBlock([2_000, 2_001]), false);
});
