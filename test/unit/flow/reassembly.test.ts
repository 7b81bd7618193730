import assert from "node:assert/strict";
import { test } from "node:test";
import { Reassembly } from "../../../protocol/flow/reassembly.ts";
import { RecvBudget } from "../../../protocol/flow/recv-budget.ts";
import { FragmentControl } from "../../../protocol/wire/chunks/user-data.ts";
import { cpuTimeMs } from "../../support/cpu-time.ts";

const DATA = new Uint8Array(1);
/** Longer than all that ever waits. */
const GAP = 1_000_000;

test("§3.6.3.3 a gap costs the same however many fragments wait behind it", () => {
  const reassembly = new Reassembly(new RecvBudget());
  let delivered = 0;
  const deliver = (): boolean => {
    delivered += 1;
    return true;
  };
  const insert = (number: number): void =>
    reassembly.insert(number, FragmentControl.whole, DATA, true);
  const gaps = 10_000;
  const waiting = 20_000;
  const far = (gaps + 1) * GAP;
  for (let at = 0; at < waiting; at += 1) insert(far + at);
  const startedAt = cpuTimeMs();
  for (let gap = 1; gap <= gaps; gap += 1) {
    insert(gap * GAP);
    reassembly.drain(gap * GAP, deliver);
    assert.equal(delivered, gap);
  }
  for (let gap = 1; gap <= gaps; gap += 1) insert(far + waiting + 2 * gap);
  reassembly.drain(far + waiting + 2 * gaps + GAP, deliver);
  const elapsedMs = cpuTimeMs() - startedAt;
  assert.equal(delivered, gaps + waiting + gaps);
  assert.equal(reassembly.bufferedBytes, 0);
  assert.ok(elapsedMs < 500, `${elapsedMs} ms`);
});

test("§3.6.3.3 fragments that come in any order behind gaps are found in theirs", () => {
  for (const step of [1, 3, 7, 11, 17]) {
    const reassembly = new Reassembly(new RecvBudget());
    const numbers = Array.from({ length: 20 }, (_, at) => 3 + ((at * step) % 20));
    const delivered: number[] = [];
    const deliver = (message: Uint8Array): boolean => {
      delivered.push(message[0] ?? 0);
      return delivered.length !== 5;
    };
    for (const number of numbers) {
      if (number % 6 === 0) continue;
      reassembly.insert(number, FragmentControl.whole, Uint8Array.of(number), true);
    }
    reassembly.drain(30, deliver);
    assert.equal(delivered.length, 5, "it stops when nothing more is wanted");
    reassembly.drain(30, deliver);
    const expected = numbers.filter((number) => number % 6 !== 0).sort((a, b) => a - b);
    assert.deepEqual(delivered, expected);
    assert.ok(reassembly.isDrainedThrough(30) && !reassembly.isDrainedThrough(31));
  }
});
