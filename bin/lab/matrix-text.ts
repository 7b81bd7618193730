import type { Meeting } from "../../test/lab/index.ts";
import { type MeetingSummary, type MeetingWay, WAYS } from "./meeting-result.ts";

/** A pair of NAT classes and how meetings of such peers went. */
export interface MatrixCell {
  readonly row: string;
  readonly column: string;
  /** What theory says, see `expected` of `rtmfp/lab`. */
  readonly expected: Meeting;
  readonly summary: MeetingSummary;
}

/** The matrix of all pairs for people to read, with a legend, line by line. */
export function matrixText(keys: readonly string[], cells: readonly MatrixCell[]): string[] {
  const byPair = new Map(cells.map((cell) => [`${cell.row} ${cell.column}`, cell]));
  const nameWidth = Math.max(...keys.map((key) => key.length));
  const numbers = keys.map((_, index) => `${index + 1}`.padStart(CELL_WIDTH));
  const lines = keys.map((row, index) => {
    const entries = keys.map((column) => entryOf(byPair.get(`${row} ${column}`)));
    return `${`${index + 1}`.padStart(2)} ${row.padEnd(nameWidth)} ${entries.join("")}`;
  });
  return [`${" ".repeat(nameWidth + 4)}${numbers.join("")}`, ...lines, "", ...LEGEND];
}

/** One pair with its numbers. */
export function cellText({ row, column, expected, summary }: MatrixCell): string {
  const { ways, firstMessageMs, directMs } = summary;
  const shares = WAYS.filter((way) => ways[way] > 0).map(
    (way) => `${WORDS[way]} ${percent(ways[way])}`,
  );
  const times = [`first message ${ms(firstMessageMs)}`, `direct ${ms(directMs)}`];
  return `${row} × ${column}: ${[...shares, ...times, `in theory ${LETTERS[expected]}`].join(", ")}`;
}

/** Did as many get through as theory says, by chance rather many than all? */
export function isAsExpected({ expected, summary: { ways, direct } }: MatrixCell): boolean {
  return ways.none === 0 && direct >= LEAST_DIRECT[expected];
}

/** `D100`: what theory says, and how many of a hundred got a direct path. */
function entryOf(cell: MatrixCell | undefined): string {
  if (!cell) return " ".repeat(CELL_WIDTH);
  const { expected, summary } = cell;
  const isLost = summary.ways.none > 0 ? "!" : "";
  return `${LETTERS[expected]}${Math.round(summary.direct * 100)}${isLost}`.padStart(CELL_WIDTH);
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function ms(value: number | undefined): string {
  return value === undefined ? "never" : `${Math.round(value)} ms`;
}

const CELL_WIDTH = 6;

const LETTERS: Readonly<Record<Meeting, string>> = { D: "D", P: "P", B: "B", scan: "S", R: "R" };
const WORDS: Readonly<Record<MeetingWay, string>> = {
  direct: "direct",
  predict: "predicted",
  birthday: "birthday",
  scan: "scan",
  tcp: "TCP",
  relay: "relay",
  none: "never",
};

/** Share of meetings that become direct, at least. */
const LEAST_DIRECT: Readonly<Record<Meeting, number>> = { D: 1, P: 0.95, B: 0.95, scan: 0.9, R: 0 };

const LEGEND = [
  "A letter for what theory says, and how many of 100 meetings ended on a direct path; the others talk",
  "over the relay. D: direct at once. P: by predicting ports. B: birthday, many ports against many probes.",
  "S: both scan a small block of ports. R: relay. An exclamation mark: some did not meet at all.",
];
