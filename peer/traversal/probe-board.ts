import { type Address, sameAddress } from "../../protocol/wire/address.ts";
import type { SocketId } from "./address-queries.ts";

/** A socket of ours and an address of the far end. */
export interface ProbePair {
  readonly socket: SocketId;
  readonly to: Address;
}

/** Something to send, to find out whether it arrives. */
export type ProbeAction =
  | (ProbePair & { readonly type: "probe" })
  /** Opens our own NAT and ends on the way: `ttlHops` is too little to reach the far end's. */
  | (ProbePair & { readonly type: "opener"; readonly ttlHops: number });

export interface ProbePairOptions {
  /**
   * Open the way with one that does not arrive, and probe after that when `openGate` says so: one that
   * comes before the far end has sent may make its NAT take the flow for its own.
   * @default false
   */
  readonly needsOpener?: boolean | undefined;
  /**
   * Nothing but openers, each of which goes further than the one before: the far end's probes do the
   * rest.
   * @default false
   */
  readonly isOpenedOnly?: boolean | undefined;
  /**
   * Between the first probes; later ones are further apart. ms
   * @default 50
   */
  readonly intervalMs?: number | undefined;
}

interface Pair extends ProbePair {
  readonly intervalMs: number;
  isOpenedOnly: boolean;
  /** Not opened yet. */
  needsOpener: boolean;
  waitsForGate: boolean;
  sends: number;
  dueAt: number;
}

/** What one attempt sends and when: pairs again and again, and a spray of single probes between them. */
export class ProbeBoard {
  readonly #ttlHops: readonly number[];
  readonly #pairs: Pair[] = [];
  #spray: (() => ProbePair | undefined) | undefined;
  #sprayAt = Number.POSITIVE_INFINITY;
  #gateAt = Number.POSITIVE_INFINITY;
  #sends = 0;

  /** `ttlHops`: of the first opener of a pair, and of those after it. */
  constructor(ttlHops: readonly number[]) {
    this.#ttlHops = ttlHops;
  }

  /** Has every pair been opened that was to be? */
  get isOpened(): boolean {
    return !this.#pairs.some(({ needsOpener }) => needsOpener);
  }

  /** Adds a pair, in the order of sending, unless it is there or there are too many. */
  add({ socket, to }: ProbePair, options: ProbePairOptions, now: number): void {
    const isKnown = this.#pairs.some((pair) => pair.socket === socket && sameAddress(pair.to, to));
    if (isKnown || this.#pairs.length >= MAX_PAIRS) return;
    const { intervalMs = PAIR_INTERVAL_MS } = options;
    const isOpenedOnly = options.isOpenedOnly === true;
    const needsOpener = options.needsOpener === true && this.#gateAt > now;
    const state = { isOpenedOnly, needsOpener, waitsForGate: needsOpener, sends: 0, dueAt: now };
    this.#pairs.push({ socket, to, intervalMs, ...state });
  }

  /** Something of the far end came this way: what we send there arrives. */
  answer(pair: ProbePair, now: number): void {
    this.add(pair, {}, now);
    for (const known of this.#pairs) {
      if (known.socket !== pair.socket || !sameAddress(known.to, pair.to)) continue;
      known.isOpenedOnly = false;
      known.needsOpener = false;
      known.waitsForGate = false;
      known.sends = 0;
      known.dueAt = now;
    }
  }

  /** Whatever was probed so far has met nobody: the first probes count as not sent. */
  repeat(now: number): void {
    for (const pair of this.#pairs) {
      if (pair.sends > 0 && !pair.isOpenedOnly) pair.dueAt = now;
    }
  }

  /** From `at` on, what was opened is probed. The earliest gate counts. */
  openGate(at: number): void {
    this.#gateAt = Math.min(this.#gateAt, at);
  }

  /** From `at` on, sends to whatever `next` answers, until it answers undefined. */
  spray(next: () => ProbePair | undefined, at: number): void {
    this.#spray = next;
    this.#sprayAt = at;
  }

  /** Sends nothing any more. */
  clear(): void {
    this.#pairs.length = 0;
    this.#spray = undefined;
  }

  /** When there is something to send; Infinity if never again. */
  get dueAt(): number {
    if (this.#sends >= MAX_PROBES) return Number.POSITIVE_INFINITY;
    const pair = this.#first();
    const pairAt = pair ? this.#readyAt(pair) : Number.POSITIVE_INFINITY;
    return Math.min(pairAt, this.#spray ? this.#sprayAt : Number.POSITIVE_INFINITY);
  }

  /** What is due, if anything is: pairs before the spray. */
  take(now: number): ProbeAction | undefined {
    if (this.#sends >= MAX_PROBES) return undefined;
    const pair = this.#first();
    const action = pair && this.#readyAt(pair) <= now ? this.#send(pair, now) : this.#next(now);
    if (action) this.#sends += 1;
    return action;
  }

  #next(now: number): ProbeAction | undefined {
    if (this.#sprayAt > now) return undefined;
    const pair = this.#spray?.();
    if (!pair) this.#spray = undefined;
    return pair && { type: "probe", ...pair };
  }

  #send(pair: Pair, now: number): ProbeAction {
    const { socket, to } = pair;
    if (pair.needsOpener || pair.isOpenedOnly) {
      const ttlHops = this.#ttlHops[pair.sends % this.#ttlHops.length] ?? 1;
      pair.dueAt = pair.isOpenedOnly ? now + pair.intervalMs : now;
      if (pair.isOpenedOnly) pair.sends += 1;
      pair.needsOpener = false;
      return { type: "opener", socket, to, ttlHops };
    }
    pair.sends += 1;
    pair.dueAt = now + pair.intervalMs * BACKOFF ** Math.max(0, pair.sends - STEADY_PROBES);
    return { type: "probe", socket, to };
  }

  #readyAt(pair: Pair): number {
    const isOpen = pair.needsOpener || !pair.waitsForGate;
    return isOpen ? pair.dueAt : Math.max(pair.dueAt, this.#gateAt);
  }

  /** Of those ready at the same time, the one added first. */
  #first(): Pair | undefined {
    let first: Pair | undefined;
    let firstAt = Number.POSITIVE_INFINITY;
    for (const pair of this.#pairs) {
      const at = this.#readyAt(pair);
      if (at >= firstAt) continue;
      first = pair;
      firstAt = at;
    }
    return first;
  }
}

/** RFC 8445 §14.2: Ta. */
const PAIR_INTERVAL_MS = 50;
/** After as many probes a pair is not worth so much any more. */
const STEADY_PROBES = 10;
const BACKOFF = 1.3;
/** Birthday needs 256; what a far end makes us add by sending is bounded by the rest. */
const MAX_PAIRS = 320;
/** Of one attempt, openers among them: what a stranger can make us send, and a birthday needs. */
export const MAX_PROBES = 2_048;
