/**
 * How two peers were talking in the end: directly, got through by one of the plans of traversal, over
 * TCP between them, over the server's relay, or not at all.
 */
export type MeetingWay = "direct" | "predict" | "birthday" | "scan" | "tcp" | "relay" | "none";

/** What became of two peers that were paired. Times in ms since the server paired them. */
export interface MeetingResult {
  readonly way: MeetingWay;
  /** When each of them had heard the other's first message; undefined: never. */
  readonly firstMessageMs: number | undefined;
  /** When both had a direct path over UDP; undefined: never. */
  readonly directMs: number | undefined;
}

/** Several meetings of the same kind, in numbers. */
export interface MeetingSummary {
  readonly meetings: number;
  /** Share of those that ended each way, 0 to 1. */
  readonly ways: Readonly<Record<MeetingWay, number>>;
  /** Share of those that got a direct path over UDP, 0 to 1. */
  readonly direct: number;
  /** Median and longest of those that heard each other, ms. */
  readonly firstMessageMs: number | undefined;
  readonly longestFirstMessageMs: number | undefined;
  /** Median and longest of those that got a direct path, ms. */
  readonly directMs: number | undefined;
  readonly longestDirectMs: number | undefined;
}

export const DIRECT_WAYS: readonly MeetingWay[] = ["direct", "predict", "birthday", "scan"];
export const WAYS: readonly MeetingWay[] = [...DIRECT_WAYS, "tcp", "relay", "none"];

export function summarize(results: readonly MeetingResult[]): MeetingSummary {
  const share = (...ways: readonly MeetingWay[]): number =>
    results.filter(({ way }) => ways.includes(way)).length / Math.max(1, results.length);
  const firstMessages = sorted(results.map(({ firstMessageMs }) => firstMessageMs));
  const directs = sorted(results.map(({ directMs }) => directMs));
  const ways = Object.fromEntries(WAYS.map((way) => [way, share(way)]));
  return {
    meetings: results.length,
    ways: ways as Record<MeetingWay, number>,
    direct: share(...DIRECT_WAYS),
    firstMessageMs: median(firstMessages),
    longestFirstMessageMs: firstMessages.at(-1),
    directMs: median(directs),
    longestDirectMs: directs.at(-1),
  };
}

function sorted(values: readonly (number | undefined)[]): number[] {
  return values.filter((value) => value !== undefined).sort((one, other) => one - other);
}

function median(values: readonly number[]): number | undefined {
  return values[Math.floor((values.length - 1) / 2)];
}
