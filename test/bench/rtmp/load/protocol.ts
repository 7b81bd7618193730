/** What the load's process does when it is told so; it answers each when done, with what was until then. */
export type LoadCommand =
  | {
      readonly do: "start";
      readonly port: number;
      readonly players: number;
      readonly mbits: number;
    }
  /** Forgets what was measured so far. */
  | { readonly do: "watch" }
  | { readonly do: "stop" };

/** Since "watch". */
export interface LoadReport {
  readonly seconds: number;
  /** Received by all players. */
  readonly bytes: number;
  readonly pictures: number;
  /** Pictures that were sent, times the players. */
  readonly expected: number;
  /** From just before a picture was sent to when all of it was there, ms; the median and so on. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}
