import assert from "node:assert/strict";
import { test } from "node:test";
import { KeySupply } from "../../../protocol/crypto/key-supply.ts";
import { countingPrimitives } from "../../support/counting-primitives.ts";

test("pairs that were prepared are taken, each once", () => {
  const { primitives, made } = countingPrimitives();
  const supply = new KeySupply(primitives, 31);
  supply.prepare();
  supply.prepare();
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
  const { primitives, made } = countingPrimitives();
  const supply = new KeySupply(primitives, 31);
  for (let count = 0; count < 100; count += 1) supply.prepare();
  assert.equal(made.length, 16);
  supply.take(31);
  supply.prepare();
  assert.equal(made.length, 17);
});

test("whoever wants another group neither uses nor spoils those made ahead", () => {
  const { primitives, made } = countingPrimitives();
  const supply = new KeySupply(primitives, 31);
  supply.prepare();
  assert.equal(supply.take(14)?.publicKey.length, 256);
  supply.prepare();
  assert.equal(supply.take(31)?.publicKey.length, 32);
  assert.equal(supply.take(31)?.publicKey.length, 32);
  assert.deepEqual(made, [31, 14, 31]);
});

test("without a group none are made ahead, and one that is not supported has no pairs", () => {
  const { primitives, made } = countingPrimitives();
  new KeySupply(primitives, undefined).prepare();
  const supply = new KeySupply(primitives, 99);
  supply.prepare();
  assert.equal(supply.take(99), undefined);
  assert.deepEqual(made, []);
});
