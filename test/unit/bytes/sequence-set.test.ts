import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SequenceSet } from "../../../protocol/bytes/sequence-set.ts";

const TOP = 120;

/** Everything a SequenceSet answers, worked out from a plain set. */
function describe(model: ReadonlySet<number>): object {
  let cumulative = 0;
  while (model.has(cumulative + 1)) cumulative += 1;
  const ranges: { from: number; to: number }[] = [];
  for (const number of [...model].sort((one, other) => one - other)) {
    if (number <= cumulative) continue;
    const last = ranges.at(-1);
    if (last?.to === number - 1) last.to = number;
    else ranges.push({ from: number, to: number });
  }
  return { cumulative, ranges, highest: Math.max(...model), hasGaps: ranges.length > 0 };
}

function answers({ cumulative, ranges, highest, hasGaps }: SequenceSet): object {
  return { cumulative, ranges, highest, hasGaps };
}

const number = fc.integer({ min: 1, max: TOP });
const action = fc.oneof(
  { weight: 9, arbitrary: fc.record({ name: fc.constant("add" as const), number }) },
  { weight: 1, arbitrary: fc.record({ name: fc.constant("through" as const), number }) },
);

test("it holds what a plain set holds, whatever is added in whatever order", () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 150, size: "max" }), (actions) => {
      const set = new SequenceSet(TOP);
      const model = new Set([0]);
      for (const { name, number } of actions) {
        if (name === "add") {
          assert.equal(set.add(number), true);
          model.add(number);
        } else {
          set.addThrough(number);
          for (let each = 0; each <= number; each += 1) model.add(each);
        }
        assert.deepEqual(answers(set), describe(model));
      }
      for (let each = 0; each <= TOP + 1; each += 1) assert.equal(set.has(each), model.has(each));
    }),
  );
});

test("a full set refuses what would need one more range, and nothing else", () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 150, size: "max" }), (actions) => {
      const set = new SequenceSet(3);
      const model = new Set([0]);
      for (const { name, number } of actions) {
        if (name === "through") {
          set.addThrough(number);
          for (let each = 0; each <= number; each += 1) model.add(each);
        } else {
          const more = describe(new Set([...model, number])) as SequenceSet;
          const fits = more.ranges.length <= 3;
          assert.equal(set.add(number), fits);
          if (fits) model.add(number);
        }
        assert.ok(set.ranges.length <= 3);
        assert.deepEqual(answers(set), describe(model));
      }
    }),
  );
});

test("numbers as large as they get", () => {
  const set = new SequenceSet(4);
  const max = Number.MAX_SAFE_INTEGER;
  assert.equal(set.add(max), true);
  assert.equal(set.add(max - 1), true);
  assert.deepEqual(set.ranges, [{ from: max - 1, to: max }]);
  set.addThrough(max);
  assert.equal(set.cumulative, max);
  assert.equal(set.has(max), true);
  assert.equal(set.hasGaps, false);
});

test("its ranges can be taken out, and then there is room for others", () => {
  const set = new SequenceSet(2);
  for (const number of [1, 3, 5]) set.add(number);
  assert.equal(set.add(7), false);
  set.clearRanges();
  assert.deepEqual([set.cumulative, set.highest, set.hasGaps, set.has(3)], [1, 1, false, false]);
  assert.equal(set.add(7), true);
});
