import { RtmfpError } from "../errors.ts";
import {
  HALF_OPEN_PATIENCE_MS,
  MAX_HALF_OPEN,
  MAX_HALF_OPEN_PER_NETWORK,
  MAX_HALF_OPEN_PER_SOURCE,
} from "../params.ts";
import type { Address } from "../wire/address.ts";
import { Shares } from "./shares.ts";

/** What becomes of one whose place another one needs. */
interface HalfOpenSession {
  readonly id: number;
  abort(error: RtmfpError): void;
}

/**
 * Sessions that far ends have opened, until they have proven that they hold the keys. Whoever has a cookie
 * can open any number of them, so there are limits: for each source, each network, and for all. Where a
 * network or the table is full, a newcomer takes the place of whoever has more than its share, at once.
 * Among equals a session goes that has had its time; if none has, the newcomer is not answered, and asks
 * again.
 */
export class HalfOpen<Session extends HalfOpenSession> {
  /** Since when each is, by its ID. BOUNDED: MAX_HALF_OPEN. */
  readonly #since = new Map<number, number>();
  /** BOUNDED: MAX_HALF_OPEN, MAX_HALF_OPEN_PER_NETWORK and MAX_HALF_OPEN_PER_SOURCE. */
  readonly #shares = new Shares<Session>();

  get size(): number {
    return this.#since.size;
  }

  /** Entries of its tables. */
  get remembered(): number {
    return this.#since.size + this.#shares.remembered;
  }

  /** Answers whether there is room for one more from there. */
  makeRoom(from: Address, now: number): boolean {
    const source = this.#shares.of(from);
    if (source.size >= MAX_HALF_OPEN_PER_SOURCE) {
      return this.#dropOldest(source, now, HALF_OPEN_PATIENCE_MS);
    }
    const isFull = this.size >= MAX_HALF_OPEN;
    const isCrowded = this.#shares.sizeOfNetwork(from) >= MAX_HALF_OPEN_PER_NETWORK;
    if (!isFull && !isCrowded) return true;
    const { items, hasMore } = this.#shares.greediest(from, isFull ? "all" : "network");
    return this.#dropOldest(items, now, hasMore ? 0 : HALF_OPEN_PATIENCE_MS);
  }

  add(session: Session, from: Address, now: number): void {
    this.#since.set(session.id, now);
    this.#shares.add(session, from);
  }

  /** It has proven itself, or is gone. */
  delete(session: Session): void {
    this.#since.delete(session.id);
    this.#shares.delete(session);
  }

  /** Answers false if even the oldest still has time to prove itself. */
  #dropOldest(sessions: Iterable<Session>, now: number, patienceMs: number): boolean {
    for (const oldest of sessions) {
      const since = this.#since.get(oldest.id) ?? now;
      if (now - since < patienceMs) return false;
      this.delete(oldest);
      oldest.abort(new RtmfpError("LIMIT", "the far end did not prove itself in time"));
      return true;
    }
    return false;
  }
}
