import { Ring } from "../bytes/ring.ts";

/** What may have something to send. */
export interface Ranked {
  /** Priority of what it would send now, 0 to 7. */
  urgency(now: number): number;
}

/**
 * Sessions that may have a packet to send: strictly by the priority of what they would send now, in
 * turn within one priority. Ranks are taken when the next session is, and only if there is a choice.
 */
export class ReadyQueue<Session extends Ranked> {
  /** Not ranked yet. */
  readonly #fresh = new Ring<Session>();
  readonly #isFresh = new Set<Session>();
  readonly #byRank: readonly Ring<Session>[] = Array.from({ length: 8 }, () => new Ring());
  /** An entry of a ring whose session has another rank by now, or none, is stale. */
  readonly #ranks = new Map<Session, number>();

  /** Idempotent; what it would send may have changed. */
  add(session: Session): void {
    if (this.#isFresh.has(session)) return;
    this.#isFresh.add(session);
    this.#fresh.push(session);
  }

  /** There is nothing to be sent after all. */
  remove(session: Session): void {
    this.#isFresh.delete(session);
    this.#ranks.delete(session);
  }

  /** Takes out the session whose turn it is. */
  take(now: number): Session | undefined {
    if (this.#ranks.size === 0 && this.#fresh.length === 1) return this.#takeOnly();
    this.#rank(now);
    for (let rank = this.#byRank.length - 1; rank >= 0; rank -= 1) {
      const ring = this.#byRank[rank];
      for (let session = ring?.shift(); session; session = ring?.shift()) {
        if (this.#ranks.get(session) !== rank) continue;
        this.#ranks.delete(session);
        return session;
      }
    }
    return undefined;
  }

  #takeOnly(): Session | undefined {
    const session = this.#fresh.shift();
    return session && this.#isFresh.delete(session) ? session : undefined;
  }

  #rank(now: number): void {
    for (let session = this.#fresh.shift(); session; session = this.#fresh.shift()) {
      if (!this.#isFresh.delete(session)) continue;
      const rank = session.urgency(now);
      if (this.#ranks.get(session) === rank) continue;
      this.#ranks.set(session, rank);
      this.#byRank[rank]?.push(session);
    }
  }
}
