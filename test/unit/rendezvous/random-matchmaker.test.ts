import assert from "node:assert/strict";
import { test } from "node:test";
import type { PairOutcome, PairRequest } from "../../../rendezvous/matchmaker/matchmaker.ts";
import { MAX_RECENT } from "../../../rendezvous/matchmaker/member.ts";
import { RandomMatchmaker } from "../../../rendezvous/matchmaker/random-matchmaker.ts";
import { Prng } from "../../lab/index.ts";
import { cpuTimeMs } from "../../support/cpu-time.ts";
import { isRefusal } from "../../support/rendezvous-refusal.ts";

function matchmaker(seed = 1, maxMembers?: number): RandomMatchmaker {
  const random = new Prng(seed);
  return new RandomMatchmaker({ random: (length) => random.bytes(length), maxMembers });
}

function request(change: Partial<PairRequest> = {}): PairRequest {
  return { app: "chat", tags: [], avoid: new Set(), language: undefined, ...change };
}

function outcomes(of: RandomMatchmaker): PairOutcome[] {
  const all: PairOutcome[] = [];
  for (let outcome = of.poll(); outcome; outcome = of.poll()) all.push(outcome);
  return all;
}

/** Who was paired with whom: "a+b", the initiator first. */
function pairsOf(of: RandomMatchmaker): string[] {
  return outcomes(of).flatMap((outcome) =>
    outcome.type === "paired" && outcome.initiator
      ? [`${outcome.peerId}+${outcome.partnerId}`]
      : [],
  );
}

test("two are paired: each is told of the other, with the own ticket, one initiates", () => {
  const line = matchmaker();
  const ticketOfA = line.join("a", request({ tags: ["x", "y"] }), 0);
  assert.deepEqual(outcomes(line), []);
  const ticketOfB = line.join("b", request({ tags: ["y", "z"] }), 1);
  assert.deepEqual(outcomes(line), [
    {
      type: "paired",
      peerId: "b",
      partnerId: "a",
      initiator: true,
      tags: ["y"],
      ticket: ticketOfB,
    },
    {
      type: "paired",
      peerId: "a",
      partnerId: "b",
      initiator: false,
      tags: ["y"],
      ticket: ticketOfA,
    },
  ]);
  assert.notEqual(ticketOfA, ticketOfB);
  assert.deepEqual(line.stats, { waiting: 0, pairs: 1 });
  assert.deepEqual([...line.pairs()], [["b", "a"]]);
});

const compatibility: readonly [string, Partial<PairRequest>, Partial<PairRequest>, boolean][] = [
  ["no tags, no tags", {}, {}, true],
  ["a tag in common", { tags: ["x", "y"] }, { tags: ["y"] }, true],
  ["tags, none in common", { tags: ["x"] }, { tags: ["y"] }, false],
  ["tags are told apart by case", { tags: ["x"] }, { tags: ["X"] }, false],
  ["tags, no tags", { tags: ["x"] }, {}, false],
  ["another application", { app: "one" }, { app: "two" }, false],
  ["same language", { language: "en" }, { language: "en" }, true],
  ["other languages", { language: "en" }, { language: "de" }, false],
  ["a language and any", { language: "en" }, {}, true],
  ["the first avoids the second", { avoid: new Set(["b"]) }, {}, false],
  ["the second avoids the first", {}, { avoid: new Set(["a"]) }, false],
  ["an application and a tag that look alike", { app: 'a","b' }, { app: "a", tags: ["b"] }, false],
];

for (const [what, one, other, isPaired] of compatibility) {
  test(`${what}: ${isPaired ? "paired" : "not paired"}, whoever comes first`, () => {
    for (const [first, second] of [
      [one, other],
      [other, one],
    ] as const) {
      const line = matchmaker();
      const [nameOfFirst, nameOfSecond] = first === one ? ["a", "b"] : ["b", "a"];
      line.join(nameOfFirst, request(first), 0);
      line.join(nameOfSecond, request(second), 0);
      line.advance(1e9);
      const expected = isPaired ? [`${nameOfSecond}+${nameOfFirst}`] : [];
      assert.deepEqual(pairsOf(line), expected);
    }
  });
}

test("nobody is paired with oneself, however often one joins", () => {
  const line = matchmaker();
  const ticket = line.join("a", request(), 0);
  assert.equal(line.join("a", request(), 10), ticket, "the same place");
  assert.equal(line.next("a", 20), ticket);
  assert.equal(line.join("a", request({ tags: ["x"] }), 30), ticket, "moved");
  line.advance(1e9);
  assert.deepEqual(outcomes(line), []);
  assert.equal(line.stats.waiting, 1);
  line.join("b", request(), 40);
  assert.deepEqual(outcomes(line), [], "a has left the line without tags");
  line.join("c", request({ tags: ["x"] }), 50);
  assert.deepEqual(pairsOf(line), ["c+a"]);
});

test("joining with a partner leaves that partner", () => {
  const line = matchmaker();
  line.join("a", request(), 0);
  const before = line.join("b", request(), 0);
  outcomes(line);
  assert.notEqual(line.join("b", request({ tags: ["x"] }), 1), before);
  assert.deepEqual(outcomes(line), [
    { type: "ended", peerId: "a", partnerId: "b", reason: "next" },
  ]);
  assert.deepEqual(line.stats, { waiting: 1, pairs: 0 });
});

test("leave, remove and next say why to the partner, once, and only to a partner", () => {
  const line = matchmaker();
  const reasons = { leave: "leave", remove: "disconnect", next: "next" } as const;
  for (const act of ["leave", "remove", "next"] as const) {
    line.join("a", request(), 0);
    line.join("b", request(), 1e6);
    line.advance(2e6);
    assert.equal(pairsOf(line).length, 1, act);
    line[act]("a", 3e6);
    line.leave("a");
    assert.deepEqual(outcomes(line), [
      { type: "ended", peerId: "b", partnerId: "a", reason: reasons[act] },
    ]);
    line.remove("a");
    line.remove("b");
    assert.deepEqual(outcomes(line), []);
    assert.deepEqual(line.stats, { waiting: 0, pairs: 0 });
  }
  line.leave("nobody");
  line.remove("nobody");
});

test("next before any join is refused", () => {
  assert.throws(() => matchmaker().next("a", 0), isRefusal("NOT_JOINED"));
});

test("the same two meet again only if nobody else would do, and not at once", () => {
  const line = matchmaker();
  line.join("a", request(), 0);
  line.join("b", request(), 0);
  line.next("a", 1_000);
  line.next("b", 1_100);
  pairsOf(line);
  line.advance(3_999);
  assert.deepEqual(pairsOf(line), []);
  assert.equal(line.timeout, 4_000);
  line.advance(4_000);
  assert.deepEqual(pairsOf(line), ["a+b"]);
  line.next("a", 5_000);
  line.next("b", 5_000);
  line.join("c", request(), 5_000);
  const [pair] = pairsOf(line);
  assert.ok(pair === "c+a" || pair === "c+b", pair);
});

test("one who has waited long takes a former partner at once", () => {
  const line = matchmaker();
  line.join("a", request(), 0);
  line.join("b", request(), 0);
  line.next("a", 1_000);
  pairsOf(line);
  line.advance(50_000);
  line.next("b", 50_000);
  assert.deepEqual(pairsOf(line), ["b+a"]);
});

test("whom one has reported one does not meet again; only partners can be reported", () => {
  const line = matchmaker();
  assert.throws(() => line.report("a", "b"), isRefusal("NOT_A_PARTNER"));
  line.join("a", request(), 0);
  assert.throws(() => line.report("a", "b"), isRefusal("NOT_A_PARTNER"));
  line.join("b", request(), 0);
  line.leave("a");
  line.report("a", "b");
  outcomes(line);
  line.next("a", 1);
  line.next("b", 2);
  line.advance(1e9);
  assert.deepEqual(outcomes(line), []);
  assert.equal(line.stats.waiting, 2);
});

test(`the last ${MAX_RECENT} partners count as met, not those before`, () => {
  const line = matchmaker();
  for (let index = 0; index <= MAX_RECENT; index += 1) {
    line.join("a", request(), index);
    line.join(`partner ${index}`, request(), index);
    line.leave("a");
  }
  outcomes(line);
  line.report("a", "partner 1");
  assert.throws(() => line.report("a", "partner 0"), isRefusal("NOT_A_PARTNER"));
});

test("more members than the limit are refused; who is one stays one", () => {
  const line = matchmaker(1, 2);
  line.join("a", request(), 0);
  line.join("b", request({ tags: ["x"] }), 0);
  assert.throws(() => line.join("c", request(), 0), isRefusal("FULL"));
  line.join("a", request({ tags: ["y"] }), 0);
  line.remove("b");
  line.join("c", request(), 0);
});

test("the choice is random, and every one who waits is chosen at times", () => {
  const partners = new Set<string>();
  for (let seed = 0; seed < 200; seed += 1) {
    const line = matchmaker(seed);
    const names = ["b", "c", "d", "e"];
    const avoid = new Set(names);
    for (const name of names) line.join(name, request({ tags: ["x", name], avoid }), 0);
    line.join("a", request({ tags: ["x"] }), 0);
    for (const pair of pairsOf(line)) partners.add(pair);
  }
  assert.deepEqual(
    [...partners].sort((a, b) => (a < b ? -1 : 1)),
    ["a+b", "a+c", "a+d", "a+e"],
  );
});

test("joining a line of 20 000 takes a fraction of a millisecond", () => {
  const line = matchmaker();
  const busy = (count: number): number => {
    const start = cpuTimeMs();
    for (let index = 0; index < count; index += 1) {
      line.join(`peer ${line.stats.waiting}`, request({ tags: [`tag ${line.stats.waiting}`] }), 0);
    }
    return (cpuTimeMs() - start) / count;
  };
  busy(1_000);
  while (line.stats.waiting < 20_000) busy(1_000);
  assert.equal(line.stats.waiting, 20_000);
  const perJoinMs = busy(1_000);
  assert.ok(perJoinMs < 0.5, `${perJoinMs} ms each`);
});
