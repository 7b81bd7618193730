import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type LifetimeAction,
  type MappingLifetime,
  MappingLifetimeTest,
} from "../../../peer/traversal/mapping-lifetime.ts";
import { ProbePacer } from "../../../peer/traversal/probe-pacer.ts";

const SERVER = { ip: "198.51.100.1", port: 1_935 };

interface World {
  /** Mappings end after so much silence. */
  readonly lifetimeMs: number;
  readonly limitMs: number;
  /** Everything is lost from then on. */
  readonly brokenFromMs?: number;
  /** So many of the first questions to a sleeper are lost. */
  readonly losses?: number;
  /** The server knows nothing of other ports. */
  readonly ignoresPorts?: boolean;
  /** External IP address of a socket. */
  readonly ipOf?: (socket: number) => string;
}

interface Finding {
  readonly lifetime: MappingLifetime | undefined;
  readonly endedAt: number;
  readonly opened: number;
  readonly released: number;
}

function find(world: World): Finding {
  const { lifetimeMs, limitMs, brokenFromMs = Number.POSITIVE_INFINITY } = world;
  const { ignoresPorts = false, ipOf = () => "203.0.113.1" } = world;
  const machine = new MappingLifetimeTest({ server: SERVER, pacer: new ProbePacer(), limitMs });
  const usedAt = new Map<number, number>();
  let losses = world.losses ?? 0;
  let [now, opened, released] = [0, 0, 0];
  let report: (LifetimeAction & { readonly type: "report" }) | undefined;
  const answer = (action: LifetimeAction & { readonly type: "query" }): void => {
    const { socket, tag, replyPort } = action;
    if (now >= brokenFromMs) return;
    usedAt.set(socket, now);
    const observed = { ip: ipOf(socket), port: 4_000 + socket };
    const to = replyPort && !ignoresPorts ? replyPort - 4_000 : socket;
    if (now - (usedAt.get(to) ?? 0) >= lifetimeMs) return;
    if (to !== socket && losses > 0) {
      losses -= 1;
      return;
    }
    machine.onAnswer(tag, observed, SERVER, now, to);
  };
  machine.start(0);
  for (let steps = 0; steps < 10_000 && !report; steps += 1) {
    machine.advance(now);
    for (let action = machine.poll(); action; action = machine.poll()) {
      if (action.type === "report") report = action;
      else if (action.type === "release") released += action.sockets.length;
      else if (action.type === "query") answer(action);
      else {
        opened += action.count;
        const sockets = Array.from({ length: action.count }, (_, index) => ({ id: index + 1 }));
        machine.onSockets(sockets, now);
      }
    }
    if (machine.timeout < Number.POSITIVE_INFINITY) now = Math.max(now, machine.timeout);
  }
  assert.ok(report, "no report");
  return { lifetime: report.lifetime, endedAt: now, opened, released };
}

test("RFC 4787 §4.3 a mapping that ends is found between the last silence it outlived and the next", () => {
  for (const [lifetimeMs, atLeastMs, lessThanMs] of [
    [1_900, 0, 2_000],
    [12_000, 10_000, 15_000],
    [30_010, 30_000, 45_000],
    [119_000, 90_000, 120_000],
    [121_000, 120_000, 180_000],
  ] as const) {
    const { lifetime, endedAt, opened, released } = find({ lifetimeMs, limitMs: 200_000 });
    assert.deepEqual(lifetime, { atLeastMs, lessThanMs });
    assert.ok(endedAt < lessThanMs + 5_000, `${endedAt}`);
    assert.equal(released, opened);
  }
});

test("REQ-5 two minutes and more: the test ends at its limit, and says that it lasts longer", () => {
  const { lifetime, endedAt } = find({ lifetimeMs: 600_000, limitMs: 130_000 });
  assert.deepEqual(lifetime, { atLeastMs: 130_000, lessThanMs: undefined });
  assert.ok(endedAt < 135_000);
});

test("an answer that is lost twice is asked for again", () => {
  const { lifetime } = find({ lifetimeMs: 12_000, limitMs: 60_000, losses: 2 });
  assert.deepEqual(lifetime, { atLeastMs: 10_000, lessThanMs: 15_000 });
});

test("a network that breaks meanwhile says nothing of mappings: what was seen before holds", () => {
  const broken = find({ lifetimeMs: 100_000, limitMs: 60_000, brokenFromMs: 17_000 });
  assert.deepEqual(broken.lifetime, { atLeastMs: 15_000, lessThanMs: undefined });
  assert.equal(find({ lifetimeMs: 1, limitMs: 60_000, brokenFromMs: 0 }).lifetime, undefined);
});

test("unknown where the server sends to no other port, or sockets are seen at other addresses", () => {
  assert.equal(find({ lifetimeMs: 1e6, limitMs: 60_000, ignoresPorts: true }).lifetime, undefined);
  const pool = { ipOf: (socket: number) => `203.0.113.${socket}` };
  assert.equal(find({ lifetimeMs: 1e6, limitMs: 60_000, ...pool }).lifetime, undefined);
});
