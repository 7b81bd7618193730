import { RtmfpError } from "../../protocol/errors.ts";
import type { Address } from "../../protocol/wire/address.ts";
import { type ConditionChange, changed, IDEAL } from "./conditions.ts";
import type { Datagram, Fate, World } from "./datagram.ts";
import type { Host } from "./host.ts";
import type { Line } from "./line.ts";
import { Network, type RouterOptions, type StationOptions } from "./network.ts";
import { Prng } from "./prng.ts";
import type { Router } from "./router.ts";
import { Timeline } from "./timeline.ts";
import { type Tap, Trace } from "./trace.ts";

export interface LabOptions {
  /** A whole number; the same seed gives the same run. */
  readonly seed: number;
  /** Conditions of every path between two hosts that has none of its own. */
  readonly conditions?: ConditionChange | undefined;
  /**
   * Routers between any two stations on the internet, besides those of the lab.
   * @default 8
   */
  readonly hops?: number | undefined;
  /**
   * What runs on the hosts makes no promises once its sockets are open, as endpoints with their drivers
   * do not. Then none have to settle between one event and the next, which makes runs shorter.
   * @default false
   */
  readonly isPromiseFree?: boolean | undefined;
}

/** Decides whether a datagram is lost, besides what the conditions lose. `index` as in Datagram. */
export type ScriptedLoss = (
  index: number,
  from: Address,
  to: Address,
  bytes: Uint8Array,
) => boolean;

/**
 * Hosts and a datagram network in virtual time: drivers run on `host.io` unchanged, an hour passes in
 * moments, and the same seed replays the same run, datagram for datagram.
 */
export class Lab {
  readonly seed: number;
  /** For the test's own choices; drawing from it changes nothing else. */
  readonly random: Prng;
  readonly #timeline = new Timeline();
  readonly #trace = new Trace();
  /** What the methods `host`, `router`, `path` and `setConditions` are about. */
  readonly #internet: Network;
  readonly #callsPerTurn: number;
  #scriptedLoss: ScriptedLoss | undefined;
  #sent = 0;

  /** Throws RangeError for a condition that is unknown or out of range. */
  constructor(options: LabOptions) {
    this.seed = options.seed;
    this.random = new Prng(options.seed, "lab");
    this.#callsPerTurn = options.isPromiseFree ? PROMISE_FREE_CALLS_PER_TURN : 1;
    const world: World = {
      now: () => this.now,
      schedule: (at, run) => this.#timeline.schedule(at, run),
      alarm: (ring) => this.#timeline.alarm(ring),
      note: (datagram, fate) => this.#note(datagram, fate),
      callOut: (call) => this.#timeline.callOut(call),
      random: (stream) => new Prng(this.seed, stream),
      issue: (datagram) => this.#issue(datagram),
    };
    const conditions = changed({ ...IDEAL, delayMs: 10, mtuBytes: 1500 }, options.conditions ?? {});
    this.#internet = new Network(world, "", { conditions, hops: options.hops ?? INTERNET_HOPS });
  }

  /** Virtual time in milliseconds; starts at 0. */
  get now(): number {
    return this.#timeline.now;
  }

  /** A new host on the internet. Throws RangeError if an address is taken or a condition out of range. */
  host(ip: string, options?: StationOptions): Host {
    return this.#internet.host(ip, options);
  }

  /** Gives a host an interface on the internet too. Throws RangeError as `host` does. */
  attach(host: Host, ip: string, options?: StationOptions): void {
    this.#internet.attach(host, ip, options);
  }

  /**
   * A new router on the internet, with a NAT before the network behind it: `lab.router(ip).host(ip)`.
   * Throws RangeError if an address is taken or a setting impossible.
   */
  router(ip: string, options?: RouterOptions): Router {
    return this.#internet.router(ip, options);
  }

  /** Changes the conditions of every path of the internet that has none of its own. Throws RangeError. */
  setConditions(change: ConditionChange): void {
    this.#internet.setConditions(change);
  }

  /** The path from one public address to another, this direction only: `lab.path(a, b).set({ loss: 1 })`. */
  path(fromIp: string, toIp: string): Line {
    return this.#internet.path(fromIp, toIp);
  }

  /** Loses what `script` says, from now on; undefined ends it. */
  scriptLoss(script: ScriptedLoss | undefined): void {
    this.#scriptedLoss = script;
  }

  /** Tells `listener` what happens to every datagram. Answers a function that ends it. */
  tap(listener: Tap): () => void {
    return this.#trace.tap(listener);
  }

  /** 16 hexadecimal digits that stand for all that happened to all datagrams so far. */
  traceHash(): string {
    return this.#trace.hash;
  }

  /** Lets `ms` milliseconds pass. Rejects with whatever a callback throws. */
  async advance(ms: number): Promise<void> {
    await this.run(this.now + ms);
  }

  /**
   * The same for tests that cannot wait: promises that are settled meanwhile go on only afterwards, so
   * it is for machines that make none once their sockets are open.
   */
  advanceAtOnce(ms: number): void {
    this.#timeline.runAtOnce(this.now + ms);
  }

  /**
   * Runs everything up to and including time `untilMs`, where the clock then stands. With `Infinity`:
   * until nothing is left to happen. Rejects with whatever a callback throws.
   */
  async run(untilMs: number): Promise<void> {
    await this.#timeline.run(untilMs, () => false, this.#callsPerTurn);
  }

  /**
   * Runs until `predicate` holds; it is asked before each event. Rejects with `TIMEOUT` if it does
   * not within `limitMs` milliseconds.
   */
  async runUntil(predicate: () => boolean, limitMs: number): Promise<void> {
    await this.#runUntil(predicate, limitMs, this.#callsPerTurn);
  }

  /** Runs until `promise` settles and answers as it does. Rejects with `TIMEOUT` after `limitMs`. */
  async complete<Value>(promise: Promise<Value>, limitMs: number): Promise<Value> {
    let isSettled = false;
    const settled = (): void => {
      isSettled = true;
    };
    promise.then(settled, settled);
    await this.#runUntil(() => isSettled, limitMs, 1);
    return promise;
  }

  async #runUntil(predicate: () => boolean, limitMs: number, callsPerTurn: number): Promise<void> {
    if (await this.#timeline.run(this.now + limitMs, predicate, callsPerTurn)) return;
    throw new RtmfpError("TIMEOUT", `did not happen within ${limitMs} ms (seed ${this.seed})`);
  }

  #note(datagram: Datagram, fate: Fate): void {
    if (!this.#trace.isTapped) this.#trace.note(this.now, datagram, fate);
    else this.#timeline.callOut(() => this.#trace.note(this.now, datagram, fate));
  }

  #issue(unnumbered: Omit<Datagram, "index">): Datagram | undefined {
    const datagram = { index: this.#sent, ...unnumbered };
    this.#sent += 1;
    this.#note(datagram, "sent");
    const { index, from, to, bytes } = datagram;
    if (!this.#scriptedLoss?.(index, from, to, bytes)) return datagram;
    this.#note(datagram, "lost");
    return undefined;
  }
}

/** A usual distance: enough that a few hops more than one's own NATs fall short of the far end's. */
const INTERNET_HOPS = 8;

/** For a test's timeout: some 10 ms. */
const PROMISE_FREE_CALLS_PER_TURN = 256;
