import { RtmfpError } from "../errors.ts";
import {
  HALF_OPEN_PATIENCE_MS,
  MAX_HALF_OPEN,
  MAX_HALF_OPEN_PER_NETWORK,
  MAX_HALF_OPEN_PER_SOURCE,
} from "../params.ts";
import type { Address } from "../wire/address.ts";
import { networkOf, sourceOf } from "../wire/source.ts";

/** What becomes of one whose place another one needs. */
interface HalfOpenSession {
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
  /** BOUNDED: MAX_HALF_OPEN. */
  readonly #places = new Map<Session, Place>();
  /**
   * By network and source, the oldest first. BOUNDED: as `#places`, MAX_HALF_OPEN_PER_NETWORK and
   * MAX_HALF_OPEN_PER_SOURCE.
   */
  readonly #networks = new Map<string, Map<string, Set<Session>>>();

  get size(): number {
    return this.#places.size;
  }

  /** Entries of its tables. */
  get remembered(): number {
    return this.#places.size + this.#networks.size;
  }

  /** Answers whether there is room for one more from there. */
  makeRoom(from: Address, now: number): boolean {
    const network: Network<Session> = this.#networks.get(networkOf(from)) ?? new Map();
    const source: ReadonlySet<Session> = network.get(sourceOf(from)) ?? new Set();
    if (source.size >= MAX_HALF_OPEN_PER_SOURCE) {
      return this.#dropOldest(source, now, HALF_OPEN_PATIENCE_MS);
    }
    const size = sizeOf(network);
    const isFull = this.#places.size >= MAX_HALF_OPEN;
    if (!isFull && size < MAX_HALF_OPEN_PER_NETWORK) return true;
    const crowd = isFull ? largest(this.#networks.values(), sizeOf, network) : network;
    const greedy = largest(crowd.values(), (sessions) => sessions.size, source);
    const hasMore = sizeOf(crowd) > size + 1 || greedy.size > source.size + 1;
    return this.#dropOldest(greedy, now, hasMore ? 0 : HALF_OPEN_PATIENCE_MS);
  }

  add(session: Session, from: Address, now: number): void {
    const place = { network: networkOf(from), source: sourceOf(from), since: now };
    this.#places.set(session, place);
    const network = this.#networks.get(place.network) ?? new Map<string, Set<Session>>();
    const source = network.get(place.source) ?? new Set();
    this.#networks.set(place.network, network.set(place.source, source.add(session)));
  }

  /** It has proven itself, or is gone. */
  delete(session: Session): void {
    const place = this.#places.get(session);
    if (!place) return;
    this.#places.delete(session);
    const network = this.#networks.get(place.network);
    const source = network?.get(place.source);
    source?.delete(session);
    if (source?.size === 0) network?.delete(place.source);
    if (network?.size === 0) this.#networks.delete(place.network);
  }

  /** Answers false if even the oldest still has time to prove itself. */
  #dropOldest(sessions: Iterable<Session>, now: number, patienceMs: number): boolean {
    for (const oldest of sessions) {
      const since = this.#places.get(oldest)?.since ?? now;
      if (now - since < patienceMs) return false;
      this.delete(oldest);
      oldest.abort(new RtmfpError("LIMIT", "the far end did not prove itself in time"));
      return true;
    }
    return false;
  }
}

/** Its sessions by source. */
type Network<Session> = ReadonlyMap<string, ReadonlySet<Session>>;

function sizeOf(network: Network<unknown>): number {
  let size = 0;
  for (const sessions of network.values()) size += sessions.size;
  return size;
}

/** The first of the largest; `otherwise` if there are none. */
function largest<Group>(
  groups: Iterable<Group>,
  size: (group: Group) => number,
  otherwise: Group,
): Group {
  let found = otherwise;
  let most = 0;
  for (const group of groups) {
    const count = size(group);
    if (count > most) [found, most] = [group, count];
  }
  return found;
}

interface Place {
  readonly network: string;
  readonly source: string;
  readonly since: number;
}
