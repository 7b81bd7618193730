/** Whom somebody wants to be paired with. */
export interface PairRequest {
  /** Peers meet within their application only. */
  readonly app: string;
  /** At least one has to be shared; peers without tags meet peers without tags. */
  readonly tags: readonly string[];
  /** Peer IDs that are not wanted. */
  readonly avoid: ReadonlySet<string>;
  /** Two who both name one have to name the same; undefined: any will do. */
  readonly language: string | undefined;
}

/** Why a pair ended, as the one who is left hears it. */
export type PairEndReason =
  /** The partner wants somebody else. */
  | "next"
  /** The partner does not want anybody any more. */
  | "leave"
  /** The partner's connection ended. */
  | "disconnect";

/** What a matchmaker wants a peer to be told. */
export type PairOutcome =
  | {
      readonly type: "paired";
      readonly peerId: string;
      readonly partnerId: string;
      /** Opens the session; true for exactly one of the two. */
      readonly initiator: boolean;
      /** What both asked for. */
      readonly tags: readonly string[];
      /** Of this peer, as `join` or `next` answered it. */
      readonly ticket: string;
    }
  | {
      readonly type: "ended";
      readonly peerId: string;
      readonly partnerId: string;
      readonly reason: PairEndReason;
    };

export interface MatchmakerStats {
  readonly waiting: number;
  readonly pairs: number;
}

/**
 * Pairs strangers. A machine: it never calls out, `poll` answers what happened, `now` is in ms. A
 * peer is idle, waiting, or one of a pair.
 */
export interface Matchmaker {
  readonly stats: MatchmakerStats;
  /** When `advance` has something to do, ms; Infinity: never. */
  readonly timeout: number;
  /**
   * The peer stands in line; answers its ticket. One who waits already keeps the place, or moves if
   * the request is another; one of a pair leaves the partner. Throws Refusal `FULL`.
   */
  join(peerId: string, request: PairRequest, now: number): string;
  /** Like `join` with the same request as last time. Throws Refusal `NOT_JOINED`. */
  next(peerId: string, now: number): string;
  /** The peer leaves the line, or the partner. */
  leave(peerId: string, now: number): void;
  /**
   * The peer does not want to meet `aboutId` again, its partner of now or lately. Throws Refusal
   * `NOT_A_PARTNER`.
   */
  report(peerId: string, aboutId: string): void;
  /** The peer is gone: forgets it. */
  remove(peerId: string, now: number): void;
  advance(now: number): void;
  poll(): PairOutcome | undefined;
  /** The pairs of now, the initiator first. */
  pairs(): Iterable<readonly [string, string]>;
}
