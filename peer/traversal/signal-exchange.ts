import type { PunchSignal } from "./punch-signal.ts";

/** The signals of one attempt: sent again until they are acknowledged. */
export class SignalExchange {
  /** At most one of each kind. */
  readonly #waiting = new Map<
    "go" | "done",
    { signal: PunchSignal; sends: number; dueAt: number }
  >();
  readonly #rtoMs: number;

  /** `roundTripMs`: to the far end and back, as far as it is known. */
  constructor(roundTripMs: number) {
    this.#rtoMs = Math.max(MIN_RTO_MS, roundTripMs * 2);
  }

  /** `signal` is due at once. */
  send(signal: Extract<PunchSignal, { type: "go" | "done" }>, now: number): void {
    this.#waiting.set(signal.type, { signal, sends: 0, dueAt: now });
  }

  acknowledged(of: "go" | "done"): void {
    this.#waiting.delete(of);
  }

  isWaiting(of: "go" | "done"): boolean {
    return this.#waiting.has(of);
  }

  /** When the next is due; Infinity if none waits. */
  get dueAt(): number {
    let dueAt = Number.POSITIVE_INFINITY;
    for (const waiting of this.#waiting.values()) dueAt = Math.min(dueAt, waiting.dueAt);
    return dueAt;
  }

  /** One that is due, which now counts as sent. */
  take(now: number): PunchSignal | undefined {
    for (const [type, waiting] of this.#waiting) {
      if (waiting.dueAt > now) continue;
      waiting.sends += 1;
      waiting.dueAt = now + this.#rtoMs * 2 ** (waiting.sends - 1);
      if (waiting.sends === MAX_SENDS) this.#waiting.delete(type);
      return waiting.signal;
    }
    return undefined;
  }
}

/** RFC 8445 §14.3. */
const MIN_RTO_MS = 500;
/** RFC 8489 §6.2.1: a far end that has not answered by then is not there. */
const MAX_SENDS = 7;
