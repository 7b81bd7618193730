import { TIME_CRITICAL_MEMORY_MS } from "../params.ts";
import type { TimeCriticality } from "./congestion.ts";

/**
 * Which sessions of an endpoint carry real-time data, in either direction, RFC 7016 §3.5.2.1: the
 * others yield to them.
 */
export class TimeCritical<Session> {
  #sentAt = Number.NEGATIVE_INFINITY;
  /** The two sessions that received last are enough to know whether any *other* one did. */
  #received: Mark<Session> | undefined;
  #receivedBefore: Mark<Session> | undefined;

  noteSent(now: number): void {
    this.#sentAt = now;
  }

  noteReceived(session: Session, now: number): void {
    if (this.#received?.session !== session) this.#receivedBefore = this.#received;
    this.#received = { session, at: now };
  }

  /** The timeCriticalReverse flag of packets of `session`. */
  isReceivedElsewhere(session: Session, now: number): boolean {
    const other = this.#received?.session === session ? this.#receivedBefore : this.#received;
    return other !== undefined && isRecent(other.at, now);
  }

  /** For a session that sent time critical data at `sentAt` and was told of other's at `reverseAt`. */
  assess(sentAt: number, reverseAt: number, now: number): TimeCriticality {
    return {
      isSentHere: isRecent(sentAt, now),
      mayGrowFast: !isRecent(reverseAt, now) && !isRecent(this.#sentAt, now),
    };
  }
}

interface Mark<Session> {
  readonly session: Session;
  readonly at: number;
}

function isRecent(at: number, now: number): boolean {
  return now - at < TIME_CRITICAL_MEMORY_MS;
}
