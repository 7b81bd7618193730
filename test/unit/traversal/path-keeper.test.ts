import assert from "node:assert/strict";
import { test } from "node:test";
import { PathKeeper } from "../../../peer/traversal/path-keeper.ts";
import { ATTEMPTS_A_LAP, type PunchRole } from "../../../peer/traversal/strategy.ts";

const keeperOf = (role: PunchRole = "initiator"): PathKeeper =>
  new PathKeeper({ role, random: () => 0 });

/** Times of the attempts of a session whose every attempt fails after `durationMs`. */
function attempts(keeper: PathKeeper, untilMs: number, durationMs = 2_000): number[] {
  const times: number[] = [];
  keeper.onRelay(0);
  for (let now = 0; now <= untilMs; now = keeper.timeout) {
    if (keeper.take(now) === undefined) break;
    times.push(now);
    keeper.onFailed(now + durationMs);
  }
  return times;
}

test("a session that opens over the relay tries at once, at both ends", () => {
  for (const role of ["initiator", "responder"] as const) {
    const keeper = keeperOf(role);
    assert.equal(keeper.timeout, Number.POSITIVE_INFINITY);
    keeper.onRelay(100);
    assert.equal(keeper.timeout, 100);
    assert.equal(keeper.take(100), 0);
    assert.equal(keeper.take(100), undefined);
  }
});

test("plans follow one another, then pauses grow to five minutes and stay there", () => {
  const times = attempts(keeperOf(), 3_600_000);
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0) - 2_000);
  assert.deepEqual(gaps.slice(0, 6), [250, 250, 250, 8_000, 16_000, 32_000]);
  assert.ok(gaps.slice(9).every((gap) => gap === 300_000));
  assert.ok(times.length > 15 && times.length < 25);
});

test("the responder leaves it to the initiator, but not for ever", () => {
  const keeper = keeperOf("responder");
  keeper.onRelay(0);
  keeper.take(0);
  keeper.onFailed(2_000);
  assert.ok(keeper.timeout > 2_000 + 250 + 1_000);
  assert.equal(keeper.onFarAttempt(1), true);
  assert.equal(keeper.onFarAttempt(1), false);
  assert.equal(keeper.timeout, Number.POSITIVE_INFINITY);
  keeper.onFailed(5_000);
  assert.equal(keeper.take(keeper.timeout), 2);
});

test("after the direct path was lost a new lap begins soon, unless it comes and goes", () => {
  const keeper = keeperOf();
  keeper.onRelay(0);
  keeper.take(0);
  keeper.onDirect(100);
  assert.equal(keeper.timeout, Number.POSITIVE_INFINITY);
  keeper.onRelay(100_000);
  assert.equal(keeper.timeout, 101_000);
  assert.equal(keeper.take(101_000), ATTEMPTS_A_LAP);
  let now = 101_000;
  const pauses: number[] = [];
  for (let times = 0; times < 5; times += 1) {
    keeper.onDirect(now + 100);
    keeper.onRelay(now + 5_000);
    pauses.push(keeper.timeout - now - 5_000);
    now = keeper.timeout;
    assert.equal(keeper.take(now), ATTEMPTS_A_LAP * (times + 2));
  }
  assert.deepEqual(pauses, [2_000, 4_000, 8_000, 16_000, 32_000]);
});

test("when the network has changed, everything is worth a try again", () => {
  const keeper = keeperOf();
  const times = attempts(keeper, 100_000);
  const now = (times.at(-1) ?? 0) + 3_000;
  keeper.onNetworkChange(now);
  assert.equal(keeper.timeout, now + 300);
  const attempt = keeper.take(now + 300) ?? -1;
  assert.equal(attempt % ATTEMPTS_A_LAP, 0);
  assert.ok(attempt >= times.length);
});

test("a far end that begins while the path is direct is not followed, but counted", () => {
  const keeper = keeperOf();
  keeper.onRelay(0);
  keeper.take(0);
  keeper.onDirect(50);
  assert.equal(keeper.onFarAttempt(3), false);
  assert.equal(keeper.attempt, 3);
  keeper.onFailed(60);
  assert.equal(keeper.timeout, Number.POSITIVE_INFINITY);
});
