import assert from "node:assert/strict";
import { test } from "node:test";
import type { NatReport } from "../../../peer/traversal/nat-report.ts";
import { ProbePacer } from "../../../peer/traversal/probe-pacer.ts";
import { Punch } from "../../../peer/traversal/punch.ts";
import type { PunchSignal } from "../../../peer/traversal/punch-signal.ts";
import type { PunchAction, PunchOptions } from "../../../peer/traversal/punch-terms.ts";

const HOME: NatReport = {
  udp: "open",
  isTranslated: true,
  mapping: "endpoint-independent",
  isMappingCertain: true,
  filtering: "address-and-port-dependent",
  allocation: { type: "preserving" },
  hairpin: undefined,
  reflexive: [{ ip: "203.0.113.1", port: 4_000 }],
};
const FAR: NatReport = { ...HOME, reflexive: [{ ip: "203.0.113.2", port: 5_000 }] };
const COUNTING = {
  mapping: "address-and-port-dependent",
  allocation: { type: "sequential", step: 1 },
} as const;
const SERVER = { ip: "198.51.100.1", port: 1_935 };
const THERE = { socket: 0, to: { ip: "203.0.113.2", port: 5_000 } };
const GO: PunchSignal = { type: "go", attempt: 0, isOpen: true };

interface Told {
  readonly at: number;
  readonly action: PunchAction;
}

/** One end, and all that it wants done. */
class Stand {
  readonly punch: Punch;
  readonly told: Told[] = [];
  now = 0;

  constructor(options: Partial<PunchOptions> = {}) {
    this.punch = new Punch({
      ...{ role: "initiator", near: HOME, far: FAR, candidates: [], server: SERVER },
      ...{ serverRoundTripMs: 40, attempt: 0, pacer: new ProbePacer(), random: () => 0 },
      ...options,
    });
  }

  start(): this {
    return this.turn((now) => this.punch.start(now));
  }

  turn(change: (now: number) => void): this {
    change(this.now);
    this.punch.advance(this.now);
    for (let action = this.punch.poll(); action; action = this.punch.poll()) {
      this.told.push({ at: this.now, action });
    }
    return this;
  }

  /** Until `untilMs`. */
  run(untilMs: number): this {
    while (this.punch.timeout <= untilMs) {
      this.now = Math.max(this.now, this.punch.timeout);
      this.turn(() => undefined);
    }
    this.now = untilMs;
    return this;
  }

  of<Type extends PunchAction["type"]>(type: Type): (PunchAction & { readonly type: Type })[] {
    return this.told
      .map(({ action }) => action)
      .filter((action): action is PunchAction & { readonly type: Type } => action.type === type);
  }

  at(type: PunchAction["type"]): number[] {
    return this.told.filter(({ action }) => action.type === type).map(({ at }) => at);
  }

  signals(type: PunchSignal["type"]): PunchSignal[] {
    return this.of("signal")
      .map(({ signal }) => signal)
      .filter((signal) => signal.type === type);
  }
}

test('start: one opener of few hops, then "go", and full TTL one server round trip later', () => {
  const stand = new Stand().start().run(35);
  assert.deepEqual(stand.at("opener"), [0]);
  assert.equal(stand.of("opener")[0]?.ttlHops, 2);
  assert.deepEqual(stand.signals("go"), [{ ...GO, observed: undefined }]);
  assert.deepEqual(stand.at("probe"), []);
  stand.run(45);
  assert.deepEqual(stand.at("probe"), [40]);
});

test('the far end\'s "go" says that it has opened: the first probe leaves at once', () => {
  const stand = new Stand().start().run(10);
  stand.turn((now) => stand.punch.onSignal(GO, now)).run(12);
  assert.deepEqual(stand.at("probe"), [10]);
  assert.deepEqual(stand.signals("ack"), [{ type: "ack", attempt: 0, of: "go" }]);
});

test('"go" is acknowledged each time it comes, and acted upon once', () => {
  const stand = new Stand().start();
  for (const at of [10, 20, 30]) {
    stand.run(at).turn((now) => stand.punch.onSignal(GO, now));
  }
  assert.equal(stand.signals("ack").length, 3);
});

test("the TTL passes one's own NATs: the next attempt begins further away", () => {
  const hops = [0, 1, 2].map(
    (attempt) => new Stand({ attempt }).start().of("opener")[0]?.ttlHops ?? 0,
  );
  assert.deepEqual([hops[0], new Set(hops.filter(Boolean)).size > 1], [2, true], `${hops}`);
});

test("a peer-reflexive source is answered: D cells depend on it", () => {
  const stand = new Stand().start().run(10);
  const elsewhere = { socket: 0, to: { ip: "203.0.113.2", port: 5_001 } };
  stand.turn((now) => stand.punch.onHeard(elsewhere, now)).run(12);
  assert.deepEqual(stand.of("probe")[0]?.to, elsewhere.to);
});

test("a source that is heard again and again is answered once: else both would answer for ever", () => {
  const stand = new Stand().start().run(10);
  const elsewhere = { socket: 0, to: { ip: "203.0.113.2", port: 5_001 } };
  for (let turn = 0; turn < 20; turn += 1) {
    stand.turn((now) => stand.punch.onHeard(elsewhere, now)).run(1);
  }
  stand.run(10);
  assert.equal(stand.of("probe").filter(({ to }) => to.port === 5_001).length, 1);
});

test("no more than 32 sources of one attempt are answered", () => {
  const stand = new Stand().start().run(10);
  for (let port = 1; port <= 100; port += 1) {
    const from = { socket: 0, to: { ip: "203.0.113.2", port: 10_000 + port } };
    stand.turn((now) => stand.punch.onHeard(from, now));
  }
  stand.run(2_000);
  const ports = new Set(stand.of("probe").map(({ to }) => to.port));
  assert.ok(ports.size <= 33, `${ports.size}`);
});

test("after success one keeps telling until the far end knows: then it is over", () => {
  const stand = new Stand().start().run(50);
  stand.turn((now) => stand.punch.onDirect(THERE, now)).run(600);
  assert.deepEqual(
    stand.signals("done").map(({ type }) => type),
    ["done", "done"],
  );
  assert.equal(stand.punch.isOver, false);
  const probes = stand.of("probe").length;
  stand.turn((now) => stand.punch.onSignal({ type: "ack", attempt: 0, of: "done" }, now));
  assert.deepEqual(stand.of("succeeded"), [{ type: "succeeded", path: THERE }]);
  assert.equal(stand.punch.isOver, true);
  stand.run(60_000);
  assert.equal(stand.of("probe").length, probes);
  assert.deepEqual(stand.of("failed"), []);
});

test("after success: a far end that says nothing is waited for no longer than its signals", () => {
  const stand = new Stand().start().run(50);
  stand.turn((now) => stand.punch.onDirect(THERE, now)).run(70_000);
  assert.equal(stand.signals("done").length, 7);
  assert.equal(stand.of("succeeded").length, 1);
});

test('"done" of the slower side is acknowledged in whatever attempt, and after the end', () => {
  const stand = new Stand({ attempt: 1 }).start().run(60_000);
  assert.equal(stand.punch.isOver, true);
  stand.turn((now) => stand.punch.onSignal({ type: "done", attempt: 0 }, now));
  assert.deepEqual(stand.signals("ack").at(-1), { type: "ack", attempt: 0, of: "done" });
});

test("signals of another attempt change nothing", () => {
  const stand = new Stand().start().run(10);
  stand.turn((now) => stand.punch.onSignal({ ...GO, attempt: 7 }, now)).run(12);
  assert.deepEqual([stand.at("probe"), stand.signals("ack")], [[], []]);
});

test("no path in time: failed, once, and its sockets are given back", () => {
  const stand = new Stand({ far: { ...FAR, ...COUNTING }, near: { ...HOME, ...COUNTING } }).start();
  assert.deepEqual(stand.punch.plan, { type: "predict", near: true, far: true });
  assert.deepEqual(stand.of("sockets"), [{ type: "sockets", count: 2 }]);
  stand.turn((now) => stand.punch.onSockets([1, 2], now)).run(20_000);
  assert.deepEqual(stand.of("failed"), [{ type: "failed" }]);
  assert.deepEqual(stand.of("release"), [{ type: "release", sockets: [1, 2] }]);
  assert.equal(stand.punch.timeout, Number.POSITIVE_INFINITY);
});

test('predict: where the first socket is seen goes with "go", then the six ports after the far end\'s', () => {
  const counting = { far: { ...FAR, ...COUNTING }, near: { ...HOME, ...COUNTING } };
  const stand = new Stand(counting).start();
  stand.turn((now) => stand.punch.onSockets([1, 2], now));
  const [query] = stand.of("query");
  assert.deepEqual([query?.socket, query?.server], [1, SERVER]);
  const observed = { ip: "203.0.113.1", port: 20_000 };
  stand.now = 40;
  stand.turn((now) => stand.punch.onAnswer(query?.tag ?? -1, observed, SERVER, now));
  assert.deepEqual(stand.signals("go"), [{ type: "go", attempt: 0, isOpen: false, observed }]);
  const farGo = { ...GO, isOpen: false, observed: { ip: "203.0.113.2", port: 30_000 } };
  stand.turn((now) => stand.punch.onSignal(farGo, now)).run(200);
  const ports = stand.of("opener").map(({ to }) => to.port);
  assert.deepEqual(ports.slice(0, 6), [30_001, 30_002, 30_003, 30_004, 30_005, 30_006]);
  assert.ok(stand.of("opener").every(({ socket }) => socket === 2));
});

test('abuse: an address in "go" that the server has not verified is not sent to', () => {
  const far = { ...FAR, ...COUNTING };
  const stand = new Stand({ far, verifiedIps: ["203.0.113.2"] }).start();
  const observed = { ip: "192.0.2.66", port: 53 };
  stand.turn((now) => stand.punch.onSignal({ ...GO, isOpen: false, observed }, now)).run(5_000);
  assert.ok(stand.told.every(({ action }) => !("to" in action) || action.to.ip !== observed.ip));
});

test("no UDP at one end, or nothing that could get through: failed at once", () => {
  const blocked = new Stand({ far: { ...FAR, udp: "blocked" } }).start();
  assert.deepEqual([blocked.punch.plan.type, blocked.at("failed")], ["tcp", [0]]);
  const random = { mapping: "address-and-port-dependent", allocation: { type: "random" } } as const;
  const ends = { near: { ...HOME, ...random }, far: { ...FAR, ...random } };
  const hopeless = new Stand(ends).start();
  assert.deepEqual([hopeless.punch.plan.type, hopeless.at("failed")], ["relay", [0]]);
});

test("another attempt takes its place: it does nothing more, and gives its sockets back", () => {
  const stand = new Stand({ far: { ...FAR, ...COUNTING }, near: { ...HOME, ...COUNTING } }).start();
  stand.turn((now) => stand.punch.onSockets([1, 2], now));
  assert.deepEqual(stand.punch.abandon(), [1, 2]);
  const count = stand.told.length;
  stand.run(60_000);
  assert.equal(stand.told.length, count);
});

test("sockets that come after the end are given back", () => {
  const stand = new Stand({ far: { ...FAR, ...COUNTING }, near: { ...HOME, ...COUNTING } }).start();
  stand.run(20_000).turn((now) => stand.punch.onSockets([1, 2], now));
  assert.deepEqual(stand.of("release"), [{ type: "release", sockets: [1, 2] }]);
});
