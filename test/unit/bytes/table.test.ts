import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Table } from "../../../protocol/bytes/table.ts";
import { collectors } from "../../support/garbage.ts";

test("a table is a Map, whatever comes and goes", () => {
  const step = fc.record({ key: fc.nat(7), value: fc.option(fc.string()) });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const table = new Table<number, string>();
      const model = new Map<number, string>();
      for (const { key, value } of steps) {
        if (value === null) assert.equal(table.delete(key), model.delete(key));
        else assert.equal(table.set(key, value), model.set(key, value) && table);
        assert.equal(table.get(key), model.get(key));
        assert.equal(table.has(key), model.has(key));
        assert.equal(table.size, model.size);
        assert.deepEqual([...table], [...model.values()]);
      }
    }),
  );
});

test("what is deleted or comes while a table is walked through is left out or comes", () => {
  const table = new Table<string, string>().set("a", "first").set("b", "second");
  const seen: string[] = [];
  for (const value of table) {
    seen.push(value);
    table.delete("b");
    if (value === "first") table.set("c", "third");
  }
  assert.deepEqual(seen, ["first", "third"]);
});

test("what has left a table of old age goes with the young, and does not wait for the whole heap", () => {
  const { young, all } = collectors();
  const usedKb = (): number => process.memoryUsage().heapUsed / 1024;
  const table = new Table<number, number[]>();
  for (let key = 0; key < 16; key += 1) table.set(key, []);
  all();
  const before = usedKb();
  // 20 MB in all, and in a Map they would all be left.
  for (let key = 16; key < 10_000; key += 1) {
    table.set(key, new Array(250).fill(key));
    table.delete(key - 16);
  }
  young();
  young();
  const leftKb = usedKb() - before;
  assert.ok(leftKb < 2_000, `${leftKb} KB are left`);
  assert.equal(table.size, 16);
});
