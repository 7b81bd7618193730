import assert from "node:assert/strict";
import { test } from "node:test";
import { TcpKeeper } from "../../../../peer/tcp/tcp-keeper.ts";

function keeper(): TcpKeeper {
  return new TcpKeeper({ random: () => 0 });
}

/** When the attempt begins that is due next. */
function next(one: TcpKeeper): number {
  const at = one.timeout;
  assert.equal(one.take(at - 1), false);
  assert.equal(one.take(at), true);
  assert.equal(one.timeout, Number.POSITIVE_INFINITY);
  return at;
}

test("UDP has its chance first, unless one end has none", () => {
  const [patient, blocked, told] = [keeper(), keeper(), keeper()];
  patient.onRelay(true, 0);
  assert.equal(next(patient), 3_000);
  blocked.onRelay(false, 0);
  assert.equal(next(blocked), 200);
  told.onRelay(true, 0);
  told.onUdpBlocked(500);
  assert.equal(next(told), 700);
});

test("after failures it is tried seldom, and a far end that asks does not change that", () => {
  const one = keeper();
  one.onRelay(false, 0);
  let at = next(one);
  for (const pauseMs of [5_000, 60_000, 300_000, 300_000]) {
    one.onFailed(at);
    one.onUdpBlocked(at);
    one.onRelay(false, at);
    assert.equal(next(one), at + pauseMs);
    at += pauseMs;
  }
});

test("a connection that lasted is tried again soon, one that did not, later", () => {
  const one = keeper();
  one.onRelay(false, 0);
  next(one);
  one.onTcp(1_000);
  one.onFailed(4_000);
  one.onRelay(false, 61_000);
  assert.equal(next(one), 63_000);
  one.onTcp(63_100);
  one.onRelay(false, 64_000);
  assert.equal(next(one), 69_000);
});

test("on a direct path nothing is tried; on the relay it begins anew", () => {
  const one = keeper();
  one.onRelay(true, 0);
  one.onDirect();
  assert.equal(one.timeout, Number.POSITIVE_INFINITY);
  one.onRelay(true, 10_000);
  assert.equal(next(one), 13_000);
});
