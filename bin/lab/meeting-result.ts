/** How two peers were talking in the end. */
export type MeetingPath = "direct" | "tcp" | "relay" | "none";

/** What became of two peers that were paired. Times in ms since the server paired them. */
export interface MeetingResult {
  readonly path: MeetingPath;
  /** When each of them had heard the other's first message; undefined: never. */
  readonly firstMessageMs: number | undefined;
  /** When both had a direct path; undefined: never. */
  readonly directMs: number | undefined;
}

/** Several meetings of the same kind, in numbers. */
export interface MeetingSummary {
  readonly meetings: number;
  /** Share of those that ended on each path, 0 to 1. */
  readonly shares: Readonly<Record<MeetingPath, number>>;
  /** Median and longest of those that heard each other, ms. */
  readonly firstMessageMs: number | undefined;
  readonly longestFirstMessageMs: number | undefined;
  /** Median of those that got a direct path, ms. */
  readonly directMs: number | undefined;
}

export function summarize(results: readonly MeetingResult[]): MeetingSummary {
  const share = (path: MeetingPath): number =>
    results.filter((result) => result.path === path).length / Math.max(1, results.length);
  const firstMessages = sorted(results.map(({ firstMessageMs }) => firstMessageMs));
  return {
    meetings: results.length,
    shares: {
      direct: share("direct"),
      tcp: share("tcp"),
      relay: share("relay"),
      none: share("none"),
    },
    firstMessageMs: median(firstMessages),
    longestFirstMessageMs: firstMessages.at(-1),
    directMs: median(sorted(results.map(({ directMs }) => directMs))),
  };
}

function sorted(values: readonly (number | undefined)[]): number[] {
  return values.filter((value) => value !== undefined).sort((one, other) => one - other);
}

function median(values: readonly number[]): number | undefined {
  return values[Math.floor((values.length - 1) / 2)];
}
