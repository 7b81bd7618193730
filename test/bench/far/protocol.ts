/** What the far process says first: its ports on 127.0.0.1. */
export interface FarPorts {
  readonly rtmfp: number;
  /** Acknowledges datagrams: see `bare/sink.ts`. */
  readonly sink: number;
  /** Sends datagrams back. */
  readonly echo: number;
}

/** What it does when told so, and then answers its usage. */
export type FarCommand = "usage" | "collect" | "watch" | "compute" | "rest";

export interface FarUsage {
  readonly cpuMs: number;
  /** Since "watch"; see `Turns`. */
  readonly longestTurnMs: number;
  readonly sessions: number;
  /** Measured after "collect" only: resident, and what JavaScript holds. */
  readonly rssBytes: number;
  readonly heapBytes: number;
}
