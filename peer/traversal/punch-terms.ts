import type { Address } from "../../protocol/wire/address.ts";
import type { QueryAction, SocketId } from "./address-queries.ts";
import type { Candidate } from "./candidates.ts";
import type { NatReport } from "./nat-report.ts";
import type { ProbeAction, ProbePair } from "./probe-board.ts";
import type { ProbePacer } from "./probe-pacer.ts";
import type { PunchSignal } from "./punch-signal.ts";
import type { PunchRole } from "./strategy.ts";

/** One attempt at a direct path between two peers. */
export interface PunchOptions {
  readonly role: PunchRole;
  /** What this end has told of its NAT, and what the far end has: both ends must have the same two. */
  readonly near: NatReport;
  readonly far: NatReport;
  /** Where the far end says that it may be reached. */
  readonly candidates: readonly Candidate[];
  /**
   * IP addresses at which the far end is, on the word of the server: ports are guessed nowhere else.
   * @default those of the far report
   */
  readonly verifiedIps?: readonly string[] | undefined;
  /** Where a server answers address queries. */
  readonly server: Address | undefined;
  /** Round trip to the server, which is on the way of signals. */
  readonly serverRoundTripMs: number;
  /** Counts the attempts of one session, from 0 on: each has the next of the plans. */
  readonly attempt: number;
  readonly pacer: ProbePacer;
  /** A whole number from 0 up to, not including, `limit`. */
  readonly random: (limit: number) => number;
}

/** What a punch wants done. Sockets have the number 0 (the main ones) or that of `onSockets`. */
export type PunchAction =
  | ProbeAction
  | QueryAction
  | { readonly type: "signal"; readonly signal: PunchSignal }
  /** Open so many sockets more, for IPv4, on any port, and call `onSockets`. */
  | { readonly type: "sockets"; readonly count: number }
  | { readonly type: "release"; readonly sockets: readonly SocketId[] }
  /** Both ends know of the direct path: over. */
  | { readonly type: "succeeded"; readonly path: ProbePair }
  /** No direct path by this plan: over. */
  | { readonly type: "failed" };
