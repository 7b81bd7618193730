import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Dependence, NatReport, PortAllocation } from "../../../peer/traversal/nat-report.ts";
import { type Plan, strategies } from "../../../peer/traversal/strategy.ts";
import { natReports } from "../../support/nat-reports.ts";

const WORDS: Readonly<Record<string, Dependence>> = {
  EIM: "endpoint-independent",
  ADM: "address-dependent",
  APDM: "address-and-port-dependent",
  EIF: "endpoint-independent",
  ADF: "address-dependent",
  APDF: "address-and-port-dependent",
};

/** `EIM APDF`, `ADM EIF seq`, `APDM APDF block`, `EIM? APDF`: seen from one address alone. */
function nat(text: string, ip = "203.0.113.1"): NatReport {
  const [mapping = "", filtering = "", ports = "rnd"] = text.split(" ");
  const allocations: Readonly<Record<string, PortAllocation>> = {
    seq: { type: "sequential", step: 1 },
    rnd: { type: "random" },
    block: { type: "block", base: 2_000, size: 512 },
    large: { type: "block", base: 2_000, size: 4_096 },
    kept: { type: "preserving" },
  };
  return {
    udp: "open",
    isTranslated: true,
    mapping: WORDS[mapping.replace("?", "")] ?? "unknown",
    isMappingCertain: !mapping.endsWith("?"),
    filtering: WORDS[filtering] ?? "unknown",
    allocation: allocations[ports] ?? { type: "unknown" },
    hairpin: undefined,
    reflexive: [{ ip, port: 1_234 }],
  };
}

const far = (text: string): NatReport => nat(text, "203.0.113.2");
const plansOf = (one: string, other: string): readonly Plan[] =>
  strategies(nat(one), far(other), "initiator");
const typesOf = (one: string, other: string): string[] =>
  plansOf(one, other).map(({ type }) => type);
const firstOf = (one: string, other: string): string => typesOf(one, other)[0] ?? "";

const OPEN = ["EIM EIF", "EIM ADF"];
const HARD = ["ADM", "APDM"].flatMap((mapping) =>
  ["EIF", "ADF", "APDF"].flatMap((filter) => [
    `${mapping} ${filter} seq`,
    `${mapping} ${filter} rnd`,
  ]),
);
const ALL = [...OPEN, "EIM APDF", ...HARD];

test("who answers anybody at one address is reached by everybody", () => {
  for (const one of OPEN) for (const other of ALL) assert.equal(firstOf(one, other), "direct");
  assert.equal(firstOf("EIM APDF", "EIM APDF"), "direct");
});

test("a strict filter before a fixed port: predict what counts, else birthday", () => {
  for (const other of HARD) {
    const way = other.endsWith("seq") ? "predict" : "birthday";
    assert.equal(firstOf("EIM APDF", other), way, other);
    assert.equal(firstOf(other, "EIM APDF"), way, other);
  }
});

test("two hard NATs: the table, and both orders the same", () => {
  const cases: readonly [string, string, string][] = [
    ["ADM EIF rnd", "APDM EIF rnd", "direct"],
    ["ADM EIF rnd", "APDM ADF seq", "direct"],
    ["ADM ADF seq", "ADM ADF rnd", "predict"],
    ["APDM ADF rnd", "APDM ADF rnd", "relay"],
    ["ADM EIF seq", "ADM APDF seq", "predict"],
    ["ADM EIF rnd", "ADM APDF seq", "relay"],
    ["ADM EIF seq", "APDM APDF rnd", "predict"],
    ["APDM EIF seq", "ADM APDF rnd", "predict"],
    ["APDM EIF seq", "APDM APDF rnd", "relay"],
    ["APDM APDF seq", "ADM APDF seq", "predict"],
    ["APDM APDF seq", "APDM APDF rnd", "relay"],
    ["APDM APDF rnd", "APDM APDF rnd", "relay"],
    ["APDM APDF kept", "APDM APDF kept", "relay"],
    ["APDM APDF block", "APDM APDF block", "scan"],
    ["APDM APDF block", "APDM APDF large", "relay"],
    ["APDM APDF block", "APDM APDF rnd", "relay"],
  ];
  for (const [one, other, way] of cases) {
    assert.equal(firstOf(one, other), way, `${one} - ${other}`);
    assert.equal(firstOf(other, one), way, `${other} - ${one}`);
  }
});

test("only those ports are foreseen that count", () => {
  assert.deepEqual(plansOf("EIM APDF", "APDM APDF seq")[0], {
    type: "predict",
    near: false,
    far: true,
  });
  assert.deepEqual(plansOf("APDM APDF seq", "ADM APDF seq")[0], {
    type: "predict",
    near: true,
    far: true,
  });
});

test("a birthday in a block needs its ports alone", () => {
  assert.deepEqual(plansOf("EIM APDF", "APDM APDF block")[0], {
    type: "birthday",
    sockets: "far",
    ports: { base: 2_000, size: 512 },
  });
});

test("what failed is followed by another plan, or another socket", () => {
  assert.deepEqual(typesOf("EIM APDF kept", "EIM APDF kept"), ["direct", "direct"]);
  assert.deepEqual(typesOf("EIM APDF", "APDM APDF seq"), ["predict", "birthday"]);
  assert.deepEqual(typesOf("EIM? APDF kept", "EIM? APDF kept"), ["direct", "direct"]);
  assert.deepEqual(typesOf("EIM? APDF rnd", "EIM APDF"), ["direct", "birthday", "direct"]);
  assert.deepEqual(typesOf("EIM? APDF seq", "EIM APDF"), [
    "direct",
    "predict",
    "birthday",
    "direct",
  ]);
  const both = plansOf("EIM? APDF rnd", "EIM? APDF rnd");
  assert.ok(both.some((plan) => plan.type === "birthday" && plan.sockets === "both"));
});

test("without UDP there is TCP; behind one address, the inside addresses first", () => {
  const blocked: NatReport = { ...nat("EIM APDF"), udp: "blocked" };
  assert.deepEqual(strategies(blocked, far("EIM EIF"), "initiator"), [{ type: "tcp" }]);
  const same = strategies(nat("APDM APDF rnd"), nat("APDM APDF rnd"), "initiator");
  assert.equal(same[0]?.type, "direct");
});

test("both ends come to the same plans, whatever they report", () => {
  const swapped = (plan: Plan): Plan => {
    if (plan.type === "predict") return { ...plan, near: plan.far, far: plan.near };
    if (plan.type === "scan") return { ...plan, near: plan.far, far: plan.near };
    if (plan.type !== "birthday" || plan.sockets === "both") return plan;
    return { ...plan, sockets: plan.sockets === "near" ? "far" : "near" };
  };
  fc.assert(
    fc.property(natReports, natReports, (near, other) => {
      const here = strategies(near, other, "initiator");
      const there = strategies(other, near, "responder");
      assert.ok(here.length > 0 && here.length <= 8);
      assert.deepEqual(there.map(swapped), here);
    }),
  );
});
