import assert from "node:assert/strict";
import { nextTick } from "node:process";
import { test } from "node:test";
import { Lab } from "../../lab/index.ts";
import { cpuTimeMs } from "../../support/cpu-time.ts";

test("an alarm rings once at its time, and can be set again while it rings", async () => {
  const lab = new Lab({ seed: 1 });
  const { io } = lab.host("10.0.0.1");
  const rings: number[] = [];
  const alarm = io.alarm(() => {
    rings.push(io.now());
    if (rings.length === 1) alarm.set(io.now() + 5);
  });
  alarm.set(10);
  await lab.run(9.999);
  assert.deepEqual(rings, []);
  await lab.run(1000);
  assert.deepEqual(rings, [10, 15]);
});

test("setting an alarm replaces what was set, earlier or later", async () => {
  const lab = new Lab({ seed: 1 });
  const { io } = lab.host("10.0.0.1");
  const rings: number[] = [];
  const alarm = io.alarm(() => rings.push(io.now()));
  alarm.set(10);
  alarm.set(20);
  await lab.run(15);
  alarm.set(17);
  await lab.run(100);
  assert.deepEqual(rings, [17]);
});

test("Infinity silences an alarm; a silent one can be silenced and set again", async () => {
  const lab = new Lab({ seed: 1 });
  const { io } = lab.host("10.0.0.1");
  const rings: number[] = [];
  const alarm = io.alarm(() => rings.push(io.now()));
  alarm.set(Number.POSITIVE_INFINITY);
  alarm.set(10);
  alarm.set(Number.POSITIVE_INFINITY);
  await lab.run(20);
  assert.deepEqual(rings, []);
  alarm.set(30);
  await lab.run(40);
  assert.deepEqual(rings, [30]);
});

test("an alarm set to the past rings next, not within set, and time does not go back", async () => {
  const lab = new Lab({ seed: 1 });
  const { io } = lab.host("10.0.0.1");
  const rings: number[] = [];
  const alarm = io.alarm(() => rings.push(io.now()));
  await lab.run(50);
  alarm.set(Number.NEGATIVE_INFINITY);
  assert.deepEqual(rings, []);
  await lab.advance(0);
  assert.deepEqual(rings, [50]);
  assert.throws(() => alarm.set(Number.NaN), RangeError);
});

test("alarms of one instant ring in the order in which they were set", async () => {
  const lab = new Lab({ seed: 1 });
  const { io } = lab.host("10.0.0.1");
  const rings: string[] = [];
  const [a, b, c] = ["a", "b", "c"].map((name) => io.alarm(() => rings.push(name)));
  a?.set(5);
  b?.set(5);
  c?.set(5);
  a?.set(5);
  await lab.run(5);
  assert.deepEqual(rings, ["b", "c", "a"]);
});

test("a virtual day of one-second alarms passes in moments", async () => {
  const lab = new Lab({ seed: 1 });
  const { io } = lab.host("10.0.0.1");
  let rings = 0;
  const alarm = io.alarm(() => {
    rings += 1;
    alarm.set(io.now() + 1000);
  });
  alarm.set(1000);
  const started = cpuTimeMs();
  await lab.run(86_400_000);
  assert.equal(rings, 86_400);
  assert.equal(lab.now, 86_400_000);
  // Measured 0.15 s: the bound leaves room for a busy machine, not for a sleeping one.
  assert.ok(cpuTimeMs() - started < 10_000);
});

test("everything that an event sets off settles before the next event", async () => {
  const lab = new Lab({ seed: 1 });
  const { io } = lab.host("10.0.0.1");
  const order: string[] = [];
  const waitFor = async (name: string, at: number): Promise<void> => {
    await new Promise<void>((resolve) => io.alarm(resolve).set(at));
    for (let turns = 0; turns < 20; turns += 1) await undefined;
    await new Promise<void>((resolve) => nextTick(resolve));
    order.push(`${name} at ${io.now()}`);
  };
  const waiting = [waitFor("second", 2), waitFor("first", 1), waitFor("also second", 2)];
  await lab.run(10);
  await Promise.all(waiting);
  assert.deepEqual(order, ["first at 1", "second at 2", "also second at 2"]);
});

test("events of a lab that is free of promises do not wait for any, but complete does", async () => {
  const lab = new Lab({ seed: 1, isPromiseFree: true });
  const { io } = lab.host("10.0.0.1");
  const order: string[] = [];
  const at = (ms: number): Promise<number> =>
    new Promise((resolve) => io.alarm(() => resolve(io.now())).set(lab.now + ms));
  const waiting = at(1).then(() => order.push("promise"));
  io.alarm(() => order.push("event")).set(2);
  await lab.run(10);
  await waiting;
  assert.deepEqual(order, ["event", "promise"]);
  const settled = at(1).then(() => at(2));
  io.alarm(() => order.push("a last event")).set(20);
  assert.equal(await lab.complete(settled, 5), 13);
  assert.equal(lab.now, 13);
});

test("an endless run of a lab that is free of promises lets the event loop turn", async () => {
  const lab = new Lab({ seed: 1, isPromiseFree: true });
  const { io } = lab.host("10.0.0.1");
  const alarm = io.alarm(() => alarm.set(io.now() + 1));
  alarm.set(1);
  let isEnough = false;
  // The first turn comes before the run, the second only if the run lets it.
  setImmediate(() =>
    setImmediate(() => {
      isEnough = true;
    }),
  );
  await lab.runUntil(() => isEnough, Number.POSITIVE_INFINITY);
});

test("what was pending before a run settles before its first event", async () => {
  const lab = new Lab({ seed: 1 });
  const { io } = lab.host("10.0.0.1");
  const order: string[] = [];
  io.alarm(() => order.push("event")).set(0);
  const pending = (async (): Promise<void> => {
    for (let turns = 0; turns < 20; turns += 1) await undefined;
    order.push("pending");
  })();
  await lab.advance(0);
  await pending;
  assert.deepEqual(order, ["pending", "event"]);
});

test("run stops after the events of its last instant, with the clock there", async () => {
  const lab = new Lab({ seed: 1 });
  const { io } = lab.host("10.0.0.1");
  let rings = 0;
  io.alarm(() => (rings += 1)).set(10);
  await lab.run(10);
  assert.deepEqual([rings, lab.now], [1, 10]);
  await lab.advance(7);
  assert.equal(lab.now, 17);
  await lab.run(3);
  assert.equal(lab.now, 17);
});

test("run to Infinity ends when nothing is left to happen", async () => {
  const lab = new Lab({ seed: 1 });
  const { io } = lab.host("10.0.0.1");
  io.alarm(() => {}).set(1234);
  await lab.run(Number.POSITIVE_INFINITY);
  assert.equal(lab.now, 1234);
});

test("runUntil stops at the event that fulfils it, or is TIMEOUT and names the seed", async () => {
  const lab = new Lab({ seed: 77 });
  const { io } = lab.host("10.0.0.1");
  let rings = 0;
  const alarm = io.alarm(() => {
    rings += 1;
    alarm.set(io.now() + 10);
  });
  alarm.set(10);
  await lab.runUntil(() => rings === 3, 1000);
  assert.equal(lab.now, 30);
  await assert.rejects(
    lab.runUntil(() => rings === 6, 29),
    { code: "TIMEOUT", message: /29 ms \(seed 77\)/ },
  );
  assert.equal(lab.now, 59);
  await lab.runUntil(() => lab.now >= 60, 1);
});

test("complete answers as the promise does, or is TIMEOUT", async () => {
  const lab = new Lab({ seed: 1 });
  const { io } = lab.host("10.0.0.1");
  const at = (ms: number): Promise<number> =>
    new Promise((resolve) => io.alarm(() => resolve(io.now())).set(ms));
  assert.equal(await lab.complete(at(5), 10), 5);
  assert.equal(lab.now, 5);
  await assert.rejects(lab.complete(Promise.reject(new Error("no")), 10), /no/);
  await assert.rejects(lab.complete(at(100), 10), { code: "TIMEOUT" });
});

test("what a callback throws ends the run, and the lab runs on afterwards", async () => {
  const lab = new Lab({ seed: 1 });
  const { io } = lab.host("10.0.0.1");
  io.alarm(() => {
    throw new Error("oh");
  }).set(5);
  await assert.rejects(lab.run(10), /oh/);
  assert.equal(lab.now, 5);
  await lab.run(10);
  assert.equal(lab.now, 10);
});

test("a lab that runs refuses to be run", async () => {
  const lab = new Lab({ seed: 1 });
  const first = lab.run(10);
  await assert.rejects(lab.run(10), /running already/);
  await first;
});
