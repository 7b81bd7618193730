import { Ring } from "../../protocol/bytes/ring.ts";
import type { Address } from "../../protocol/wire/address.ts";
import { AddressQueries, type QueryAction, type SocketId } from "./address-queries.ts";
import { type ProbePacer, ProbeSlot } from "./probe-pacer.ts";

export interface HairpinTestOptions {
  /** Answers address queries. */
  readonly server: Address;
  readonly pacer: ProbePacer;
}

export type HairpinAction =
  | QueryAction
  /** Open so many sockets, on any port, and call `onSockets`. */
  | { readonly type: "sockets"; readonly count: number }
  /** Send something from this socket that the other one knows, and call `onHeard` if it arrives. */
  | { readonly type: "cross"; readonly socket: SocketId; readonly to: Address }
  | { readonly type: "release"; readonly sockets: readonly SocketId[] }
  /** The last action; undefined: nobody said where the sockets are seen. */
  | { readonly type: "report"; readonly hairpin: boolean | undefined };

/**
 * Can two sockets behind this NAT reach each other's external addresses? RFC 4787 §6, found out as in
 * RFC 5780 §4.4. Both send, several times, so that no filter stands in the way: what is asked is
 * whether the NAT turns packets round.
 */
export class HairpinTest {
  readonly #options: HairpinTestOptions;
  readonly #queries = new AddressQueries();
  readonly #slot: ProbeSlot;
  readonly #actions = new Ring<HairpinAction>();
  /** External addresses of our sockets. */
  readonly #external = new Map<SocketId, Address>();
  #sockets: readonly SocketId[] = [];
  #rounds = 0;
  #crossAt = Number.POSITIVE_INFINITY;
  #deadline = Number.POSITIVE_INFINITY;
  #isDone = false;

  constructor(options: HairpinTestOptions) {
    this.#options = options;
    this.#slot = new ProbeSlot(options.pacer);
  }

  start(now: number): void {
    this.#deadline = now + QUERY_TIMEOUT_MS;
    this.#actions.push({ type: "sockets", count: 2 });
  }

  /** The sockets asked for, or fewer. */
  onSockets(sockets: readonly { readonly id: SocketId }[], now: number): void {
    this.#sockets = sockets.map(({ id }) => id);
    if (this.#isDone) this.#release();
    else if (sockets.length < 2) this.#finish(undefined);
    else {
      for (const id of this.#sockets) this.#queries.ask(id, this.#options.server, "same", now);
    }
  }

  onAnswer(tag: number, observed: Address, from: Address, now: number): void {
    const answer = this.#queries.answer(tag, observed, from);
    if (!answer || this.#isDone) return;
    this.#external.set(answer.socket, observed);
    if (this.#external.size < 2) return;
    this.#crossAt = now;
    this.#deadline = now + CROSS_TIMEOUT_MS;
  }

  /** Something that we have sent to an external address has arrived. */
  onHeard(): void {
    if (!this.#isDone) this.#finish(true);
  }

  advance(now: number): void {
    if (this.#isDone) return;
    if (now >= this.#deadline) {
      this.#finish(this.#external.size < 2 ? undefined : false);
      return;
    }
    if (this.#slot.take(this.#queries.dueAt, now)) {
      const query = this.#queries.take(now);
      if (query) this.#actions.push(query);
    }
    if (now >= this.#crossAt) this.#cross(now);
  }

  get timeout(): number {
    if (this.#isDone) return Number.POSITIVE_INFINITY;
    return Math.min(this.#slot.timeout(this.#queries.dueAt), this.#crossAt, this.#deadline);
  }

  poll(): HairpinAction | undefined {
    return this.#actions.shift();
  }

  /** Each to the other. */
  #cross(now: number): void {
    this.#rounds += 1;
    this.#crossAt = this.#rounds < ROUNDS ? now + ROUND_MS : Number.POSITIVE_INFINITY;
    const [one = 0, other = 0] = this.#sockets;
    for (const [socket, target] of [
      [one, other],
      [other, one],
    ] as const) {
      const to = this.#external.get(target);
      if (to) this.#actions.push({ type: "cross", socket, to });
    }
  }

  #finish(hairpin: boolean | undefined): void {
    this.#isDone = true;
    this.#queries.dropAll();
    this.#release();
    this.#actions.push({ type: "report", hairpin });
  }

  #release(): void {
    if (this.#sockets.length > 0) this.#actions.push({ type: "release", sockets: this.#sockets });
    this.#sockets = [];
  }
}

/** Two repetitions of the questions fit in. */
const QUERY_TIMEOUT_MS = 2_000;
/** The way to our own NAT and back is short, but a provider's may be the one that turns round. */
const CROSS_TIMEOUT_MS = 800;
/** The first round opens the filters, the second passes them, the third is for losses. */
const ROUNDS = 3;
const ROUND_MS = 150;
