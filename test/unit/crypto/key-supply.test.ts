import assert from "node:assert/strict";
import { test } from "node:test";
import { KeySupply } from "../../../protocol/crypto/key-supply.ts";
import type { Primitives } from "../../../protocol/crypto/primitives.ts";
import { nodePrimitives } from "../../../protocol/node/index.ts";

/** Counts the pairs that are made, by group. */
function counting(): { primitives: Primitives; made: number[] } {
  const made: number[] = [];
  const primitives: Primitives = {
    ...nodePrimitives,
    group(id) {
      const group = nodePrimitives.group(id);
      if (!group) return undefined;
      const generate: typeof group.generate = () => {
        made.push(id);
        return group.generate();
      };
      return { ...group, generate };
    },
  };
  return { primitives, made };
}

test("pairs that were prepared are taken, each once", () => {
  const { primitives, made } = counting();
  const supply = new KeySupply(primitives);
  supply.prepare(31);
  supply.prepare(31);
  const first = supply.take(31);
  const second = supply.take(31);
  assert.deepEqual(made, [31, 31]);
  const third = supply.take(31);
  assert.deepEqual(made, [31, 31, 31]);
  assert.ok(first && second && third);
  const keys = [first, second, third].map(({ publicKey }) => `${publicKey}`);
  assert.equal(new Set(keys).size, 3);
  assert.deepEqual(first.agree(second.publicKey), second.agree(first.publicKey));
});

test("no more than 16 pairs are made ahead", () => {
  const { primitives, made } = counting();
  const supply = new KeySupply(primitives);
  for (let count = 0; count < 100; count += 1) supply.prepare(31);
  assert.equal(made.length, 16);
  supply.take(31);
  supply.prepare(31);
  assert.equal(made.length, 17);
});

test("the group that was wanted last is prepared next", () => {
  const { primitives, made } = counting();
  const supply = new KeySupply(primitives);
  supply.prepare(31);
  assert.equal(supply.take(14)?.publicKey.length, 256);
  supply.prepare(31);
  assert.equal(supply.take(14)?.publicKey.length, 256);
  assert.deepEqual(made, [31, 14, 14]);
});

test("a group that is not supported has no pairs", () => {
  const supply = new KeySupply(nodePrimitives);
  supply.prepare(99);
  assert.equal(supply.take(99), undefined);
});
