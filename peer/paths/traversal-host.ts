import type { AmfObject, AmfValue } from "../../protocol/amf/value.ts";
import type { Driver } from "../../protocol/driver.ts";
import { unlessMalformed } from "../../protocol/errors.ts";
import type { Alarm, Io, Link } from "../../protocol/io.ts";
import type { Path } from "../../protocol/session/events.ts";
import type { Session } from "../../protocol/session/session.ts";
import type { Address } from "../../protocol/wire/address.ts";
import type { IHello } from "../../protocol/wire/chunks/ihello.ts";
import type { Redirect } from "../../protocol/wire/chunks/redirect.ts";
import { type FarContact, readFarContact, type Witness } from "../sessions/far-contact.ts";
import type { HostPolicy } from "../traversal/candidates.ts";
import { MAIN_SOCKET } from "../traversal/nat-discovery.ts";
import type { NatReport } from "../traversal/nat-report.ts";
import { ProbePacer } from "../traversal/probe-pacer.ts";
import { decodePunchSignal, encodePunchSignal } from "../traversal/punch-signal.ts";
import type { DirectWay, PunchRole } from "../traversal/strategy.ts";
import { AddressAsker } from "./address-asker.ts";
import { NearNat } from "./near-nat.ts";
import { SessionTraversal } from "./session-traversal.ts";
import { TraversalSockets } from "./traversal-sockets.ts";

export interface TraversalHostOptions {
  readonly driver: Driver;
  readonly io: Io;
  /** The sockets that the peer has bound. */
  mainLinks(): readonly Link[];
  /** IP addresses of this machine. */
  interfaces(): readonly string[];
  /** Which of them are told to others. */
  readonly hostPolicy: HostPolicy;
  /** Passes a signal on to another peer, by the server; whether it arrives is another matter. */
  signal(peerId: string, payload: AmfObject): void;
  /** What asks for another peer, see `Network.helloFor`. */
  helloFor(peerId: string): IHello;
  /** More is known of our NAT. */
  onNat(report: NatReport): void;
  /** A server sees us elsewhere than before: whatever goes through our NAT may be dead. */
  onElsewhere(): void;
  /** Others should be told our new `contact`. */
  onContact(): void;
  /** What was decided, for people who look into it. */
  trace(what: string): void;
}

/** What a peer does to get through NATs: knows its own, and looks for a direct path in every session. */
export class TraversalHost {
  readonly #options: TraversalHostOptions;
  readonly #sockets: TraversalSockets;
  readonly #asker: AddressAsker;
  readonly #pacer = new ProbePacer();
  readonly #nat: NearNat;
  readonly #alarm: Alarm;
  /** By peer ID, the oldest first. BOUNDED: MAX_MEETINGS without a session, and the sessions. */
  readonly #traversals = new Map<string, SessionTraversal>();
  #isTurning = false;
  #isStopped = false;

  constructor(options: TraversalHostOptions) {
    this.#options = options;
    const { driver, io } = options;
    this.#sockets = new TraversalSockets(driver, io, () => options.mainLinks());
    this.#asker = new AddressAsker(this.#sockets, io);
    this.#alarm = io.alarm(() => this.#turn(() => undefined));
    this.#nat = new NearNat({
      io,
      sockets: this.#sockets,
      asker: this.#asker,
      pacer: this.#pacer,
      interfaces: () => options.interfaces(),
      hostPolicy: options.hostPolicy,
      turn: (change) => this.#turn(change),
      onReport: (report) => this.#onReport(report),
      onElsewhere: () => options.onElsewhere(),
      onContact: () => options.onContact(),
    });
  }

  /** What is known of the NAT of this host. */
  get nat(): NatReport {
    return this.#nat.report;
  }

  /** What others have to know to reach us, for `describe`. */
  get contact(): AmfObject {
    return this.#nat.contact;
  }

  /** A router maps these addresses to the main socket. */
  setMapped(addresses: readonly Address[]): void {
    this.#nat.setMapped(addresses);
  }

  /** The server has answered nothing over UDP so far. */
  noteSilence(): void {
    this.#nat.noteSilence();
  }

  /** A server that answers address queries, over IPv4: the NAT is looked at, again if need be. */
  explore(server: Address): void {
    this.#turn((now) => this.#nat.explore(server, now));
  }

  /** Asks a server where it sees us; `onAnswer` is called if it answers. */
  askServer(server: Address, onAnswer: () => void): void {
    this.#asker.ask({ socket: MAIN_SOCKET, server, answerFrom: "same" }, onAnswer);
  }

  /** Resolves when the NAT has been looked at, or after `limitMs`. */
  explored(limitMs: number): Promise<void> {
    return this.#nat.explored(limitMs);
  }

  /** Our network is another one: everything is worth a try again. */
  onNetworkChange(): void {
    this.#turn((now) => {
      this.#nat.again(now);
      for (const traversal of this.#traversals.values()) traversal.onNetworkChange(now);
    });
  }

  /** A far end does not answer: perhaps we are not where we were. Without a relay its path is lost. */
  onUnanswered(session: Session, hasRelay: boolean): void {
    this.#turn((now) => {
      this.#nat.check(now);
      if (!hasRelay) this.#of(session)?.onStranded(now);
    });
  }

  /** The server has introduced a peer to us, and us to it. Whose `contact` makes no sense is let be. */
  meet(peerId: string, role: PunchRole, contact: AmfValue, witness?: Witness): void {
    const far = readFarContact(contact, witness);
    if (!far || this.#isStopped) return;
    this.#turn((now) => {
      const known = this.#traversals.get(peerId);
      if (known) known.setContact(far, now);
      else this.#add(peerId, role, far, now);
    });
  }

  /** A session is open. Those with peers that nobody has introduced are left alone. */
  attach(session: Session): void {
    this.#turn((now) => this.#of(session)?.attach(session, now));
  }

  /** A session goes on over another path. */
  onMoved(session: Session): void {
    this.#turn((now) => this.#of(session)?.onPath(now));
  }

  /** How the direct path that a session goes over was found. */
  directWay(session: Session): DirectWay {
    return this.#of(session)?.wayTo(session.destination) ?? "direct";
  }

  /** A session is over; one that was replaced by a newer one of the same peer does not count. */
  onClosed(session: Session): void {
    const traversal = this.#of(session);
    if (traversal?.session !== session) return;
    this.#forget(peerIdOf(session), traversal);
  }

  /** A signal of another peer; what makes no sense is ignored. */
  onSignal(peerId: string, payload: AmfValue): void {
    const signal = unlessMalformed(() => decodePunchSignal(payload));
    if (signal) this.#turn((now) => this.#traversals.get(peerId)?.onSignal(signal, now));
  }

  /** Someone asks for us there: perhaps a far end that we look for. */
  onAsked({ link, address: to }: Path): void {
    const socket = this.#sockets.socketOf(link);
    if (socket === undefined) return;
    this.#turn((now) => {
      for (const traversal of this.#traversals.values()) traversal.onAsked({ socket, to }, now);
    });
  }

  /** A Redirect that belongs to no opening session. */
  onRedirect(redirect: Redirect, path: Path): void {
    this.#asker.take(redirect, path);
  }

  /** Looks for nothing more; the paths that sessions have stay open. */
  stop(): void {
    this.#isStopped = true;
    this.#nat.stop();
    for (const traversal of this.#traversals.values()) traversal.stop();
    this.#traversals.clear();
    this.#alarm.set(Number.POSITIVE_INFINITY);
  }

  #of(session: Session): SessionTraversal | undefined {
    return this.#traversals.get(peerIdOf(session));
  }

  #add(peerId: string, role: PunchRole, far: FarContact, now: number): void {
    this.#makeRoom();
    const { driver, io, signal } = this.#options;
    const host = {
      sockets: this.#sockets,
      asker: this.#asker,
      terms: () => ({
        near: this.nat,
        server: this.#nat.server,
        serverRoundTripMs: this.#nat.serverRoundTripMs,
        pacer: this.#pacer,
        random: (limit: number) => below(io, limit),
      }),
      mayPunch: () => this.#punching < MAX_PUNCHES,
      signal: (sent: Parameters<typeof encodePunchSignal>[0]) =>
        signal(peerId, encodePunchSignal(sent)),
      hello: () => this.#options.helloFor(peerId),
      onLost: (at: number) => this.#nat.refresh(at),
      trace: (what: string) => this.#options.trace(`${shortId(peerId)}: ${what}`),
      turn: (change: (at: number) => void) => this.#turn(change),
      turnSession: (change: (at: number) => void) => driver.turn(change),
    };
    this.#traversals.set(peerId, new SessionTraversal(host, role, far, now));
  }

  /** Introductions that no session follows are forgotten, the oldest first. */
  #makeRoom(): void {
    const idle = [...this.#traversals].filter(([, traversal]) => !traversal.session);
    const [oldest] = idle;
    if (oldest && idle.length >= MAX_MEETINGS) this.#forget(...oldest);
  }

  #forget(peerId: string, traversal: SessionTraversal): void {
    traversal.close();
    this.#traversals.delete(peerId);
  }

  #onReport(report: NatReport): void {
    const { io, onNat, trace } = this.#options;
    trace(`NAT: ${JSON.stringify(report)}`);
    for (const traversal of this.#traversals.values()) traversal.onNetworkChange(io.now());
    onNat(report);
  }

  get #punching(): number {
    return [...this.#traversals.values()].filter(({ isPunching }) => isPunching).length;
  }

  /** Changes the machines, lets them act, and sets the alarm. */
  #turn(change: (now: number) => void): void {
    const { io } = this.#options;
    if (this.#isStopped) return;
    change(io.now());
    // What they do may lead back here: then the turn under way goes on with it.
    if (this.#isTurning) return;
    this.#isTurning = true;
    const now = io.now();
    this.#nat.advance(now);
    for (const [peerId, traversal] of [...this.#traversals]) {
      if (traversal.isForgotten(now)) this.#forget(peerId, traversal);
      else traversal.advance(now);
    }
    this.#isTurning = false;
    let timeout = this.#nat.timeout;
    for (const traversal of this.#traversals.values()) {
      timeout = Math.min(timeout, traversal.timeout);
    }
    this.#alarm.set(timeout);
  }
}

/** For people. */
function shortId(peerId: string): string {
  return peerId.slice(0, 12);
}

function peerIdOf(session: Session): string {
  return session.terms.farCertificate.peerId;
}

/** A whole number from 0 up to, not including, `limit`, which is at most 65,536. */
function below(io: Io, limit: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = io.random(4);
  const fraction = (((a << 24) | (b << 16) | (c << 8) | d) >>> 0) / 2 ** 32;
  return Math.floor(fraction * limit);
}

/** Attempts at the same time: each may send 2,048 probes, and they share one pace. */
const MAX_PUNCHES = 4;
/** Introductions without a session: who may introduce is the server's business, but it may be wrong. */
const MAX_MEETINGS = 64;
