import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  MAX_PROBES,
  type ProbeAction,
  ProbeBoard,
  type ProbePairOptions,
} from "../../../peer/traversal/probe-board.ts";

const HOPS = [2, 4, 8];
const pair = (port: number, socket = 0) => ({ socket, to: { ip: "203.0.113.2", port } });

type Sent = ProbeAction & { readonly at: number };

/** What the board sends until `untilMs`, one datagram at a time as the pacer has it. */
function sent(board: ProbeBoard, untilMs: number, fromMs = 0, gapMs = 5): Sent[] {
  const actions: Sent[] = [];
  for (let now = fromMs; now <= untilMs; ) {
    const action = board.dueAt <= now ? board.take(now) : undefined;
    if (action) actions.push({ ...action, at: now });
    now = Math.max(now + gapMs, Math.min(board.dueAt, untilMs + 1));
  }
  return actions;
}

function board(...pairs: readonly [port: number, options?: ProbePairOptions][]): ProbeBoard {
  const made = new ProbeBoard(HOPS);
  for (const [port, options = {}] of pairs) made.add(pair(port), options, 0);
  return made;
}

test("RFC 8445 §14.2 a pair is probed every 50 ms, ten times, then less and less often", () => {
  const times = sent(board([1]), 1_200, 0, 1).map(({ at }) => Math.round(at));
  assert.deepEqual(times.slice(0, 11), [0, 50, 100, 150, 200, 250, 300, 350, 400, 450, 500]);
  const gaps = times.slice(10).map((time, index) => time - (times[index + 9] ?? 0));
  for (const [index, gap] of gaps.slice(1).entries()) assert.ok(gap > (gaps[index] ?? 0));
});

test("early-packet poisoning: one opener of few hops, and no probe before the gate opens", () => {
  const made = board([1, { needsOpener: true }]);
  assert.equal(made.isOpened, false);
  const [opener, ...rest] = sent(made, 300);
  assert.deepEqual(opener, { type: "opener", ...pair(1), ttlHops: 2, at: 0 });
  assert.deepEqual(rest, []);
  assert.equal(made.isOpened, true);
  made.openGate(400);
  made.openGate(500);
  const [probe] = sent(made, 410, 300);
  assert.deepEqual([probe?.type, probe?.at], ["probe", 400]);
});

test("once the gate is open, what is added needs no opener", () => {
  const made = new ProbeBoard(HOPS);
  made.openGate(100);
  made.add(pair(1), { needsOpener: true }, 150);
  assert.equal(made.isOpened, true);
  assert.equal(made.take(150)?.type, "probe");
});

test("the path of the far end's datagram opens the gate for its pair: peer-reflexive sources count", () => {
  const made = board([1, { needsOpener: true }]);
  made.answer(pair(1), 20);
  made.answer(pair(2, 7), 20);
  assert.deepEqual(
    sent(made, 25, 20).map(({ type, socket, to }) => [type, socket, to.port]),
    [
      ["probe", 0, 1],
      ["probe", 7, 2],
    ],
  );
});

test("birthday: what is opened only goes further each time, and is probed once it is answered", () => {
  const made = board([1, { isOpenedOnly: true, intervalMs: 1_000 }]);
  const openers = sent(made, 3_500, 0, 1);
  assert.deepEqual(
    openers.map((action) => [action.at, action.type === "opener" && action.ttlHops]),
    [
      [0, 2],
      [1_000, 4],
      [2_000, 8],
      [3_000, 2],
    ],
  );
  made.answer(pair(1), 3_600);
  assert.equal(made.take(3_600)?.type, "probe");
});

test("a spray goes between the pairs, until there is nothing more", () => {
  const made = board([1]);
  const ports = [11, 12, 13];
  made.spray(() => {
    const port = ports.shift();
    return port === undefined ? undefined : pair(port);
  }, 20);
  const order = sent(made, 60).map(({ to }) => to.port);
  assert.deepEqual(order, [1, 11, 12, 13, 1]);
});

test("a pair is one pair, and there are no more than a birthday needs", () => {
  const made = board([1], [1]);
  assert.equal(sent(made, 40).length, 1);
  for (let port = 2; port < 1_000; port += 1) made.add(pair(port), {}, 0);
  const far = new Set(sent(made, 10_000, 41, 1).map(({ to }) => to.port));
  assert.ok(far.size <= 320, `${far.size}`);
});

test("2,048 datagrams an attempt, whatever far ends do", () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.nat(3)), fc.integer(), (what, seed) => {
      const made = new ProbeBoard(HOPS);
      let port = Math.abs(seed) % 60_000;
      const next = (): ReturnType<typeof pair> => {
        port += 1;
        return pair(port);
      };
      made.spray(next, 0);
      let count = 0;
      for (let now = 0; now < 30_000; now += 5) {
        const kind = what.next().value;
        if (kind === 0) made.answer(pair(now % 300, 1), now);
        if (kind === 1) made.add(pair(now % 90), { needsOpener: true }, now);
        if (made.take(now)) count += 1;
      }
      assert.equal(count, MAX_PROBES);
      assert.equal(made.dueAt, Number.POSITIVE_INFINITY);
    }),
    { numRuns: 20 },
  );
});

test("cleared, it sends nothing any more", () => {
  const made = board([1]);
  made.spray(() => pair(2), 0);
  made.clear();
  assert.deepEqual(sent(made, 1_000), []);
  assert.equal(made.dueAt, Number.POSITIVE_INFINITY);
});
