import assert from "node:assert/strict";
import { test } from "node:test";
import { Gate } from "../../../rendezvous/vod/gate.ts";

test("so many at a time, the others in their order, more are refused", async () => {
  const gate = new Gate(2, 3);
  const started: number[] = [];
  const finish: (() => void)[] = [];
  const enter = (index: number): Promise<number> | undefined =>
    gate.run(async () => {
      started.push(index);
      await new Promise<void>((resolve) => void finish.push(resolve));
      return index;
    });
  const runs = [0, 1, 2, 3, 4, 5].map(enter);
  assert.equal(runs[5], undefined);
  assert.deepEqual(started, [0, 1]);
  for (let index = 0; index < 5; index += 1) {
    finish[index]?.();
    assert.equal(await runs[index], index);
    await Promise.resolve();
  }
  assert.deepEqual(started, [0, 1, 2, 3, 4]);
});

test("what fails makes room as well", async () => {
  const gate = new Gate(1, 1);
  const failed = gate.run(() => Promise.reject(new Error("no")));
  const next = gate.run(() => Promise.resolve("yes"));
  await assert.rejects(async () => failed, /no/);
  assert.equal(await next, "yes");
  assert.equal(await gate.run(() => Promise.resolve("again")), "again");
});
