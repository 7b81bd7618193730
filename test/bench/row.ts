/** One figure, and what bare UDP sockets reach at the same work where there is such a thing. */
export interface Row {
  readonly work: string;
  readonly value: number;
  readonly unit: "MB/s" | "us" | "1/s" | "ms" | "KB";
  readonly bare: number | null;
  /** value / bare */
  readonly ratio: number | null;
}

/** A row of medians of rounds in which both took turns. */
export function row(
  work: string,
  unit: Row["unit"],
  values: readonly number[],
  bares: readonly number[] = [],
): Row {
  const value = rounded(median(values));
  if (bares.length === 0) return { work, value, unit, bare: null, ratio: null };
  const bare = rounded(median(bares));
  return { work, value, unit, bare, ratio: rounded(value / bare) };
}

/** As the line of a table. */
export function formatRow({ work, value, unit, bare, ratio }: Row): string {
  const figure = `${work.padEnd(22)}${String(value).padStart(10)} ${unit.padEnd(5)}`;
  return bare === null
    ? figure
    : `${figure}${String(bare).padStart(10)}${String(ratio).padStart(9)}`;
}

export const tableHead: string = `${"work".padEnd(22)}${"value".padStart(10)} ${"unit".padEnd(5)}${"bare".padStart(10)}${"ratio".padStart(9)}`;

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
