import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Ring } from "../../../protocol/bytes/ring.ts";

test("it is a queue like an array, whatever is done to it", () => {
  const action = fc.oneof(
    { weight: 6, arbitrary: fc.constant("push" as const) },
    { weight: 5, arbitrary: fc.constant("shift" as const) },
    { weight: 1, arbitrary: fc.constantFrom("clear" as const, "at" as const) },
  );
  fc.assert(
    fc.property(fc.array(action, { maxLength: 300, size: "max" }), (actions) => {
      const ring = new Ring<number>();
      let model: number[] = [];
      actions.forEach((name, number) => {
        if (name === "push") {
          ring.push(number);
          model.push(number);
        } else if (name === "shift") {
          assert.equal(ring.shift(), model.shift());
        } else if (name === "clear") {
          ring.clear();
          model = [];
        }
        assert.equal(ring.length, model.length);
      });
      assert.deepEqual(
        model.map((_, index) => ring.at(index)),
        model,
      );
    }),
  );
});

test("there is nothing outside of it", () => {
  const ring = new Ring<string>();
  assert.equal(ring.at(0), undefined);
  assert.equal(ring.shift(), undefined);
  ring.push("only");
  assert.equal(ring.at(-1), undefined);
  assert.equal(ring.at(1), undefined);
  assert.equal(ring.at(0), "only");
});

test("a hundred thousand items pass in order", () => {
  const ring = new Ring<number>();
  let next = 0;
  for (let round = 0; round < 1_000; round += 1) {
    for (let item = 0; item < 100; item += 1) ring.push(round * 100 + item);
    for (let item = 0; item < 50; item += 1) assert.equal(ring.shift(), next++);
  }
  while (ring.length > 0) assert.equal(ring.shift(), next++);
  assert.equal(next, 100_000);
});
