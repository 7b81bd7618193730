import { appendFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { MATRIX_CLASSES, NAT_CLASSES, type NatClass } from "../../test/lab/index.ts";
import { type Command, type CommandContext, UsageError } from "../command.ts";
import { fileError } from "../files.ts";
import { runMatrix } from "../lab/matrix.ts";
import { matrixSvg } from "../lab/matrix-svg.ts";
import { cellText, isAsExpected, type MatrixCell, matrixText } from "../lab/matrix-text.ts";
import type { OptionValues } from "../options.ts";

const options = {
  classes: {
    type: "list",
    value: "A,B",
    help: "NAT classes to pair, all with all (default: 15 of them)",
  },
  seeds: {
    type: "number",
    value: "COUNT",
    help: "meetings of each pair, each with another seed",
    default: 20,
    range: [1, 10_000],
  },
  seed: {
    type: "number",
    value: "NUMBER",
    help: "the first seed; the same seeds give the same table",
    default: 1,
    range: [0, 4_294_957_295],
  },
  limit: {
    type: "number",
    value: "SECONDS",
    help: "how long to wait for a direct path",
    default: 10,
    range: [0.1, 3_600],
  },
  threads: {
    type: "number",
    value: "COUNT",
    help: "meetings at a time (default: one for each processor)",
    range: [1, 256],
  },
  details: { type: "boolean", help: "print the numbers of every pair, too" },
  svg: { type: "string", value: "FILE", help: "draw the table as a heat map, too" },
  json: { type: "boolean", help: "one JSON object a line instead of text" },
} as const;

/** The table of all pairs of NATs. */
export const labMatrixCommand: Command<typeof options> = {
  name: "lab matrix",
  summary: "lets peers behind every pair of NATs meet in virtual time, and prints the table",
  options,
  notes: [
    "Classes:",
    ...[...NAT_CLASSES.values()].map(({ key, words }) => `  ${key.padEnd(22)} ${words}`),
  ].join("\n"),
  run: runLabMatrix,
};

async function runLabMatrix(
  values: OptionValues<typeof options>,
  { output, signal }: CommandContext,
): Promise<void> {
  const classes = classesOf(values.classes);
  const keys = classes.map(({ key }) => key);
  const seeds = Array.from({ length: whole("seeds", values.seeds) }, (_, index) => index);
  const first = whole("seed", values.seed);
  const threads = whole("threads", values.threads ?? availableParallelism());
  if (values.svg !== undefined) checkWritable(values.svg);
  const pairs = (keys.length * (keys.length + 1)) / 2;
  const meetings = pairs * seeds.length;
  output.event(
    "started",
    { classes: keys, seeds: seeds.length, seed: first, threads, meetings },
    `${keys.length} classes of NATs, ${pairs} pairs, ${seeds.length} meetings each, on ${threads} threads …`,
  );
  const startedAt = performance.now();
  const plan = {
    classes,
    seeds: seeds.map((index) => first + index),
    limitMs: values.limit * 1_000,
    threads,
  };
  const cells = await runMatrix(plan, (cell) => output.event("cell", { ...cell }), signal);
  const seconds = (performance.now() - startedAt) / 1_000;
  output.event("matrix", { meetings, seconds }, [
    ...linesOf(keys, cells, values.details),
    `${meetings} meetings in ${seconds.toFixed(1)} s`,
  ]);
  if (values.svg !== undefined) writeFileSync(values.svg, matrixSvg(keys, cells));
}

/** Minutes later it would be a pity. */
function checkWritable(svg: string): void {
  try {
    appendFileSync(svg, "");
  } catch (error) {
    throw fileError(error, `--svg ${svg}`);
  }
}

function linesOf(
  keys: readonly string[],
  cells: readonly MatrixCell[],
  hasDetails: boolean,
): string[] {
  const pairs = cells.filter(({ row, column }) => keys.indexOf(row) <= keys.indexOf(column));
  const odd = pairs.filter((cell) => !isAsExpected(cell)).map(cellText);
  return [
    ...matrixText(keys, cells),
    "",
    ...(hasDetails ? [...pairs.map(cellText), ""] : []),
    ...(odd.length > 0 ? ["Less than theory allows:", ...odd, ""] : []),
  ];
}

function classesOf(keys: readonly string[]): readonly NatClass[] {
  if (keys.length === 0) return MATRIX_CLASSES;
  return [...new Set(keys)].map((key) => {
    const found = NAT_CLASSES.get(key);
    if (!found)
      throw new UsageError(`--classes: "${key}" is none of ${[...NAT_CLASSES.keys()].join(", ")}`);
    return found;
  });
}

function whole(option: string, value: number): number {
  if (!Number.isInteger(value)) throw new UsageError(`--${option}: ${value} is no whole number`);
  return value;
}
