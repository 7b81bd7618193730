import type { AmfObject } from "../../protocol/amf/value.ts";
import type { Io } from "../../protocol/io.ts";
import { type Address, sameAddress } from "../../protocol/wire/address.ts";
import {
  type Candidate,
  chosenCandidates,
  formatCandidate,
  type HostPolicy,
  hostCandidates,
  isLocalScope,
} from "../traversal/candidates.ts";
import { MAIN_SOCKET } from "../traversal/nat-discovery.ts";
import { encodeNatReport, type NatReport, UNKNOWN_NAT } from "../traversal/nat-report.ts";
import { Waiters } from "../wait.ts";
import { NatExplorer, type NatExplorerHost } from "./nat-explorer.ts";

export interface NearNatHost extends NatExplorerHost {
  readonly io: Io;
  /** Which of this machine's addresses are told to others. */
  readonly hostPolicy: HostPolicy;
  /** The report is another one. */
  onReport(report: NatReport): void;
  /** A server sees us elsewhere: whatever goes through our NAT may be dead. */
  onElsewhere(): void;
  /** What others have to know to reach us is something else. */
  onContact(): void;
}

/** What is known of the NAT in front of this host, and of where others reach us through it. */
export class NearNat {
  readonly #host: NearNatHost;
  readonly #explorer: NatExplorer;
  /** Mappings that a router made on request. */
  #mapped: readonly Candidate[] = [];
  #report: NatReport = UNKNOWN_NAT;
  #checkedAt = Number.NEGATIVE_INFINITY;
  #exploredAt = Number.NEGATIVE_INFINITY;
  /** Who waits for a report. */
  readonly #waiters: Waiters;

  constructor(host: NearNatHost) {
    this.#host = host;
    this.#waiters = new Waiters(host.io);
    this.#explorer = new NatExplorer({
      ...host,
      onReport: (report) => this.#note(report),
    });
  }

  get report(): NatReport {
    return this.#report;
  }

  /** The server that is asked, and how far it is. */
  get server(): Address | undefined {
    return this.#explorer.server;
  }

  get serverRoundTripMs(): number {
    return this.#explorer.roundTripMs;
  }

  get timeout(): number {
    return this.#explorer.timeout;
  }

  /** What others have to know to reach us, for `describe`. */
  get contact(): AmfObject {
    const { interfaces, hostPolicy, sockets } = this.#host;
    const reflexive = this.#report.reflexive.slice(0, 1);
    const candidates = chosenCandidates([
      ...hostCandidates(interfaces(), sockets.mainPorts, hostPolicy),
      ...this.#mapped,
      ...reflexive.map((address): Candidate => ({ kind: "reflexive", address })),
    ]);
    return { nat: encodeNatReport(this.#report), candidates: candidates.map(formatCandidate) };
  }

  /** A router maps these addresses to the main socket; those that another NAT gave it are no use. */
  setMapped(addresses: readonly Address[]): void {
    const before = this.#mapped;
    this.#mapped = addresses
      .filter(({ ip }) => !isLocalScope(ip))
      .map((address) => ({ kind: "mapped", address }));
    if (before.length > 0 || this.#mapped.length > 0) this.#host.onContact();
  }

  /** The server has answered nothing over UDP so far. */
  noteSilence(): void {
    this.#note({ ...UNKNOWN_NAT, udp: "blocked" });
  }

  explore(server: Address, now: number): void {
    this.#exploredAt = now;
    this.#explorer.explore(server, now);
  }

  /** Looks again: the network is another one. */
  again(now: number): void {
    this.#exploredAt = now;
    this.#explorer.again(now);
  }

  /** Looks again, unless it has just done so: a NAT may have restarted. */
  refresh(now: number): void {
    if (now - this.#exploredAt >= REFRESH_MS) this.again(now);
  }

  /** Does the server see us where it did? To be called often: it is asked now and then. */
  check(now: number): void {
    const { server, isExploring } = this.#explorer;
    if (!server || isExploring || now - this.#checkedAt < CHECK_MS) return;
    this.#checkedAt = now;
    const { asker, turn } = this.#host;
    asker.ask({ socket: MAIN_SOCKET, server, answerFrom: "same" }, ({ observed }) =>
      turn((at) => this.#onChecked(observed, at)),
    );
  }

  /** Resolves when the NAT has been looked at, or after `limitMs`. */
  explored(limitMs: number): Promise<void> {
    const isSilent = this.#report.udp === "blocked";
    if (isSilent || !this.#explorer.isExploring) return Promise.resolve();
    return this.#waiters.wait(limitMs);
  }

  advance(now: number): void {
    this.#explorer.advance(now);
  }

  stop(): void {
    this.#explorer.close();
    this.#waiters.tell();
  }

  /** Where we are is told at once, what the NAT is like there when it has been looked at. */
  #onChecked(observed: Address, now: number): void {
    const [known] = this.#report.reflexive;
    if (known && sameAddress(observed, known)) return;
    this.#host.onElsewhere();
    this.#note({ ...this.#report, reflexive: [observed] });
    this.again(now);
  }

  #note(report: NatReport): void {
    const isNew = JSON.stringify(report) !== JSON.stringify(this.#report);
    this.#report = report;
    if (isNew) {
      this.#host.onReport(report);
      this.#host.onContact();
    }
    this.#waiters.tell();
  }
}

/** Many sessions lose their paths at the same time, and some of them often. */
const REFRESH_MS = 5_000;
/** One question may be lost, and sessions that are silent ask again. */
const CHECK_MS = 500;
