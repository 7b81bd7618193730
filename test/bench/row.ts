/** One figure, and what bare UDP sockets reach at the same work where there is such a thing. */
export interface Row {
  readonly work: string;
  readonly value: number;
  readonly unit: "MB/s" | "us" | "1/s" | "ms" | "KB";
  readonly bare: number | null;
  /** value / bare */
  readonly ratio: number | null;
  /** UDP payload of full datagrams, where it matters. */
  readonly datagramBytes?: number | undefined;
}

/**
 * A row of medians of rounds in which both took turns. The ratio is that of each round, as the speed of
 * a machine may change from one to the next.
 */
export function row(
  work: string,
  unit: Row["unit"],
  values: readonly number[],
  bares: readonly number[] = [],
): Row {
  const value = rounded(median(values));
  if (bares.length === 0) return { work, value, unit, bare: null, ratio: null };
  const bare = rounded(median(bares));
  const ratios = values.map((one, round) => one / (bares[round] ?? Number.NaN));
  return { work, value, unit, bare, ratio: rounded(median(ratios)) };
}

/** As the line of a table. */
export function formatRow({ work, value, unit, bare, ratio, datagramBytes }: Row): string {
  return line(work, value, unit, bare ?? "", ratio ?? "", datagramBytes ?? "");
}

export const tableHead: string = line("work", "value", "unit", "bare", "ratio", "datagram");

function line(
  work: string,
  value: Cell,
  unit: string,
  bare: Cell,
  ratio: Cell,
  size: Cell,
): string {
  const figures = `${right(value, 10)} ${unit.padEnd(5)}${right(bare, 10)}${right(ratio, 9)}`;
  return `${work.padEnd(22)}${figures}${right(size, 10)}`.trimEnd();
}

type Cell = string | number;

function right(cell: Cell, width: number): string {
  return String(cell).padStart(width);
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** `share` from 0 to 1. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Four digits that count. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
