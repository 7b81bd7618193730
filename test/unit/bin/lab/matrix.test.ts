import assert from "node:assert/strict";
import { test } from "node:test";
import { matrixSvg } from "../../../../bin/lab/matrix-svg.ts";
import {
  cellText,
  isAsExpected,
  type MatrixCell,
  matrixText,
} from "../../../../bin/lab/matrix-text.ts";
import { type MeetingResult, summarize } from "../../../../bin/lab/meeting-result.ts";
import { expected, natClass } from "../../../lab/index.ts";

const DIRECT: MeetingResult = { way: "direct", firstMessageMs: 140, directMs: 150 };
const GUESSED: MeetingResult = { way: "birthday", firstMessageMs: 120, directMs: 900 };
const RELAYED: MeetingResult = { way: "relay", firstMessageMs: 160, directMs: undefined };
const LOST: MeetingResult = { way: "none", firstMessageMs: undefined, directMs: undefined };

function cell(row: string, column: string, ...results: readonly MeetingResult[]): MatrixCell {
  const summary = summarize(results);
  return { row, column, expected: expected(natClass(row), natClass(column)), summary };
}

test("a summary has shares of the ways, and medians of those who got there", () => {
  const summary = summarize([DIRECT, GUESSED, RELAYED, LOST]);
  assert.deepEqual(summary.ways, {
    ...{ direct: 0.25, predict: 0, birthday: 0.25, scan: 0 },
    ...{ tcp: 0, relay: 0.25, none: 0.25 },
  });
  assert.deepEqual(
    [summary.direct, summary.firstMessageMs, summary.longestFirstMessageMs],
    [0.5, 140, 160],
  );
  assert.deepEqual([summary.directMs, summary.longestDirectMs], [150, 900]);
  assert.equal(summarize([]).directMs, undefined);
});

test("a cell is less than theory allows if too few are direct, or anybody is lost", () => {
  assert.ok(isAsExpected(cell("open", "linux", DIRECT)));
  assert.ok(!isAsExpected(cell("open", "linux", DIRECT, RELAYED)));
  assert.ok(isAsExpected(cell("udp-blocked", "linux", RELAYED)));
  assert.ok(!isAsExpected(cell("udp-blocked", "linux", RELAYED, LOST)));
});

test("the table has a letter and a share for every pair, and a legend", () => {
  const keys = ["linux", "apdm-apdf-random"];
  const cells = [
    cell("linux", "linux", DIRECT),
    cell("linux", "apdm-apdf-random", GUESSED, LOST),
    cell("apdm-apdf-random", "linux", GUESSED, LOST),
    cell("apdm-apdf-random", "apdm-apdf-random", RELAYED),
  ];
  const [, one, other, , legend] = matrixText(keys, cells);
  assert.match(String(one), /^ 1 linux +D100 +B50!$/);
  assert.match(String(other), /^ 2 apdm-apdf-random +B50! +R0$/);
  assert.match(String(legend), /^A letter for what theory says/);
});

test("a pair in words", () => {
  assert.equal(
    cellText(cell("linux", "apdm-apdf-random", GUESSED, RELAYED)),
    "linux × apdm-apdf-random: birthday 50 %, relay 50 %, first message 120 ms, direct 900 ms, in theory B",
  );
});

test("the heat map is well-formed, with a box for every pair and a colour for every way", () => {
  const keys = ["linux", "udp-blocked"];
  const tcp: MeetingResult = { way: "tcp", firstMessageMs: 140, directMs: undefined };
  const svg = matrixSvg(keys, [
    cell("linux", "linux", DIRECT),
    cell("linux", "udp-blocked", tcp),
    cell("udp-blocked", "linux", RELAYED),
    cell("udp-blocked", "udp-blocked", LOST),
  ]);
  const boxes = [...svg.matchAll(/<g>.*fill="(#\w+)".*<\/g>/g)].map(([, colour]) => colour);
  assert.equal(new Set(boxes).size, 4);
  for (const tag of ["svg", "g", "text", "title"]) {
    const [opened, closed] = [svg.split(`<${tag}`).length, svg.split(`</${tag}>`).length];
    assert.equal(opened, closed, tag);
  }
});
