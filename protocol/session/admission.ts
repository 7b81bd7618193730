import { Table } from "../bytes/table.ts";
import { RtmfpError } from "../errors.ts";
import type { Address } from "../wire/address.ts";
import { isLoopback } from "../wire/ip.ts";
import { Shares } from "./shares.ts";

/** What becomes of one whose place another one needs. */
interface AdmittedSession {
  readonly id: number;
  /** Does it carry anything? */
  readonly isInUse: boolean;
  abort(error: RtmfpError): void;
}

export interface AdmissionLimits {
  /** Sessions that may be open. */
  readonly maxSessions: number;
  /** Of those, opened by far ends at one address. */
  readonly maxSessionsPerAddress: number;
}

/**
 * For whom there is room among the sessions of an endpoint. Where it is full, a newcomer takes the place of
 * one that is closing; or else of one of whoever has most, if that has more than the newcomer will have:
 * so a few networks cannot keep all others out, whatever they do with their sessions. Of those, the oldest
 * goes that carries nothing, or else the oldest. Sessions that we have opened ourselves stay.
 */
export class Admission<Session extends AdmittedSession> {
  readonly #limits: AdmissionLimits;
  /** All that the endpoint has, closing ones included. */
  readonly #sessions: { readonly size: number };
  /** Open ones that far ends have opened. BOUNDED: maxSessions. */
  readonly #shares = new Shares<Session>();
  /** The oldest first. BOUNDED: by the endpoint's sessions. */
  readonly #closing = new Table<number, Session>();

  constructor(limits: AdmissionLimits, sessions: { readonly size: number }) {
    this.#limits = limits;
    this.#sessions = sessions;
  }

  /** Entries of its tables. */
  get remembered(): number {
    return this.#shares.remembered + this.#closing.size;
  }

  /** Answers whether one more from there may be admitted. */
  hasRoom(from: Address): boolean {
    const { maxSessionsPerAddress } = this.#limits;
    // This machine itself has no such limit.
    const isTooMuch = this.#shares.of(from).size >= maxSessionsPerAddress && !isLoopback(from.ip);
    if (isTooMuch) return false;
    return !this.#isFull || this.#closing.size > 0 || this.#shares.greediest(from, "all").hasMore;
  }

  /** Makes the room that there has to be. */
  makeRoom(from: Address): void {
    if (!this.#isFull) return;
    const leaver = this.#nextToLeave(from);
    leaver?.abort(new RtmfpError("LIMIT", "there is no room for all sessions"));
    if (leaver) this.#closing.delete(leaver.id);
  }

  /** The far end has opened it. */
  add(session: Session, from: Address): void {
    this.#shares.add(session, from);
  }

  /** It is not open any more. */
  close(session: Session): void {
    this.#shares.delete(session);
    this.#closing.set(session.id, session);
  }

  /** It is gone. */
  delete(session: Session): void {
    this.#shares.delete(session);
    this.#closing.delete(session.id);
  }

  get #isFull(): boolean {
    return this.#sessions.size >= this.#limits.maxSessions;
  }

  #nextToLeave(from: Address): Session | undefined {
    for (const session of this.#closing) return session;
    const { items } = this.#shares.greediest(from, "all");
    let oldest: Session | undefined;
    for (const session of items) {
      if (!session.isInUse) return session;
      oldest ??= session;
    }
    return oldest;
  }
}
