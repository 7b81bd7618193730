import assert from "node:assert/strict";
import { test } from "node:test";
import { expected, MATRIX_CLASSES, NAT_CLASSES, natClass } from "../../../lab/index.ts";

/** Measured by brute force: every technique tried on every pair, 20 seeds each. One letter a pair. */
const MEASURED: readonly [string, string][] = [
  ["eim-eif", "DDDDDDDDDDDDDDD"],
  ["eim-adf", "DDDDDDDDDDDDDDD"],
  ["eim-apdf", "DDDPBPBPBPBPBPB"],
  ["adm-eif-sequential", "DDPDDDDPPDDDDPP"],
  ["adm-eif-random", "DDBDDDDRRDDDDRR"],
  ["adm-adf-sequential", "DDPDDPPPPDDPPPP"],
  ["adm-adf-random", "DDBDDPRRRDDPRRR"],
  ["adm-apdf-sequential", "DDPPRPRPRPRPRPR"],
  ["adm-apdf-random", "DDBPRPRRRPRPRRR"],
  ["apdm-eif-sequential", "DDPDDDDPPDDDDPR"],
  ["apdm-eif-random", "DDBDDDDRRDDDDRR"],
  ["apdm-adf-sequential", "DDPDDPPPPDDPPPR"],
  ["apdm-adf-random", "DDBDDPRRRDDPRRR"],
  ["apdm-apdf-sequential", "DDPPRPRPRPRPRPR"],
  ["apdm-apdf-random", "DDBPRPRRRRRRRRR"],
];

test("theory agrees with measurement on the 15 x 15 classes of RFC 4787", () => {
  for (const [one, row] of MEASURED) {
    const predicted = MEASURED.map(([other]) => expected(natClass(one), natClass(other))).join("");
    assert.equal(predicted, row, one);
  }
});

test("what theory says of a pair does not depend on who is first", () => {
  for (const one of NAT_CLASSES.values()) {
    for (const other of NAT_CLASSES.values()) {
      assert.equal(expected(one, other), expected(other, one), `${one.key} x ${other.key}`);
    }
  }
});

test("layers count by the strictest, and Linux by what it looks like", () => {
  const pairs: readonly [string, string, string][] = [
    ["linux", "linux-accept", "D"],
    ["firewall", "firewall", "D"],
    ["cgn", "linux", "D"],
    ["cgn", "apdm-apdf-sequential", "P"],
    ["linux", "linux-random", "B"],
    ["linux-random", "linux-random", "R"],
    ["apdm-apdf-block", "apdm-apdf-block", "scan"],
    ["open", "apdm-apdf-random", "D"],
    ["open", "udp-blocked", "R"],
  ];
  for (const [one, other, meeting] of pairs) {
    assert.equal(expected(natClass(one), natClass(other)), meeting, `${one} x ${other}`);
  }
});

test("the matrix has 15 classes, and a pair for every way to meet", () => {
  assert.equal(new Set(MATRIX_CLASSES).size, 15);
  const meetings = MATRIX_CLASSES.flatMap((one) => MATRIX_CLASSES.map((two) => expected(one, two)));
  assert.deepEqual(new Set(meetings), new Set(["D", "P", "B", "scan", "R"]));
});

test("a class is plain JSON", () => {
  for (const one of NAT_CLASSES.values()) {
    assert.deepEqual(JSON.parse(JSON.stringify(one)), one, one.key);
  }
});
