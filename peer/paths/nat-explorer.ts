import type { Address } from "../../protocol/wire/address.ts";
import { MAIN_SOCKET, NatDiscovery } from "../traversal/nat-discovery.ts";
import { type NatReport, UNKNOWN_NAT } from "../traversal/nat-report.ts";
import type { ProbePacer } from "../traversal/probe-pacer.ts";
import type { AddressAsker, SeenAt } from "./address-asker.ts";
import type { TraversalSockets } from "./traversal-sockets.ts";

export interface NatExplorerHost {
  readonly sockets: TraversalSockets;
  readonly asker: AddressAsker;
  readonly pacer: ProbePacer;
  interfaces(): readonly string[];
  turn(change: (now: number) => void): void;
  onReport(report: NatReport): void;
}

/** Runs discoveries against one server: asks it for its other sockets first, and how far it is. */
export class NatExplorer {
  readonly #host: NatExplorerHost;
  #server: Address | undefined;
  #roundTripMs = UNKNOWN_ROUND_TRIP_MS;
  #report: NatReport = UNKNOWN_NAT;
  #discovery: NatDiscovery | undefined;
  /** Of the first question; asked again until it is answered. */
  #askAt = Number.POSITIVE_INFINITY;
  #asked = 0;

  constructor(host: NatExplorerHost) {
    this.#host = host;
  }

  /** The latest report that is complete. */
  get report(): NatReport {
    return this.#report;
  }

  get server(): Address | undefined {
    return this.#server;
  }

  /** To the server and back, ms. */
  get roundTripMs(): number {
    return this.#roundTripMs;
  }

  get timeout(): number {
    return Math.min(this.#askAt, this.#discovery?.timeout ?? Number.POSITIVE_INFINITY);
  }

  /** Will there be a report soon, perhaps? */
  get isExploring(): boolean {
    return this.#askAt < Number.POSITIVE_INFINITY || this.#discovery !== undefined;
  }

  explore(server: Address, now: number): void {
    this.#server = server;
    this.again(now);
  }

  again(now: number): void {
    this.close();
    if (!this.#server) return;
    this.#asked = 0;
    this.#askAt = now;
  }

  close(): void {
    this.#askAt = Number.POSITIVE_INFINITY;
    this.#host.sockets.close(this.#discovery?.abandon() ?? []);
    this.#discovery = undefined;
  }

  advance(now: number): void {
    if (now >= this.#askAt) this.#askForSockets(now);
    const discovery = this.#discovery;
    discovery?.advance(now);
    for (let action = discovery?.poll(); discovery && action; action = discovery.poll()) {
      switch (action.type) {
        case "query": {
          const { tag } = action;
          this.#host.asker.ask(action, ({ observed, from }) =>
            this.#host.turn((at) => discovery.onAnswer(tag, observed, from, at)),
          );
          break;
        }
        case "sockets":
          void this.#open(discovery, action.count);
          break;
        case "release":
          this.#host.sockets.close(action.sockets);
          break;
        case "report":
          this.#discovery = undefined;
          this.#report = action.report;
          this.#host.onReport(action.report);
      }
    }
  }

  /** The session with the server has asked there already: this mapping is not new. */
  #askForSockets(now: number): void {
    const server = this.#server;
    if (!server || this.#asked === MAX_ASKED) {
      this.close();
      return;
    }
    this.#asked += 1;
    this.#askAt = now + ASK_AGAIN_MS * this.#asked;
    this.#host.asker.ask({ socket: MAIN_SOCKET, server, answerFrom: "same" }, (seen) =>
      this.#host.turn((at) => {
        if (this.#askAt === Number.POSITIVE_INFINITY || server !== this.#server) return;
        this.#askAt = Number.POSITIVE_INFINITY;
        this.#roundTripMs = at - now;
        this.#discover(server, seen, at);
      }),
    );
  }

  #discover(server: Address, { others }: SeenAt, now: number): void {
    const { interfaces, pacer, sockets } = this.#host;
    const servers = [server, ...others.map((other) => socketOf(other, server))];
    this.#discovery = new NatDiscovery({ servers, localIps: interfaces(), pacer });
    this.#discovery.start(sockets.mainPorts.v4 ?? 0, now);
  }

  async #open(discovery: NatDiscovery, count: number): Promise<void> {
    const { sockets } = this.#host;
    const opened = await sockets.open(count);
    if (discovery === this.#discovery) {
      this.#host.turn((now) => discovery.onSockets(opened, now));
    } else {
      sockets.close(opened.map(({ id }) => id));
    }
  }
}

/** A server that listens on every interface does not know by which address it is known. */
export function socketOf({ ip, port }: Address, server: Address): Address {
  return { ip: ip === "0.0.0.0" || ip === "::" ? server.ip : ip, port };
}

/** Before anything is measured: most are nearer. */
const UNKNOWN_ROUND_TRIP_MS = 150;
const ASK_AGAIN_MS = 500;
/** Servers of others answer no address queries: then nothing is known. */
const MAX_ASKED = 4;
