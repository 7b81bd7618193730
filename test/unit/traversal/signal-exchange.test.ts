import assert from "node:assert/strict";
import { test } from "node:test";
import { SignalExchange } from "../../../peer/traversal/signal-exchange.ts";

const go = { type: "go", attempt: 0, isOpen: true } as const;
const done = { type: "done", attempt: 0 } as const;

/** When `exchange` sends, and what, until it has nothing more. */
function sent(exchange: SignalExchange): (readonly [at: number, type: string])[] {
  const all: (readonly [number, string])[] = [];
  for (let now = exchange.dueAt; now < Number.POSITIVE_INFINITY; now = exchange.dueAt) {
    const signal = exchange.take(now);
    assert.ok(signal, "something is due then");
    all.push([now, signal.type]);
  }
  return all;
}

test('"go" is retransmitted until acknowledged: RFC 8489 §6.2.1, seven times, each pause doubled', () => {
  const exchange = new SignalExchange(40);
  exchange.send(go, 100);
  const times = sent(exchange).map(([at]) => at - 100);
  assert.deepEqual(times, [0, 500, 1_500, 3_500, 7_500, 15_500, 31_500]);
  assert.equal(exchange.isWaiting("go"), false);
});

test("RFC 8445 §14.3 the first pause is two round trips, and half a second at least", () => {
  const exchange = new SignalExchange(400);
  exchange.send(go, 0);
  assert.deepEqual(
    sent(exchange)
      .slice(0, 3)
      .map(([at]) => at),
    [0, 800, 2_400],
  );
});

test("an acknowledgement ends that signal and no other", () => {
  const exchange = new SignalExchange(40);
  exchange.send(go, 0);
  exchange.send(done, 10);
  assert.equal(exchange.take(0)?.type, "go");
  assert.equal(exchange.take(5), undefined);
  assert.equal(exchange.take(10)?.type, "done");
  exchange.acknowledged("go");
  assert.deepEqual([exchange.isWaiting("go"), exchange.isWaiting("done")], [false, true]);
  assert.ok(sent(exchange).every(([, type]) => type === "done"));
});

test("a signal sent again begins anew: after success one keeps telling", () => {
  const exchange = new SignalExchange(40);
  exchange.send(done, 0);
  sent(exchange);
  exchange.send(done, 50_000);
  assert.equal(sent(exchange).length, 7);
});

test("nothing waits: nothing is due", () => {
  const exchange = new SignalExchange(40);
  assert.equal(exchange.dueAt, Number.POSITIVE_INFINITY);
  assert.equal(exchange.take(1e9), undefined);
  exchange.acknowledged("done");
});
