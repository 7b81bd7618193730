import assert from "node:assert/strict";
import { test } from "node:test";
import type { Candidate } from "../../../peer/traversal/candidates.ts";
import type { NatReport } from "../../../peer/traversal/nat-report.ts";
import { type ProbeAction, ProbeBoard } from "../../../peer/traversal/probe-board.ts";
import { ProbePacer } from "../../../peer/traversal/probe-pacer.ts";
import type { Plan } from "../../../peer/traversal/strategy.ts";
import { type Field, type Tactic, tacticFor } from "../../../peer/traversal/tactics.ts";
import { Prng } from "../../lab/index.ts";

const FAR_IP = "203.0.113.2";
const HOME: NatReport = {
  udp: "open",
  isTranslated: true,
  mapping: "endpoint-independent",
  isMappingCertain: true,
  filtering: "address-and-port-dependent",
  allocation: { type: "preserving" },
  hairpin: undefined,
  reflexive: [{ ip: FAR_IP, port: 5_000 }],
};
const NEAR: NatReport = { ...HOME, reflexive: [{ ip: "203.0.113.1", port: 4_000 }] };

interface Stand {
  readonly tactic: Tactic;
  readonly field: Field;
  /** What the board sends in so many steps of 5 ms. */
  sent(steps?: number): ProbeAction[];
}

interface Ends {
  readonly far?: Partial<NatReport>;
  readonly near?: Partial<NatReport>;
  readonly candidates?: readonly Candidate[];
  readonly verifiedIps?: readonly string[];
}

function stand(plan: Plan, ends: Ends = {}): Stand {
  const tactic = tacticFor(plan);
  assert.ok(tactic);
  const board = new ProbeBoard([2, 4, 8]);
  const prng = new Prng(1, "tactics");
  const { candidates = [], verifiedIps } = ends;
  const field: Field = {
    board,
    sockets: Array.from({ length: tactic.sockets }, (_, index) => index + 1),
    options: {
      role: "initiator",
      near: { ...NEAR, ...ends.near },
      far: { ...HOME, ...ends.far },
      candidates,
      verifiedIps,
      server: undefined,
      serverRoundTripMs: 40,
      attempt: 0,
      pacer: new ProbePacer(),
      random: (limit) => prng.below(limit),
    },
  };
  let now = 0;
  const sent = (steps = 9): ProbeAction[] =>
    Array.from({ length: steps }, () => {
      now += 5;
      return board.take(now);
    }).filter((action) => action !== undefined);
  return { tactic, field, sent };
}

const targets = (actions: readonly ProbeAction[]): string[] => [
  ...new Set(actions.map(({ to }) => `${to.ip}:${to.port}`)),
];
const host = (ip: string): Candidate => ({ kind: "host", address: { ip, port: 6_000 } });

test("D, direct: an opener to where servers see the far end, and probes after the gate", () => {
  const { tactic, field, sent } = stand({ type: "direct", isFresh: false });
  assert.equal(tactic.begin(field, 0), true);
  const openers = sent();
  assert.deepEqual(
    openers.map(({ type }) => type),
    ["opener"],
  );
  field.board.openGate(50);
  assert.deepEqual(targets(sent()), [`${FAR_IP}:5000`]);
});

test("direct: candidates of IPv6 and of a network in common, but not private ones of another network", () => {
  const candidates = [host("10.0.0.9"), host("2001:db8::9")];
  const apart = stand({ type: "direct", isFresh: false }, { candidates });
  apart.tactic.begin(apart.field, 0);
  assert.deepEqual(targets(apart.sent()), [`${FAR_IP}:5000`, "2001:db8::9:6000"]);
  const near = { reflexive: [{ ip: FAR_IP, port: 4_000 }] };
  const together = stand({ type: "direct", isFresh: false }, { candidates, near });
  together.tactic.begin(together.field, 0);
  assert.ok(targets(together.sent()).includes("10.0.0.9:6000"));
});

test("change the socket after a failure: the other tells the far end where it is seen", () => {
  const { tactic, field, sent } = stand({ type: "direct", isFresh: true });
  assert.deepEqual([tactic.sockets, tactic.isObserved], [1, true]);
  assert.equal(tactic.begin(field, 0), false);
  assert.deepEqual(sent(), []);
  tactic.onGo(field, { ip: FAR_IP, port: 7_777 }, 50);
  const [opener] = sent(1);
  assert.deepEqual(opener, {
    ...{ type: "opener", socket: 1, to: { ip: FAR_IP, port: 7_777 } },
    ttlHops: 2,
  });
});

test("P, predict: six ports after the one that a server saw, in steps of the counter", () => {
  for (const [step, port, ports] of [
    [1, 20_000, [20_001, 20_002, 20_003, 20_004, 20_005, 20_006]],
    [-2, 20_000, [19_998, 19_996, 19_994, 19_992, 19_990, 19_988]],
    [4, 65_530, [65_534]],
  ] as const) {
    const allocation = { type: "sequential", step } as const;
    const ends = { far: { allocation } };
    const { tactic, field, sent } = stand({ type: "predict", near: false, far: true }, ends);
    assert.equal(tactic.begin(field, 0), false);
    tactic.onGo(field, { ip: FAR_IP, port }, 0);
    const foreseen = targets(sent(20)).filter((to) => !to.endsWith(":5000"));
    assert.deepEqual(
      foreseen,
      ports.map((next) => `${FAR_IP}:${next}`),
    );
  }
});

test("predict: the end that is foreseen sends from a new socket, and nothing before it", () => {
  const { tactic, field, sent } = stand({ type: "predict", near: true, far: true });
  assert.deepEqual([tactic.sockets, tactic.isObserved], [2, true]);
  tactic.begin(field, 0);
  assert.deepEqual(sent(), []);
  tactic.onGo(field, { ip: FAR_IP, port: 30_000 }, 45);
  assert.ok(sent().every(({ socket }) => socket === 2));
});

test("B, birthday: 256 sockets with openers at the one end, random ports at the other", () => {
  const ports = { base: 1_024, size: 64_512 };
  const hit = stand({ type: "birthday", sockets: "near", ports });
  assert.equal(hit.tactic.sockets, 256);
  assert.equal(hit.tactic.opensWhileGoing, true);
  assert.equal(hit.tactic.begin(hit.field, 0), true);
  hit.tactic.onGo(hit.field, undefined, 0);
  const openers = hit.sent(256);
  assert.ok(openers.every(({ type }) => type === "opener"));
  assert.equal(new Set(openers.map(({ socket }) => socket)).size, 256);
  const sprayer = stand({ type: "birthday", sockets: "far", ports });
  assert.equal(sprayer.tactic.sockets, 0);
  sprayer.tactic.begin(sprayer.field, 0);
  assert.deepEqual(sprayer.sent(), []);
  sprayer.tactic.onGo(sprayer.field, undefined, 45);
  const probes = sprayer.sent(500);
  assert.equal(targets(probes).length, 500);
  assert.ok(
    probes.every(({ type, socket, to }) => type === "probe" && !socket && to.ip === FAR_IP),
  );
});

test("birthday within a block: a quarter of its ports are enough sockets", () => {
  const ports = { base: 2_000, size: 512 };
  assert.equal(tacticFor({ type: "birthday", sockets: "near", ports })?.sockets, 128);
});

test("scan: every port of the far end's block, once from each socket, until 2,048 are sent", () => {
  const range = { base: 2_000, size: 600 };
  const { tactic, field, sent } = stand({ type: "scan", near: range, far: range });
  assert.equal(tactic.sockets, 3);
  tactic.begin(field, 0);
  tactic.onGo(field, undefined, 0);
  const probes = sent(3_000);
  assert.equal(probes.length, 2_048);
  const pairs = new Set(probes.map(({ socket, to }) => `${socket} ${to.port}`));
  assert.equal(pairs.size, 2_048);
  assert.ok(probes.every(({ to }) => to.port >= 2_000 && to.port < 2_600));
  assert.equal(new Set(probes.slice(0, 600).map(({ socket }) => socket)).size, 1);
});

test("abuse: ports are guessed at a verified IP address alone", () => {
  const ports = { base: 1_024, size: 1_000 };
  const { tactic, field, sent } = stand(
    { type: "birthday", sockets: "far", ports },
    { verifiedIps: ["192.0.2.1"] },
  );
  tactic.begin(field, 0);
  tactic.onGo(field, undefined, 0);
  assert.deepEqual(sent(50), []);
});

test("R, relay: host candidates are worth a try, and nothing else is", () => {
  const candidates = [host("2001:db8::9"), host("10.0.0.9")];
  const { tactic, field, sent } = stand({ type: "relay" }, { candidates });
  tactic.begin(field, 0);
  tactic.onGo(field, undefined, 0);
  assert.deepEqual(targets(sent(30)), ["2001:db8::9:6000"]);
});

test("where there is no UDP there is no tactic of UDP", () => {
  assert.equal(tacticFor({ type: "tcp" }), undefined);
});
