import type { PairRequest } from "./matchmaker.ts";

export type MemberState = "IDLE" | "WAITING" | "PAIRED";

/** Somebody who has joined once and is still connected. */
export class Member {
  readonly peerId: string;
  request: PairRequest;
  state: MemberState = "IDLE";
  ticket = "";
  /** ms; while waiting. */
  waitingSince = 0;
  /** While paired. */
  partner: Member | undefined;
  /** Note of the schedule of those who may meet again. */
  scheduledIndex: number | undefined;
  /** Oldest first. BOUNDED: MAX_RECENT. */
  readonly #recent = new Set<string>();
  /** Whom it has reported, oldest first. BOUNDED: MAX_REPORTED. */
  readonly #reported = new Set<string>();

  constructor(peerId: string, request: PairRequest) {
    this.peerId = peerId;
    this.request = request;
  }

  /** Has met it, not long ago. */
  hasMet(other: Member): boolean {
    return this.#recent.has(other.peerId);
  }

  hasMetId(peerId: string): boolean {
    return this.#recent.has(peerId);
  }

  avoids(other: Member): boolean {
    return this.request.avoid.has(other.peerId) || this.#reported.has(other.peerId);
  }

  noteMeeting(other: Member): void {
    addLatest(this.#recent, other.peerId, MAX_RECENT);
  }

  noteReport(peerId: string): void {
    addLatest(this.#reported, peerId, MAX_REPORTED);
  }
}

function addLatest(set: Set<string>, value: string, limit: number): void {
  set.delete(value);
  set.add(value);
  for (const oldest of set) {
    if (set.size <= limit) return;
    set.delete(oldest);
  }
}

/** Partners that one does not meet again while others wait. */
export const MAX_RECENT = 16;
/** Reported peers that one does not meet again at all. */
const MAX_REPORTED = 64;
