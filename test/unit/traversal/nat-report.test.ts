import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  decodeNatReport,
  encodeNatReport,
  MAX_REFLEXIVE,
  type NatReport,
  UNKNOWN_NAT,
} from "../../../peer/traversal/nat-report.ts";
import { MalformedError } from "../../../protocol/errors.ts";
import { natReports } from "../../support/nat-reports.ts";

test("a report survives signalling, in the words of RFC 4787", () => {
  fc.assert(
    fc.property(natReports, (report: NatReport) => {
      const wire: unknown = JSON.parse(JSON.stringify(encodeNatReport(report)));
      assert.deepEqual(decodeNatReport(wire), report);
    }),
  );
});

test("what a report lacks is unknown", () => {
  assert.deepEqual(decodeNatReport({}), { ...UNKNOWN_NAT });
});

test("anything a stranger sends is a report or malformed", () => {
  const fields = Object.keys(encodeNatReport(UNKNOWN_NAT));
  const strange = fc.oneof(
    fc.anything(),
    fc.dictionary(fc.constantFrom(...fields, "hairpin", "translated"), fc.anything()),
  );
  fc.assert(
    fc.property(strange, (value) => {
      try {
        decodeNatReport(value);
      } catch (error) {
        assert.ok(error instanceof MalformedError, String(error));
      }
    }),
  );
});

test("a report is bounded", () => {
  const reflexive = Array.from({ length: MAX_REFLEXIVE + 1 }, (_, index) => `192.0.2.${index}:1`);
  assert.throws(() => decodeNatReport({ reflexive }), MalformedError);
  for (const allocation of [
    { type: "sequential", step: 0 },
    { type: "sequential", step: 17 },
    { type: "block", base: 65_000, size: 1_000 },
    { type: "block", base: 0, size: 1 },
    { type: "block", base: 1.5, size: 1 },
    { type: "shuffled" },
  ]) {
    assert.throws(() => decodeNatReport({ allocation }), MalformedError);
  }
  for (const text of ["1.2.3.4", "1.2.3.4:0", "1.2.3.4:70000", "[1.2.3.4]:1", "::1:1", "a:1"]) {
    assert.throws(() => decodeNatReport({ reflexive: [text] }), MalformedError, text);
  }
});

test("a stranger's report does not make us send to everybody or to nobody", () => {
  const ips = ["0.0.0.0", "224.0.0.1", "255.255.255.255", "[::]", "[ff02::1]"];
  const reflexive = ips.map((ip) => `${ip}:1`);
  assert.deepEqual(decodeNatReport({ reflexive }).reflexive, []);
});
