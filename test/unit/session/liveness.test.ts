import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ANSWER_MIN_MS } from "../../../protocol/params.ts";
import { Liveness } from "../../../protocol/session/liveness.ts";
import {
  changedLimits,
  DEFAULT_LIMITS,
  type SessionLimits,
} from "../../../protocol/session/session-limits.ts";

const times = { timeoutMs: 250, answerTimeoutMs: 100 };
const options = {
  keepaliveMs: 10_000,
  retransmitLimitMs: 20_000,
  elsewhereMs: 5_000,
  lullMs: Number.POSITIVE_INFINITY,
  idleCloseMs: Number.POSITIVE_INFINITY,
};
const LIMITS = Object.keys(DEFAULT_LIMITS) as readonly (keyof SessionLimits)[];

test("§3.5.4.1 a Ping after a time of silence", () => {
  const liveness = new Liveness(options, 1_000);
  assert.equal(liveness.timeout, 11_000);
  assert.equal(liveness.takePing(10_999, 500), false);
  liveness.noteHeard(5_000);
  assert.equal(liveness.timeout, 15_000);
  assert.equal(liveness.takePing(15_000, 500), true);
  assert.equal(liveness.takePing(15_499, 500), false);
});

test("§3.5.4.1 Pings without an answer are repeated with growing pauses, 8 at least", () => {
  const liveness = new Liveness(options, 0);
  const pauses: number[] = [];
  let now = 10_000;
  for (let ping = 0; ping < 8; ping += 1) {
    assert.equal(liveness.takePing(now, 500), true);
    pauses.push(Math.round(liveness.timeout - now));
    now = liveness.timeout;
  }
  assert.deepEqual(pauses, [500, 707, 1_000, 1_414, 2_000, 2_500, 2_500, 2_500]);
  assert.equal(liveness.isDead(now), false);
  liveness.noteHeard(now);
  liveness.takePing(now + 10_000, 500);
  assert.equal(liveness.timeout, now + 10_500);
});

test("§3.5.4.1 a far end that has to prove itself is asked soon, however long the keepalive", () => {
  const liveness = new Liveness({ ...options, keepaliveMs: 3_600_000 }, 0);
  liveness.awaitProof(0);
  assert.equal(liveness.timeout, 1_000);
  assert.equal(liveness.takePing(1_000, 3_000), true);
  assert.equal(liveness.isDead(19_999), false);
  assert.equal(liveness.isDead(20_000), true);
  liveness.noteHeard(1_100);
  assert.equal(liveness.timeout, 3_601_100);
});

test("§3.5.4.1 a Ping is never repeated before the timeout", () => {
  const liveness = new Liveness(options, 0);
  liveness.takePing(10_000, 4_000);
  assert.equal(liveness.takePing(13_999, 4_000), false);
  assert.equal(liveness.takePing(14_000, 4_000), true);
  assert.equal(liveness.timeout, 18_000);
});

test("§3.5.4.1 an answer ends the Pings", () => {
  const liveness = new Liveness(options, 0);
  liveness.takePing(10_000, 500);
  liveness.noteHeard(10_100);
  assert.equal(liveness.timeout, 20_100);
  assert.equal(liveness.isDead(1e9), false);
});

test("§3.5.4.1 without any answer the session is dead when the limit is over", () => {
  const liveness = new Liveness(options, 0);
  assert.equal(liveness.isDead(1e9), false, "nobody owes anything yet");
  liveness.takePing(10_000, 5_000);
  liveness.takePing(15_000, 5_000);
  assert.equal(liveness.isDead(29_999), false);
  assert.equal(liveness.isDead(30_000), true);
});

test("what is owed counts from the first thing that was sent", () => {
  const liveness = new Liveness(options, 0);
  liveness.noteExpecting(1_000);
  liveness.noteExpecting(5_000);
  assert.equal(liveness.timeout, 10_000);
  assert.equal(liveness.isDead(20_999), false);
  assert.equal(liveness.isDead(21_000), true);
  liveness.noteHeard(21_000);
  assert.equal(liveness.isDead(21_000), false);
});

test("§3.5.4.1 limits change at run time, counted from what was heard last", () => {
  const liveness = new Liveness(options, 0);
  liveness.noteHeard(1_000);
  liveness.setLimits({ keepaliveMs: 500 });
  assert.equal(liveness.timeout, 1_500);
  assert.equal(liveness.takePing(1_500, 300), true);
  liveness.setLimits({ retransmitLimitMs: 2_000 });
  assert.equal(liveness.timeout, 1_800, "what is being asked goes on");
  assert.equal(liveness.isDead(3_499), false);
  assert.equal(liveness.isDead(3_500), true);
});

test("a longer silence does not put off the Ping that the far end proves its keys with", () => {
  const liveness = new Liveness(options, 0);
  liveness.awaitProof(0);
  const askedAt = liveness.timeout;
  assert.ok(askedAt < 10_000);
  liveness.setLimits({ keepaliveMs: 50_000 });
  assert.equal(liveness.timeout, askedAt);
  liveness.setLimits({ keepaliveMs: 1 });
  assert.equal(liveness.timeout, 1);
});

test("each limit is a length of time, which may be Infinity, or left out", () => {
  const liveness = new Liveness(options, 0);
  for (const name of LIMITS) {
    for (const ms of [0, -1, Number.NEGATIVE_INFINITY, Number.NaN]) {
      assert.throws(() => liveness.setLimits({ [name]: ms }), {
        name: "RangeError",
        message: RegExp(name),
      });
    }
    assert.deepEqual(changedLimits(options, { [name]: undefined }), options);
    const endless = changedLimits(options, { [name]: Number.POSITIVE_INFINITY });
    assert.deepEqual(endless, { ...options, [name]: Number.POSITIVE_INFINITY });
  }
});

test("whichever limits are endless, there is always a next time for everything, or none", () => {
  const ms = fc.constantFrom(1, 500, Number.POSITIVE_INFINITY);
  const limits = fc.record(Object.fromEntries(LIMITS.map((name) => [name, ms])));
  const acts: readonly ((liveness: Liveness, now: number) => unknown)[] = [
    (liveness, now) => liveness.noteHeard(now),
    (liveness, now) => liveness.noteData(now),
    (liveness, now) => liveness.noteExpecting(now),
    (liveness, now) => liveness.awaitProof(now),
    (liveness, now) => liveness.askNow(now),
    (liveness, now) => liveness.noteUse(now % 2 === 0, now),
    (liveness, now) => liveness.takePing(now, times.timeoutMs),
    (liveness, now) => liveness.takeElsewhere(now, times),
  ];
  const step = fc.record({ afterMs: fc.nat(2_000), act: fc.nat(acts.length), change: limits });
  fc.assert(
    fc.property(limits, fc.array(step), (first, steps) => {
      const liveness = new Liveness({ ...options, ...first }, 0);
      let now = 0;
      for (const { afterMs, act, change } of [{ afterMs: 0, act: 0, change: first }, ...steps]) {
        now += afterMs;
        const perform = acts[act] ?? ((it: Liveness) => it.setLimits(change));
        perform(liveness, now);
        assert.ok(!Number.isNaN(liveness.timeout));
        assert.ok(!Number.isNaN(liveness.elsewhereTimeout(times)));
      }
    }),
  );
});

test("who is never to be asked for elsewhere is not, whatever it owes", () => {
  const endless = { ...options, lullMs: 500, elsewhereMs: Number.POSITIVE_INFINITY };
  const liveness = new Liveness(endless, 0);
  liveness.noteHeard(0);
  liveness.noteData(0);
  assert.equal(liveness.takePing(500, 250), true);
  assert.equal(liveness.elsewhereTimeout(times), Number.POSITIVE_INFINITY);
  assert.equal(liveness.takeElsewhere(1e9, times), false);
});

test("a session that nobody uses is idle when the limit is over, and use sets it back", () => {
  const liveness = new Liveness({ ...options, idleCloseMs: 3_000 }, 0);
  liveness.noteUse(false, 0);
  liveness.noteUse(false, 2_000);
  assert.equal(liveness.timeout, 3_000);
  liveness.noteUse(true, 2_500);
  assert.equal(liveness.isIdle(3_000), false);
  liveness.noteUse(false, 4_000);
  assert.equal(liveness.isIdle(6_999), false);
  assert.equal(liveness.isIdle(7_000), true);
});

test("§3.5.4.1 asked at once, and again until something is heard", () => {
  const liveness = new Liveness(options, 0);
  liveness.askNow(100);
  assert.equal(liveness.takePing(100, 500), true);
  assert.equal(liveness.timeout, 600);
  liveness.noteHeard(200);
  assert.equal(liveness.timeout, 10_200);
});

test("who owes an answer for a quarter of the limit is asked elsewhere, every eighth of it", () => {
  const liveness = new Liveness(options, 0);
  assert.equal(liveness.elsewhereTimeout(times), Number.POSITIVE_INFINITY);
  liveness.noteExpecting(1_000);
  assert.equal(liveness.takeElsewhere(5_999, times), false);
  assert.equal(liveness.takeElsewhere(6_000, times), true);
  assert.equal(liveness.takeElsewhere(6_001, times), false);
  assert.equal(liveness.elsewhereTimeout(times), 8_500);
  liveness.noteHeard(7_000);
  assert.equal(liveness.elsewhereTimeout(times), Number.POSITIVE_INFINITY);
});

test("however short the limit, there is time between two questions elsewhere", () => {
  const liveness = new Liveness({ ...options, elsewhereMs: 1e-9 }, 0);
  liveness.noteExpecting(0);
  assert.equal(liveness.takeElsewhere(5_000, times), true);
  assert.equal(liveness.elsewhereTimeout(times), 5_000 + ANSWER_MIN_MS);
});

test("who only receives asks, once, when nothing comes any more", () => {
  const liveness = new Liveness({ ...options, lullMs: 500 }, 0);
  for (const now of [100, 400]) {
    liveness.noteHeard(now);
    liveness.noteData(now);
  }
  assert.equal(liveness.takePing(899, 300), false);
  assert.equal(liveness.takePing(900, 300), true);
  liveness.noteHeard(950);
  assert.equal(liveness.timeout, 10_950);
  assert.equal(liveness.isUnanswered, false);
});

test("a lull begins with the last thing that was heard, which may be an acknowledgement", () => {
  const liveness = new Liveness({ ...options, lullMs: 500 }, 0);
  liveness.noteHeard(100);
  liveness.noteData(100);
  liveness.noteHeard(300);
  assert.equal(liveness.timeout, 800);
  assert.equal(liveness.takePing(800, 250), true);
  liveness.noteHeard(850);
  assert.equal(liveness.timeout, 10_850);
});

test("a lull that is not answered at once is more than a lull", () => {
  const liveness = new Liveness({ ...options, lullMs: 500 }, 0);
  liveness.noteHeard(0);
  liveness.noteData(0);
  assert.equal(liveness.takePing(500, 250), true);
  assert.equal(liveness.takeElsewhere(599, times), false);
  assert.equal(liveness.takeElsewhere(600, times), true);
  assert.equal(liveness.isUnanswered, true);
  liveness.noteHeard(650);
  assert.equal(liveness.isUnanswered, false);
  assert.equal(liveness.elsewhereTimeout(times), Number.POSITIVE_INFINITY);
});

test("where lulls are usual it takes longer ones, until data is dense again", () => {
  const liveness = new Liveness({ ...options, lullMs: 500 }, 0);
  const hear = (now: number): number => {
    liveness.noteHeard(now);
    liveness.noteData(now);
    return liveness.timeout - now;
  };
  assert.equal(hear(0), 500);
  assert.equal(liveness.takePing(500, 250), true);
  assert.equal(hear(600), 1_000);
  assert.equal(hear(1_500), 1_000, "nobody is asked");
  assert.equal(liveness.takePing(2_500, 250), true);
  assert.equal(hear(3_000), 2_000);
  assert.equal(hear(3_400), 500);
});
