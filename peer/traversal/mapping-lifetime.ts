import { Ring } from "../../protocol/bytes/ring.ts";
import type { Address } from "../../protocol/wire/address.ts";
import { AddressQueries, type QueryAction, type SocketId } from "./address-queries.ts";
import { type ProbePacer, ProbeSlot } from "./probe-pacer.ts";

export interface MappingLifetimeOptions {
  /** Answers address queries. */
  readonly server: Address;
  readonly pacer: ProbePacer;
  /** Longer than that is not waited, ms. */
  readonly limitMs: number;
}

/** How long a mapping lives that nothing passes through, RFC 4787 §4.3. */
export interface MappingLifetime {
  /** After so much silence it still was there; 0: never seen. */
  readonly atLeastMs: number;
  /** After so much it was gone; undefined: it lasts longer than the test did. */
  readonly lessThanMs: number | undefined;
}

export type LifetimeAction =
  | QueryAction
  /** Open so many sockets, on any port, and call `onSockets`. */
  | { readonly type: "sockets"; readonly count: number }
  | { readonly type: "release"; readonly sockets: readonly SocketId[] }
  /** The last action; undefined: it could not be found out. */
  | { readonly type: "report"; readonly lifetime: MappingLifetime | undefined };

/** One mapping that is left alone until its time has come. */
interface Sleeper {
  readonly socket: SocketId;
  readonly restMs: number;
  /** Where servers see it; undefined: nobody has said so. */
  external: Address | undefined;
  /** When something passed last, whichever way. */
  usedAt: number;
}

/** The question whether a sleeper's mapping is still there, and another to know that questions arrive. */
interface Trial {
  readonly sleeper: Sleeper;
  readonly alive: number;
  readonly control: number;
  readonly until: number;
}

/**
 * Finds out how long a mapping lives, as RFC 5780 §4.6 does: many sockets make one each at the same
 * time, and after growing silences another socket has the server send to one of them. Each is tried
 * once, so none is kept alive by the test.
 */
export class MappingLifetimeTest {
  readonly #options: MappingLifetimeOptions;
  readonly #queries = new AddressQueries();
  readonly #slot: ProbeSlot;
  readonly #actions = new Ring<LifetimeAction>();
  readonly #restsMs: readonly number[];
  /** The shortest rest first. */
  #sleepers: Sleeper[] = [];
  #sockets: readonly SocketId[] = [];
  /** Where servers see the socket that asks: a sleeper's IP address must be the same. */
  #external: Address | undefined;
  readonly #opening = new Map<number, Sleeper | undefined>();
  #trial: Trial | undefined;
  #atLeastMs = 0;
  #openUntil = Number.POSITIVE_INFINITY;
  #isDone = false;

  constructor(options: MappingLifetimeOptions) {
    this.#options = options;
    this.#slot = new ProbeSlot(options.pacer);
    const { limitMs } = options;
    this.#restsMs = [...RESTS_MS.filter((restMs) => restMs < limitMs), limitMs];
  }

  start(now: number): void {
    this.#openUntil = now + OPEN_MS;
    this.#actions.push({ type: "sockets", count: this.#restsMs.length + 1 });
  }

  /** The sockets asked for, or fewer. */
  onSockets(sockets: readonly { readonly id: SocketId }[], now: number): void {
    this.#sockets = sockets.map(({ id }) => id);
    const [asker, ...others] = this.#sockets;
    this.#sleepers = others.map((socket, index) => {
      const restMs = this.#restsMs[index] ?? this.#options.limitMs;
      return { socket, restMs, external: undefined, usedAt: now };
    });
    if (this.#isDone) this.#release();
    else if (asker === undefined || others.length === 0) this.#finish(undefined);
    else {
      const { server } = this.#options;
      this.#opening.set(this.#queries.ask(asker, server, "same", now), undefined);
      for (const sleeper of this.#sleepers) {
        this.#opening.set(this.#queries.ask(sleeper.socket, server, "same", now), sleeper);
      }
    }
  }

  /** `arrivedAt`: the socket that got the answer. */
  onAnswer(
    tag: number,
    observed: Address,
    from: Address,
    now: number,
    arrivedAt: SocketId | undefined,
  ): void {
    const trial = this.#trial;
    // A server that sends to no other port has answered to the one that asked.
    if (tag === trial?.alive && arrivedAt !== trial.sleeper.socket) {
      this.#finish(undefined);
      return;
    }
    if (!this.#queries.answer(tag, observed, from)) return;
    if (this.#opening.has(tag)) {
      const sleeper = this.#opening.get(tag);
      if (!sleeper) this.#external = observed;
      else Object.assign(sleeper, { external: observed, usedAt: now });
    } else if (tag === trial?.alive) {
      this.#atLeastMs = trial.sleeper.restMs;
      this.#queries.drop(trial.control);
      this.#trial = undefined;
      if (this.#sleepers.length === 0) this.#finish(undefined);
    }
  }

  advance(now: number): void {
    if (this.#isDone) return;
    if (now >= this.#openUntil) this.#beginTrials();
    if (this.#trial && now >= this.#trial.until) this.#giveUp(this.#trial);
    if (now >= this.#nextAt) this.#try(now);
    if (this.#slot.take(this.#queries.dueAt, now)) {
      const query = this.#queries.take(now);
      if (query) this.#actions.push(query);
    }
  }

  get timeout(): number {
    if (this.#isDone) return Number.POSITIVE_INFINITY;
    const trialUntil = this.#trial?.until ?? Number.POSITIVE_INFINITY;
    const queryAt = this.#slot.timeout(this.#queries.dueAt);
    return Math.min(queryAt, this.#openUntil, trialUntil, this.#nextAt);
  }

  poll(): LifetimeAction | undefined {
    return this.#actions.shift();
  }

  /** When the next sleeper is due; never while another one is on trial. */
  get #nextAt(): number {
    const [next] = this.#sleepers;
    const isWaiting = this.#trial || this.#openUntil < Number.POSITIVE_INFINITY || !next;
    return isWaiting ? Number.POSITIVE_INFINITY : next.usedAt + next.restMs;
  }

  /** Those whose mapping is not known, or has another IP address, are left out. */
  #beginTrials(): void {
    this.#openUntil = Number.POSITIVE_INFINITY;
    for (const tag of this.#opening.keys()) this.#queries.drop(tag);
    const ip = this.#external?.ip;
    this.#sleepers = this.#sleepers.filter(({ external }) => external && external.ip === ip);
    if (this.#sleepers.length === 0) this.#finish(undefined);
  }

  #try(now: number): void {
    const sleeper = this.#sleepers.shift();
    const [asker] = this.#sockets;
    if (!sleeper || asker === undefined) return;
    const { server } = this.#options;
    this.#trial = {
      sleeper,
      alive: this.#queries.ask(asker, server, "same", now, sleeper.external?.port),
      control: this.#queries.ask(asker, server, "same", now),
      until: now + TRIAL_MS,
    };
  }

  /** The mapping is gone, if only questions and answers still come through. */
  #giveUp({ sleeper, alive, control }: Trial): void {
    this.#trial = undefined;
    const isConnected = !this.#queries.isWaiting(control);
    this.#queries.drop(alive);
    this.#queries.drop(control);
    this.#finish(isConnected ? sleeper.restMs : undefined);
  }

  /** `lessThanMs`: when a mapping was found gone. */
  #finish(lessThanMs: number | undefined): void {
    this.#isDone = true;
    this.#queries.dropAll();
    this.#release();
    const isKnown = lessThanMs !== undefined || this.#atLeastMs > 0;
    const lifetime = isKnown ? { atLeastMs: this.#atLeastMs, lessThanMs } : undefined;
    this.#actions.push({ type: "report", lifetime });
  }

  #release(): void {
    if (this.#sockets.length > 0) this.#actions.push({ type: "release", sockets: this.#sockets });
    this.#sockets = [];
    this.#sleepers = [];
  }
}

/** RFC 4787 REQ-5 asks for 2 minutes at least; what is met begins at a few seconds. */
const RESTS_MS: readonly number[] = [
  2_000, 5_000, 10_000, 15_000, 20_000, 25_000, 30_000, 45_000, 60_000, 90_000, 120_000, 180_000,
  240_000, 300_000, 600_000,
];
/** In which all mappings are made: two repetitions of a query. */
const OPEN_MS = 1_900;
/** How long an answer is waited for: the same. */
const TRIAL_MS = 1_900;
