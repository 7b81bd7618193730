import type { AnswerFrom } from "../../protocol/crypto/address-query.ts";
import type { Address } from "../../protocol/wire/address.ts";

/** Names a socket of this host: 0 is the main one, others are opened for a purpose. */
export type SocketId = number;

/** "Where do you see this socket?" */
export interface AddressQuery {
  readonly socket: SocketId;
  readonly server: Address;
  readonly answerFrom: AnswerFrom;
  /**
   * To which port of ours, as servers see it, the answer is to go.
   * @default that of the socket
   */
  readonly replyPort?: number | undefined;
  /** Names the query among those of one machine. */
  readonly tag: number;
}

/** What a machine wants done with a query; `onAnswer` is called with the tag when an answer comes. */
export interface QueryAction extends AddressQuery {
  readonly type: "query";
}

export interface QueryAnswer extends AddressQuery {
  /** Where the server saw the socket. */
  readonly observed: Address;
  /** Which address of the server answered. */
  readonly from: Address;
  /** How often it had been asked: after more than once, nobody knows when the mapping was made. */
  readonly sends: number;
  readonly sentAt: number;
}

interface Waiting extends AddressQuery {
  sends: number;
  sentAt: number;
  dueAt: number;
}

/** Address queries under way: sent again after 500 ms, 1 s, 2 s … until somebody answers or drops them. */
export class AddressQueries {
  /** BOUNDED: by what the owner asks; strangers add nothing. */
  readonly #waiting = new Map<number, Waiting>();
  #nextTag = 0;

  /** Asks; the query is due at once. Answers its tag. */
  ask(
    socket: SocketId,
    server: Address,
    answerFrom: AnswerFrom,
    now: number,
    replyPort?: number,
  ): number {
    const tag = this.#nextTag;
    this.#nextTag += 1;
    const query = { socket, server, answerFrom, tag, ...(replyPort && { replyPort }) };
    this.#waiting.set(tag, { ...query, sends: 0, sentAt: now, dueAt: now });
    return tag;
  }

  /** Sends a query that still waits once more, out of turn. */
  repeat(tag: number, now: number): void {
    const query = this.#waiting.get(tag);
    if (query) query.dueAt = now;
  }

  drop(tag: number): void {
    this.#waiting.delete(tag);
  }

  dropAll(): void {
    this.#waiting.clear();
  }

  isWaiting(tag: number): boolean {
    return this.#waiting.has(tag);
  }

  /** Takes an answer; undefined if it answers nothing that waits. */
  answer(tag: number, observed: Address, from: Address): QueryAnswer | undefined {
    const query = this.#waiting.get(tag);
    if (!query || query.sends === 0) return undefined;
    this.#waiting.delete(tag);
    const { socket, server, answerFrom, sends, sentAt } = query;
    return { socket, server, answerFrom, tag, sends, sentAt, observed, from };
  }

  /** When the next is due; Infinity if none waits. */
  get dueAt(): number {
    return this.#first()?.dueAt ?? Number.POSITIVE_INFINITY;
  }

  /** The query that is due longest, which now counts as sent; there must be one. */
  take(now: number): QueryAction | undefined {
    const query = this.#first();
    if (!query || query.dueAt > now) return undefined;
    query.sends += 1;
    query.sentAt = now;
    query.dueAt = now + QUERY_RTO_MS * 2 ** (query.sends - 1);
    const { socket, server, answerFrom, replyPort, tag } = query;
    return { type: "query", socket, server, answerFrom, tag, ...(replyPort && { replyPort }) };
  }

  /** Of those due at the same time, the one asked first. */
  #first(): Waiting | undefined {
    let first: Waiting | undefined;
    for (const query of this.#waiting.values()) {
      if (!first || query.dueAt < first.dueAt) first = query;
    }
    return first;
  }
}

/** RFC 8489 §6.2.1. */
const QUERY_RTO_MS = 500;
