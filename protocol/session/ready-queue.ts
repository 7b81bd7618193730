import { Ring } from "../bytes/ring.ts";

/** What may have something to send. */
export interface Ranked {
  /** Priority of what it would send now, 0 to 7. */
  urgency(now: number): number;
  /** The queue's note: it waits to be ranked, for the first time or again. */
  isToRank: boolean;
  /** The queue's note: with which rank it waits. */
  rank: number | undefined;
}

/**
 * Sessions that may have a packet to send: strictly by the priority of what they would send now, in
 * turn within one priority. Ranks are taken when the next session is, and only if there is a choice.
 * What it knows of a session it notes on the session: with each packet one leaves it and comes back.
 */
export class ReadyQueue<Session extends Ranked> {
  /** An entry of a ring whose session waits elsewhere by now, or nowhere, is stale. */
  readonly #toRank = new Ring<Session>();
  readonly #byRank: readonly Ring<Session>[] = Array.from({ length: 8 }, () => new Ring());
  #ranked = 0;

  /** Entries, stale ones among them. */
  get size(): number {
    let size = this.#toRank.length;
    for (const ring of this.#byRank) size += ring.length;
    return size;
  }

  /** Idempotent; what it would send may have changed. */
  add(session: Session): void {
    if (session.isToRank) return;
    session.isToRank = true;
    this.#toRank.push(session);
  }

  /** There is nothing to be sent after all. */
  remove(session: Session): void {
    session.isToRank = false;
    this.#setRank(session, undefined);
  }

  /** Takes out the session whose turn it is. */
  take(now: number): Session | undefined {
    if (this.#ranked === 0 && this.#toRank.length === 1) return this.#takeToRank();
    for (let session = this.#takeToRank(); session; session = this.#takeToRank()) {
      this.#rank(session, now);
    }
    for (let rank = this.#byRank.length - 1; rank >= 0; rank -= 1) {
      const ring = this.#byRank[rank];
      for (let session = ring?.shift(); session; session = ring?.shift()) {
        if (session.rank !== rank) continue;
        this.#setRank(session, undefined);
        return session;
      }
    }
    return undefined;
  }

  #takeToRank(): Session | undefined {
    for (let session = this.#toRank.shift(); session; session = this.#toRank.shift()) {
      if (!session.isToRank) continue;
      session.isToRank = false;
      return session;
    }
    return undefined;
  }

  /** One that keeps its rank keeps its turn. */
  #rank(session: Session, now: number): void {
    const rank = session.urgency(now);
    if (session.rank === rank) return;
    this.#setRank(session, rank);
    this.#byRank[rank]?.push(session);
  }

  #setRank(session: Session, rank: number | undefined): void {
    if (session.rank !== undefined) this.#ranked -= 1;
    if (rank !== undefined) this.#ranked += 1;
    session.rank = rank;
  }
}
