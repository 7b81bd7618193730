import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Schedule, type Scheduled } from "../../../protocol/bytes/schedule.ts";

interface Item extends Scheduled {
  readonly name: number;
}

function newItem(name: number): Item {
  return { name, scheduledIndex: undefined };
}

const NAMES: readonly number[] = Array.from({ length: 12 }, (_, name) => name);
const never = Number.POSITIVE_INFINITY;

const set = fc.record({
  do: fc.constant("set" as const),
  name: fc.constantFrom(...NAMES),
  in: fc.oneof(fc.integer({ min: -5, max: 60 }), fc.constant(never)),
});
const pass = fc.record({ do: fc.constant("pass" as const), ms: fc.nat(20) });

/** Takes everything that is due; the model's due items in the same call, in any order. */
function takeAll(schedule: Schedule<Item>, model: Map<Item, number>, now: number): void {
  const due = [...model].filter(([, at]) => at <= now).map(([item]) => item.name);
  for (const [item, at] of model) if (at <= now) model.delete(item);
  const taken: number[] = [];
  for (let item = schedule.takeDue(now); item; item = schedule.takeDue(now)) taken.push(item.name);
  taken.sort((one, other) => one - other);
  due.sort((one, other) => one - other);
  assert.deepEqual(taken, due);
}

test("each item is taken once, when its last setting is due and not before", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(set, pass), { maxLength: 120, size: "max" }), (actions) => {
      const items = NAMES.map(newItem);
      const schedule = new Schedule<Item>();
      const model = new Map<Item, number>();
      let now = 0;
      for (const action of actions) {
        if (action.do === "pass") {
          now += action.ms;
          takeAll(schedule, model, now);
        } else {
          const item = items[action.name];
          assert.ok(item);
          schedule.set(item, now + action.in);
          if (action.in === never) model.delete(item);
          else model.set(item, now + action.in);
        }
        assert.equal(schedule.size, model.size);
        assert.ok(schedule.earliest <= Math.min(never, ...model.values()));
        if (model.size === 0) assert.equal(schedule.earliest, never);
      }
      takeAll(schedule, model, never);
      assert.equal(schedule.earliest, never);
    }),
  );
});

test("what is taken together comes in the order of its time", () => {
  const schedule = new Schedule<Item>();
  for (const name of NAMES) schedule.set(newItem(name), (name * 7) % 12);
  const names = NAMES.map(() => schedule.takeDue(100)?.name ?? -1);
  assert.deepEqual(
    names.map((name) => (name * 7) % 12),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
  );
});

test("an early look at an item that was put off finds nothing and learns the new time", () => {
  const schedule = new Schedule<Item>();
  const item = newItem(0);
  schedule.set(item, 10);
  schedule.set(item, 90);
  assert.ok(schedule.earliest <= 90);
  assert.equal(schedule.takeDue(10), undefined);
  assert.equal(schedule.earliest, 90);
  assert.equal(schedule.takeDue(90), item);
});

test("what is no time is not scheduled: it would never come, and nothing after it", () => {
  const schedule = new Schedule<Item>();
  assert.throws(() => schedule.set(newItem(0), Number.NaN), /invariant/);
  assert.equal(schedule.earliest, Number.POSITIVE_INFINITY);
});
