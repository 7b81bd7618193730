import { readFileSync } from "node:fs";

/** What a process has used, as Linux counts it. */
export interface Usage {
  readonly cpuSeconds: number;
  readonly rssBytes: number;
}

/** Throws where there is no such process, or no /proc. */
export function usageOf(pid: number): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name, in brackets, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[UTIME]) + Number(fields[UTIME + 1]);
  const pages = Number(fields[RSS]);
  return { cpuSeconds: ticks / TICKS_PER_SECOND, rssBytes: pages * PAGE_BYTES };
}

/** proc(5), counted from the state. */
const UTIME = 11;
const RSS = 21;
/** What Linux has told programs for decades, whatever it uses itself. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4_096;
