import type { QueryAction } from "../../peer/traversal/address-queries.ts";
import { type Candidate, hostCandidates } from "../../peer/traversal/candidates.ts";
import { NatDiscovery } from "../../peer/traversal/nat-discovery.ts";
import {
  decodeNatReport,
  encodeNatReport,
  type NatReport,
} from "../../peer/traversal/nat-report.ts";
import type { ProbePair } from "../../peer/traversal/probe-board.ts";
import { ProbePacer } from "../../peer/traversal/probe-pacer.ts";
import { Punch } from "../../peer/traversal/punch.ts";
import {
  decodePunchSignal,
  encodePunchSignal,
  type PunchSignalObject,
} from "../../peer/traversal/punch-signal.ts";
import type { PunchAction } from "../../peer/traversal/punch-terms.ts";
import type { PunchRole } from "../../peer/traversal/strategy.ts";
import type { Alarm, Link } from "../../protocol/io.ts";
import type { Address } from "../../protocol/wire/address.ts";
import type { Host } from "../lab/index.ts";
import { type Lab, Prng } from "../lab/index.ts";
import { decodePunchMessage, encodePunchMessage, type PunchMessage } from "./punch-messages.ts";

/** One end, and what carries out its machines' actions. */
export class PunchEnd {
  far: PunchEnd | undefined;
  report: NatReport | undefined;
  path: ProbePair | undefined;
  /** It has been through all its plans. */
  isHopeless = false;
  probes = 0;
  readonly #lab: Lab;
  readonly #host: Host;
  readonly #role: PunchRole;
  readonly #servers: readonly Address[];
  readonly #random: Prng;
  readonly #pacer = new ProbePacer();
  readonly #links = new Map<number, Link>();
  #nextSocket = 0;
  #discovery: NatDiscovery | undefined;
  #machine: Punch | undefined;
  readonly #alarm: Alarm;

  private constructor(
    lab: Lab,
    host: Host,
    role: PunchRole,
    servers: readonly Address[],
    seed: number,
  ) {
    this.#lab = lab;
    this.#host = host;
    this.#role = role;
    this.#servers = servers;
    this.#random = new Prng(seed, role);
    this.#alarm = host.io.alarm(() => this.#turn(() => undefined));
  }

  static async start(
    lab: Lab,
    host: Host,
    role: PunchRole,
    servers: readonly Address[],
    seed: number,
  ): Promise<PunchEnd> {
    const end = new PunchEnd(lab, host, role, servers, seed);
    await end.#bind();
    // The peer talks to its server: that mapping is there already.
    end.#send(0, servers[0], { type: "query", tag: -1, answerFrom: "same" });
    return end;
  }

  /** Sockets that are open. */
  get sockets(): number {
    return this.#links.size;
  }

  get attempt(): number {
    return this.#machine?.attempt ?? -1;
  }

  get plan(): string {
    return this.#machine?.plan.type ?? "none";
  }

  get candidates(): readonly Candidate[] {
    const port = this.#links.get(0)?.address.port;
    return hostCandidates(this.#host.ips, { v4: port, v6: undefined }, "all");
  }

  after(ms: number, run: () => void): void {
    const alarm = this.#host.io.alarm(run);
    alarm.set(this.#lab.now + ms);
  }

  discover(): void {
    const options = { servers: this.#servers, localIps: this.#host.ips, pacer: this.#pacer };
    const discovery = new NatDiscovery(options);
    this.#discovery = discovery;
    this.#turn((now) => discovery.start(this.#links.get(0)?.address.port ?? 0, now));
  }

  punch(attempt: number): void {
    if (this.path || (this.#machine && this.#machine.attempt >= attempt)) return;
    const { report: near, far } = this;
    if (!near || !far?.report) throw new Error("the ends know nothing of their NATs");
    const wire: unknown = JSON.parse(JSON.stringify(encodeNatReport(far.report)));
    const machine = new Punch({
      role: this.#role,
      near,
      far: decodeNatReport(wire),
      candidates: far.candidates,
      server: this.#servers[0],
      serverRoundTripMs: 40,
      attempt,
      pacer: this.#pacer,
      random: (limit) => this.#random.below(limit),
    });
    this.#machine = machine;
    this.#turn((now) => machine.start(now));
  }

  hearSignal(object: PunchSignalObject): void {
    const signal = decodePunchSignal(JSON.parse(JSON.stringify(object)));
    if (signal.type === "go" && signal.attempt > this.attempt) this.punch(signal.attempt);
    this.#turn((now) => this.#machine?.onSignal(signal, now));
  }

  #turn(change: (now: number) => void): void {
    const { now } = this.#lab;
    change(now);
    this.#discovery?.advance(now);
    this.#machine?.advance(now);
    const { report } = this;
    for (let action = this.#discovery?.poll(); action; action = this.#discovery?.poll()) {
      if (action.type === "report") this.report = action.report;
      else if (action.type === "sockets") this.#open(action.count, true);
      else this.#act(action);
    }
    for (let action = this.#machine?.poll(); action; action = this.#machine?.poll()) {
      if (action.type === "sockets") this.#open(action.count, false);
      else this.#act(action);
    }
    if (report !== this.report) this.#discovery = undefined;
    const timeouts = [this.#discovery?.timeout, this.#machine?.timeout];
    this.#alarm.set(Math.min(...timeouts.map((timeout) => timeout ?? Number.POSITIVE_INFINITY)));
  }

  #act(action: Exclude<PunchAction, { readonly type: "sockets" }>): void {
    switch (action.type) {
      case "probe":
      case "opener":
        this.probes += 1;
        this.#send(
          action.socket,
          action.to,
          { type: action.type },
          action.type === "opener" ? action.ttlHops : undefined,
        );
        break;
      case "query":
        this.#send(action.socket, action.server, queryOf(action));
        break;
      case "signal": {
        const object = encodePunchSignal(action.signal);
        this.after(40, () => this.far?.hearSignal(object));
        break;
      }
      case "release":
        for (const socket of action.sockets) {
          void this.#links.get(socket)?.close();
          this.#links.delete(socket);
        }
        break;
      case "succeeded":
        break;
      case "failed": {
        const next = this.attempt + 1;
        this.isHopeless ||= next >= MAX_ATTEMPTS || this.plan === "relay" || this.plan === "tcp";
        if (!this.isHopeless) this.after(100, () => this.punch(next));
      }
    }
  }

  #open(count: number, isForDiscovery: boolean): void {
    const opening = Promise.all(Array.from({ length: count }, () => this.#bind()));
    void opening.then((ids) =>
      this.#turn((now) => {
        const portOf = (id: number): number => this.#links.get(id)?.address.port ?? 0;
        if (!isForDiscovery) this.#machine?.onSockets(ids, now);
        else
          this.#discovery?.onSockets(
            ids.map((id) => ({ id, port: portOf(id) })),
            now,
          );
      }),
    );
  }

  async #bind(): Promise<number> {
    const id = this.#nextSocket;
    this.#nextSocket += 1;
    const link = await this.#host.io.bind({ ip: "0.0.0.0", port: 0 }, (bytes, from) =>
      this.#receive(id, decodePunchMessage(bytes), from),
    );
    this.#links.set(id, link);
    return id;
  }

  #receive(socket: number, message: PunchMessage, from: Address): void {
    if (message.type === "answer") {
      this.#turn((now) => {
        this.#discovery?.onAnswer(message.tag, message.observed, from, now);
        this.#machine?.onAnswer(message.tag, message.observed, from, now);
      });
    } else if (message.type === "probe" || message.type === "opener") {
      this.#send(socket, from, { type: "reply" });
      this.#turn((now) => this.#machine?.onHeard({ socket, to: from }, now));
    } else if (message.type === "reply") {
      this.path ??= { socket, to: from };
      this.#turn((now) => this.#machine?.onDirect({ socket, to: from }, now));
    }
  }

  #send(socket: number, to: Address | undefined, message: PunchMessage, ttlHops?: number): void {
    if (to) this.#links.get(socket)?.send(encodePunchMessage(message), to, ttlHops);
  }
}

function queryOf({ tag, answerFrom }: QueryAction): PunchMessage {
  return { type: "query", tag, answerFrom };
}

/** As many as there are plans for any pair of NATs. */
const MAX_ATTEMPTS = 4;
