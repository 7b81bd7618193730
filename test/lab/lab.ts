import { RtmfpError } from "../../protocol/errors.ts";
import type { Address } from "../../protocol/wire/address.ts";
import { type ConditionChange, type Conditions, changed, IDEAL } from "./conditions.ts";
import type { Datagram, Fate, Stage, World } from "./datagram.ts";
import { Host, type Surroundings } from "./host.ts";
import { Line } from "./line.ts";
import { Prng } from "./prng.ts";
import { Timeline } from "./timeline.ts";
import { type Tap, Trace } from "./trace.ts";

export interface LabOptions {
  /** A whole number; the same seed gives the same run. */
  readonly seed: number;
  /** Conditions of every path between two hosts that has none of its own. */
  readonly conditions?: ConditionChange | undefined;
}

export interface HostOptions {
  /** More addresses of the host, of either family. */
  readonly also?: readonly string[] | undefined;
  /** Conditions of the access line towards the network; an ideal line by default. */
  readonly up?: ConditionChange | undefined;
  /** Conditions of the access line from the network; an ideal line by default. */
  readonly down?: ConditionChange | undefined;
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
  readonly #hosts = new Map<string, Host>();
  readonly #paths = new Map<string, Line>();
  readonly #world: World;
  readonly #surroundings: Surroundings;
  #conditions: Conditions = { ...IDEAL, delayMs: 10, mtuBytes: 1500 };
  #scriptedLoss: ScriptedLoss | undefined;
  #sent = 0;

  /** Throws RangeError for a condition that is unknown or out of range. */
  constructor(options: LabOptions) {
    this.seed = options.seed;
    this.random = new Prng(options.seed, "lab");
    this.#world = {
      now: () => this.now,
      schedule: (at, run) => this.#timeline.schedule(at, run),
      note: (datagram, fate) => this.#note(datagram, fate),
    };
    this.#surroundings = {
      now: () => this.now,
      alarm: (ring) => this.#timeline.alarm(ring),
      send: (host, from, to, bytes) => this.#send(host, from, to, bytes),
      move: (host, from, to) => this.#move(host, from, to),
    };
    this.setConditions(options.conditions ?? {});
  }

  /** Virtual time in milliseconds; starts at 0. */
  get now(): number {
    return this.#timeline.now;
  }

  /** A new host. Throws RangeError if an address is taken or a condition is out of range. */
  host(ip: string, options: HostOptions = {}): Host {
    const ips = [ip, ...(options.also ?? [])];
    for (const one of ips) this.#checkFree(one);
    const up = this.#line(`${ip} up`, IDEAL);
    const down = this.#line(`${ip} down`, IDEAL);
    up.set(options.up ?? {});
    down.set(options.down ?? {});
    const host = new Host(this.#surroundings, ips, new Prng(this.seed, `host ${ip}`), up, down);
    for (const one of ips) this.#hosts.set(one, host);
    return host;
  }

  /** Changes the conditions of every path, except where `path` has set others. Throws RangeError. */
  setConditions(change: ConditionChange): void {
    this.#conditions = changed(this.#conditions, change);
    for (const path of this.#paths.values()) path.rebase(this.#conditions);
  }

  /** The path from one IP address to another, this direction only: `lab.path(a, b).set({ loss: 1 })`. */
  path(fromIp: string, toIp: string): Line {
    const name = `${fromIp} to ${toIp}`;
    const known = this.#paths.get(name);
    if (known) return known;
    const path = this.#line(name, this.#conditions);
    this.#paths.set(name, path);
    return path;
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
   * Runs everything up to and including time `untilMs`, where the clock then stands. With `Infinity`:
   * until nothing is left to happen. Rejects with whatever a callback throws.
   */
  async run(untilMs: number): Promise<void> {
    await this.#timeline.run(untilMs, () => false);
  }

  /**
   * Runs until `predicate` holds; it is asked before each event. Rejects with `TIMEOUT` if it does
   * not within `limitMs` milliseconds.
   */
  async runUntil(predicate: () => boolean, limitMs: number): Promise<void> {
    if (await this.#timeline.run(this.now + limitMs, predicate)) return;
    throw new RtmfpError("TIMEOUT", `did not happen within ${limitMs} ms (seed ${this.seed})`);
  }

  /** Runs until `promise` settles and answers as it does. Rejects with `TIMEOUT` after `limitMs`. */
  async complete<Value>(promise: Promise<Value>, limitMs: number): Promise<Value> {
    let isSettled = false;
    const settled = (): void => {
      isSettled = true;
    };
    promise.then(settled, settled);
    await this.runUntil(() => isSettled, limitMs);
    return promise;
  }

  #checkFree(ip: string): void {
    if (this.#hosts.has(ip)) throw new RangeError(`there is a host ${ip} already`);
  }

  #move(host: Host, from: string, to: string): void {
    this.#checkFree(to);
    this.#hosts.delete(from);
    this.#hosts.set(to, host);
  }

  #line(name: string, base: Conditions): Line {
    return new Line(this.#world, new Prng(this.seed, `line ${name}`), base);
  }

  #note(datagram: Datagram, fate: Fate): void {
    this.#timeline.callOut(() => this.#trace.note(this.now, datagram, fate));
  }

  #send(host: Host, from: Address, to: Address, bytes: Uint8Array): void {
    const datagram = { index: this.#sent, from, to, bytes: bytes.slice() };
    this.#sent += 1;
    this.#note(datagram, "sent");
    const destination = this.#hosts.get(to.ip);
    if (this.#scriptedLoss?.(datagram.index, from, to, datagram.bytes)) {
      this.#note(datagram, "lost");
    } else if (!destination) {
      this.#note(datagram, "unreachable");
    } else {
      const isLocal = destination === host;
      const way = isLocal ? [] : [host.up, this.path(from.ip, to.ip), destination.down];
      follow(way, datagram, (arrived) => this.#arrive(destination, arrived));
    }
  }

  /** Delivery is an event of its own: on a way without delay, `send` must not call the receiver. */
  #arrive(host: Host, datagram: Datagram): void {
    this.#timeline.schedule(this.now, () => this.#deliver(host, datagram));
  }

  /** The host may have moved away while the datagram was under way. */
  #deliver(host: Host, datagram: Datagram): void {
    const isThere = this.#hosts.get(datagram.to.ip) === host;
    const receive = isThere ? host.listener(datagram.to) : undefined;
    this.#note(datagram, receive ? "delivered" : "unreachable");
    this.#timeline.callOut(() => receive?.(datagram.bytes, datagram.from));
  }
}

/** Carries a datagram through the stages one after another. */
function follow(
  stages: readonly Stage[],
  datagram: Datagram,
  arrive: (datagram: Datagram) => void,
): void {
  const [stage, ...rest] = stages;
  if (stage) stage.carry(datagram, (carried) => follow(rest, carried, arrive));
  else arrive(datagram);
}
