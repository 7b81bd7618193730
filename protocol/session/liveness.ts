import { ANSWER_MIN_MS, ERTO_BACKOFF, PINGS_BEFORE_DEATH, PROOF_PING_MS } from "../params.ts";
import type { RoundTrip } from "./round-trip.ts";
import { changedLimits, type EffectiveLimits, type SessionLimits } from "./session-limits.ts";

type AnswerTimes = Pick<RoundTrip, "timeoutMs" | "answerTimeoutMs">;

/**
 * Whether the far end is still there, RFC 7016 §3.5.4.1: after a time of silence a Ping, repeated
 * with growing pauses; after a longer time without any answer, the session is dead.
 * And whether anybody still needs it.
 */
export class Liveness {
  #limits: EffectiveLimits;
  #heardAt: number;
  #pingAt: number;
  #unansweredPings = 0;
  /** When user data came last. */
  #dataAt = Number.NEGATIVE_INFINITY;
  /** After so much silence the next question is due: longer, where silence is usual. */
  #lullMs: number;
  /** There was data, and the next question is because nothing follows it. */
  #isLull = false;
  /** When a question because of a lull was sent that is not answered. */
  #lullAskedAt = Number.POSITIVE_INFINITY;
  #askedElsewhereAt = Number.NEGATIVE_INFINITY;
  /** When nothing will have been in use for too long. */
  #idleAt = Number.POSITIVE_INFINITY;
  /** Since when the far end owes us an answer. */
  #waitingSince = Number.POSITIVE_INFINITY;

  constructor(limits: EffectiveLimits, now: number) {
    this.#limits = limits;
    this.#heardAt = now;
    this.#pingAt = now + limits.keepaliveMs;
    this.#lullMs = limits.lullMs;
  }

  get timeout(): number {
    return Math.min(this.#pingAt, this.#deadAt, this.#idleAt);
  }

  /** Throws RangeError. */
  setLimits(change: SessionLimits): void {
    this.#limits = changedLimits(this.#limits, change);
    this.#idleAt = Number.POSITIVE_INFINITY;
    this.#lullMs = this.#limits.lullMs;
    if (this.#unansweredPings > 0) return;
    const silentAt = this.#heardAt + this.#limits.keepaliveMs;
    const isWaiting = this.#waitingSince < Number.POSITIVE_INFINITY;
    // Who owes an answer may not know it: a question that is due is not put off.
    this.#pingAt = isWaiting ? Math.min(this.#pingAt, silentAt) : silentAt;
    this.#isLull = false;
  }

  /** The far end owes an answer for so long that it was asked for elsewhere. */
  get isUnanswered(): boolean {
    return this.#askedElsewhereAt >= this.#waitingSince;
  }

  /** When `takeElsewhere` has something to say: for those who know where else to ask. */
  elsewhereTimeout({ timeoutMs, answerTimeoutMs }: AnswerTimes): number {
    const { elsewhereMs } = this.#limits;
    if (elsewhereMs === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
    const overdueAt = this.#waitingSince + Math.max(elsewhereMs, timeoutMs);
    const askAt = Math.min(overdueAt, this.#lullAskedAt + answerTimeoutMs);
    return Math.max(askAt, this.#askedElsewhereAt + Math.max(ANSWER_MIN_MS, elsewhereMs / 2));
  }

  /** Answers true, now and then, while the far end owes an answer for too long. */
  takeElsewhere(now: number, times: AnswerTimes): boolean {
    if (now < this.elsewhereTimeout(times)) return false;
    this.#askedElsewhereAt = now;
    return true;
  }

  /** An authentic packet arrived. */
  noteHeard(now: number): void {
    this.#heardAt = now;
    // Acknowledgements follow the last data: the lull comes after them.
    this.#pingAt = now + (this.#isLull ? this.#lullMs : this.#limits.keepaliveMs);
    this.#unansweredPings = 0;
    this.#waitingSince = Number.POSITIVE_INFINITY;
    this.#lullAskedAt = Number.POSITIVE_INFINITY;
  }

  /** The packet that was just heard brought user data: more may be on its way. */
  noteData(now: number): void {
    const { lullMs } = this.#limits;
    if (now - this.#dataAt < lullMs) this.#lullMs = lullMs;
    this.#dataAt = now;
    this.#isLull = this.#lullMs < this.#limits.keepaliveMs;
    if (this.#isLull) this.#pingAt = Math.min(this.#pingAt, now + this.#lullMs);
  }

  /**
   * The far end opened the session and may have nothing to say yet, but has to prove that it holds
   * the keys: it is asked soon.
   */
  awaitProof(now: number): void {
    this.noteExpecting(now);
    this.#pingAt = Math.min(this.#pingAt, now + PROOF_PING_MS);
  }

  /** A Ping is due now, and again until something is heard. */
  askNow(now: number): void {
    this.#pingAt = now;
  }

  /** Something was sent that the far end has to answer. */
  noteExpecting(now: number): void {
    this.#waitingSince = Math.min(this.#waitingSince, now);
  }

  /** Does `noteUse` matter? */
  get endsWhenIdle(): boolean {
    return this.#limits.idleCloseMs < Number.POSITIVE_INFINITY;
  }

  /** To be called often, if it matters: whether any flow is in use. */
  noteUse(isInUse: boolean, now: number): void {
    const { idleCloseMs } = this.#limits;
    this.#idleAt = isInUse ? Number.POSITIVE_INFINITY : Math.min(this.#idleAt, now + idleCloseMs);
  }

  /** Nothing was in use for so long that the session may go. */
  isIdle(now: number): boolean {
    return now >= this.#idleAt;
  }

  isDead(now: number): boolean {
    return now >= this.#deadAt;
  }

  /** Answers true when a Ping is due; the next one `timeoutMs` (ERTO) later, and then longer. */
  takePing(now: number, timeoutMs: number): boolean {
    if (now < this.#pingAt) return false;
    const backedOffMs = timeoutMs * ERTO_BACKOFF ** this.#unansweredPings;
    const longestMs = Math.max(timeoutMs, this.#limits.retransmitLimitMs / PINGS_BEFORE_DEATH);
    this.#pingAt = now + Math.min(backedOffMs, longestMs);
    this.#unansweredPings += 1;
    this.noteExpecting(now);
    if (!this.#isLull) return true;
    this.#isLull = false;
    this.#lullAskedAt = now;
    // Who always says little would be asked after every word.
    this.#lullMs *= LULL_BACKOFF;
    return true;
  }

  get #deadAt(): number {
    return this.#waitingSince + this.#limits.retransmitLimitMs;
  }
}

const LULL_BACKOFF = 2;
