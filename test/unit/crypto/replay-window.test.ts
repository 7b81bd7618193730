import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ReplayWindow } from "../../../protocol/crypto/replay-window.ts";

/** Accepts what is new, as an unsealer does. */
function accept(window: ReplayWindow, number: number): boolean {
  if (window.isReplay(number)) return false;
  window.record(number);
  return true;
}

test("§4.7.3.3 every number is accepted once, in any order within 1024", () => {
  const delays = fc.array(fc.integer({ min: 0, max: 1024 }), { minLength: 1, maxLength: 6000 });
  fc.assert(
    fc.property(delays, fc.nat({ max: 2 ** 40 }), (arrivals, first) => {
      const window = new ReplayWindow();
      // Number n is delayed by arrivals[n] packets: it arrives at most 1024 numbers late.
      const order = arrivals
        .map((delay, index) => ({ number: first + index, at: index + delay }))
        .sort((one, other) => one.at - other.at || one.number - other.number);
      for (const { number } of order) {
        assert.equal(accept(window, number), true, `${number} the first time`);
        assert.equal(accept(window, number), false, `${number} again`);
      }
      for (const { number } of order) assert.equal(window.isReplay(number), true);
    }),
    { numRuns: 30 },
  );
});

test("§4.7.3.3 against a model that forgets nothing", () => {
  const step = fc.oneof(
    fc.record({ type: fc.constant("near" as const), by: fc.integer({ min: -2100, max: 64 }) }),
    fc.record({ type: fc.constant("jump" as const), by: fc.integer({ min: 0, max: 10_000 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const window = new ReplayWindow();
      const seen = new Set<number>();
      let highest = 0;
      for (const { by } of steps) {
        const number = Math.max(0, highest + by);
        const accepted = accept(window, number);
        if (seen.has(number)) assert.equal(accepted, false, "never twice");
        else if (highest - number <= 1024) assert.equal(accepted, true, "tolerates 1024");
        else if (highest - number >= 2048) assert.equal(accepted, false, "too old to know");
        if (accepted) seen.add(number);
        if (accepted) highest = Math.max(highest, number);
      }
    }),
  );
});

test("§4.7.3.3 a jump forward leaves nothing behind of the numbers that it passes", () => {
  for (const jump of [1, 31, 32, 33, 1000, 2047, 2048, 5000]) {
    const window = new ReplayWindow();
    for (let number = 0; number < 4096; number += 1) window.record(number);
    const landing = 4095 + jump;
    assert.equal(accept(window, landing), true);
    for (let number = 4095 - 1024; number < 4096; number += 1) {
      assert.equal(window.isReplay(number), true, `${number} was there before`);
    }
    for (let number = Math.max(4096, landing - 1024); number < landing; number += 1) {
      assert.equal(accept(window, number), true, `${number} after a jump of ${jump}`);
    }
  }
});

test("§4.6.6 numbers up to 2^53 - 1 are told apart", () => {
  const window = new ReplayWindow();
  for (const number of [0, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 40 + 7, 2 ** 53 - 2, 2 ** 53 - 1]) {
    assert.equal(accept(window, number), true, `${number}`);
    assert.equal(accept(window, number), false, `${number}`);
  }
  assert.equal(accept(window, 2 ** 53 - 3), true);
  assert.equal(accept(window, 1), false);
});

test("a refused number moves nothing: only what is recorded counts", () => {
  const window = new ReplayWindow();
  assert.equal(window.isReplay(1_000_000), false);
  assert.equal(accept(window, 0), true);
});
