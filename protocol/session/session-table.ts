import { Reader } from "../bytes/reader.ts";
import { Table } from "../bytes/table.ts";
import type { Certificate } from "../crypto/crypto.ts";
import { type Address, sameAddress } from "../wire/address.ts";
import type { Opening } from "./opening.ts";
import type { Session } from "./session.ts";

/** Finds sessions: by the ID on their packets, and by who the far end is. */
export class SessionTable {
  /** BOUNDED: by the endpoint's limits on sessions and openings. */
  readonly #byId = new Table<number, Session | Opening>();
  /** Usually one each; two while a restarted far end has not proven itself yet. */
  readonly #byPeerId = new Table<string, readonly Session[]>();
  readonly #sessions = new Table<number, Session>();
  readonly #random: (length: number) => Uint8Array;

  constructor(random: (length: number) => Uint8Array) {
    this.#random = random;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Entries of all its tables. */
  get remembered(): number {
    return this.#sessions.size + this.#byId.size + this.#byPeerId.size;
  }

  [Symbol.iterator](): IterableIterator<Session> {
    return this.#sessions[Symbol.iterator]();
  }

  get(id: number): Session | Opening | undefined {
    return this.#byId.get(id);
  }

  /**
   * An open session with this far end that the user knows of: the last one that it has proven to hold
   * the keys of, or else one with its address. Another may be anybody's who knows the certificate.
   */
  with(
    far: Certificate,
    address: Address,
    isKnown: (session: Session) => boolean,
  ): Session | undefined {
    const known = [...this.#withSame(far)].reverse().filter(isKnown);
    const open = known.filter((session) => session.isOpen);
    const proven = open.find((session) => session.isConfirmed);
    return proven ?? open.find((session) => sameAddress(session.destination, address));
  }

  /** Open sessions with the same far end that were opened before. */
  olderThan(session: Session): Session[] {
    return [...this.#openBefore(session)];
  }

  /** The same question in the time that one answer takes: there may be as many as may be half open. */
  hasOlderThan(session: Session): boolean {
    return !this.#openBefore(session).next().done;
  }

  /** An ID that is free; never 0, which means startup. */
  allocateId(): number {
    for (;;) {
      const id = new Reader(this.#random(4)).u32();
      if (id !== 0 && !this.#byId.has(id)) return id;
    }
  }

  expect(id: number, opening: Opening): void {
    this.#byId.set(id, opening);
  }

  /** An opening does not need its ID any more, unless its session has taken it over. */
  release(id: number): void {
    if (!this.#sessions.has(id)) this.#byId.delete(id);
  }

  add(session: Session): void {
    this.#sessions.set(session.id, session);
    this.#byId.set(session.id, session);
    const { peerId } = session.terms.farCertificate;
    this.#byPeerId.set(peerId, [...(this.#byPeerId.get(peerId) ?? []), session]);
  }

  delete(session: Session): void {
    this.#sessions.delete(session.id);
    this.#byId.delete(session.id);
    const { peerId } = session.terms.farCertificate;
    const others = this.#byPeerId.get(peerId)?.filter((other) => other !== session) ?? [];
    if (others.length > 0) this.#byPeerId.set(peerId, others);
    else this.#byPeerId.delete(peerId);
  }

  *#openBefore(session: Session): Generator<Session, void> {
    for (const other of this.#withSame(session.terms.farCertificate)) {
      if (other === session) return;
      if (other.isOpen) yield other;
    }
  }

  #withSame(far: Certificate): readonly Session[] {
    return this.#byPeerId.get(far.peerId) ?? [];
  }
}
