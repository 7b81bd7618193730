import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type BudgetMember, SharedBudget } from "../../../protocol/bytes/shared-budget.ts";

class Member implements BudgetMember {
  heldBytes = 0;
  hasGivenWay = false;

  giveWay(): void {
    this.heldBytes = 0;
    this.hasGivenWay = true;
  }
}

test("who holds most gives way, and whoever needs little stays", () => {
  const budget = new SharedBudget(100);
  const members = [40, 35, 20].map((heldBytes) => Object.assign(new Member(), { heldBytes }));
  for (const member of members) budget.note(member);
  const little = Object.assign(new Member(), { heldBytes: 6 });
  budget.note(little);
  const gone = members.map(({ hasGivenWay }) => hasGivenWay);
  assert.deepEqual([...gone, little.hasGivenWay], [true, false, false, false]);
  assert.equal(budget.used, 61);
});

test("who holds too much alone gives way itself", () => {
  const budget = new SharedBudget(100);
  const [small, large] = [new Member(), new Member()];
  small.heldBytes = 1;
  large.heldBytes = 101;
  budget.note(small);
  budget.note(large);
  assert.deepEqual([small.hasGivenWay, large.hasGivenWay, budget.used], [false, true, 1]);
});

test("however much members hold, and whoever leaves, what is used is what they hold, and not too much", () => {
  const member = fc.nat(4);
  const step = fc.record({ member, bytes: fc.nat(60), leaves: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const budget = new SharedBudget(100);
      const members = Array.from({ length: 5 }, () => new Member());
      for (const { member: at, bytes, leaves } of steps) {
        const one = members[at];
        assert.ok(one);
        one.heldBytes = leaves ? 0 : bytes;
        if (leaves) budget.leave(one);
        else budget.note(one);
        const held = members.reduce((sum, { heldBytes }) => sum + heldBytes, 0);
        assert.equal(budget.used, held);
        assert.ok(held <= 100);
      }
    }),
  );
});
