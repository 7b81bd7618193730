import { RtmfpError } from "../errors.ts";
import { HALF_OPEN_PATIENCE_MS, MAX_HALF_OPEN, MAX_HALF_OPEN_PER_SOURCE } from "../params.ts";
import type { Address } from "../wire/address.ts";
import { sourceOf } from "../wire/source.ts";

/** What becomes of one whose place another one needs. */
interface HalfOpenSession {
  abort(error: RtmfpError): void;
}

/**
 * Sessions that far ends have opened, until they have proven that they hold the keys. Whoever has a cookie
 * can open any number of them, so there are limits: for each source, and for all. Beyond them a session
 * goes that has had its time; if none has, the newcomer is not answered, and asks again.
 */
export class HalfOpen<Session extends HalfOpenSession> {
  /** The oldest first. BOUNDED: MAX_HALF_OPEN. */
  readonly #all = new Map<Session, Place>();
  /** BOUNDED: as `#all`; each has MAX_HALF_OPEN_PER_SOURCE, the oldest first. */
  readonly #bySource = new Map<string, Set<Session>>();

  get size(): number {
    return this.#all.size;
  }

  /** Entries of its tables. */
  get remembered(): number {
    return this.#all.size + this.#bySource.size;
  }

  /** Answers whether there is room for one more from there. */
  makeRoom(from: Address, now: number): boolean {
    const same = this.#bySource.get(sourceOf(from));
    if (same && same.size >= MAX_HALF_OPEN_PER_SOURCE) return this.#dropOldest(same, now);
    return this.#all.size < MAX_HALF_OPEN || this.#dropOldest(this.#all.keys(), now);
  }

  add(session: Session, from: Address, now: number): void {
    const source = sourceOf(from);
    this.#all.set(session, { source, since: now });
    const same = this.#bySource.get(source);
    if (same) same.add(session);
    else this.#bySource.set(source, new Set([session]));
  }

  /** It has proven itself, or is gone. */
  delete(session: Session): void {
    const place = this.#all.get(session);
    if (!place) return;
    this.#all.delete(session);
    const same = this.#bySource.get(place.source);
    same?.delete(session);
    if (same?.size === 0) this.#bySource.delete(place.source);
  }

  /** Answers false if even the oldest still has time to prove itself. */
  #dropOldest(sessions: Iterable<Session>, now: number): boolean {
    for (const oldest of sessions) {
      const since = this.#all.get(oldest)?.since ?? now;
      if (now - since < HALF_OPEN_PATIENCE_MS) return false;
      this.delete(oldest);
      oldest.abort(new RtmfpError("LIMIT", "the far end did not prove itself in time"));
      return true;
    }
    return false;
  }
}

interface Place {
  readonly source: string;
  readonly since: number;
}
