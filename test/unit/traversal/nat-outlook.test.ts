import assert from "node:assert/strict";
import { test } from "node:test";
import { outlook } from "../../../peer/traversal/nat-outlook.ts";
import type { NatReport } from "../../../peer/traversal/nat-report.ts";

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
const SYMMETRIC: NatReport = { ...HOME, mapping: "address-and-port-dependent" };

/** Ways to no NAT, full cone, home router; to symmetric ones that count, with blocks, random; no UDP. */
const ways = (near: Partial<NatReport>): string =>
  outlook({ ...HOME, ...near })
    .map(({ way }) => way)
    .join(" ");

test("the table of NAT-FACTS, row by row", () => {
  assert.equal(
    ways({ filtering: "endpoint-independent" }),
    "direct direct direct direct direct direct tcp",
  );
  assert.equal(ways({}), "direct direct direct predict birthday birthday tcp");
  const counting = { ...SYMMETRIC, allocation: { type: "sequential", step: 1 } } as const;
  assert.equal(ways(counting), "direct direct predict predict relay relay tcp");
  const random = { ...SYMMETRIC, allocation: { type: "random" } } as const;
  assert.equal(ways(random), "direct direct birthday relay relay relay tcp");
  const block = { ...SYMMETRIC, allocation: { type: "block", base: 2_000, size: 512 } } as const;
  assert.equal(ways(block), "direct direct birthday relay scan relay tcp");
});

test("without UDP everything is TCP", () => {
  assert.equal(ways({ udp: "blocked" }), "tcp tcp tcp tcp tcp tcp tcp");
});
