import type { Session } from "../../protocol/session/session.ts";
import { type Address, formatAddress, sameAddress } from "../../protocol/wire/address.ts";
import type { IHello } from "../../protocol/wire/chunks/ihello.ts";
import type { FarContact } from "../sessions/far-contact.ts";
import type { QueryAction, SocketId } from "../traversal/address-queries.ts";
import { type Candidate, isOutside } from "../traversal/candidates.ts";
import { MAIN_SOCKET } from "../traversal/nat-discovery.ts";
import { PathKeeper } from "../traversal/path-keeper.ts";
import type { ProbePair } from "../traversal/probe-board.ts";
import { Punch } from "../traversal/punch.ts";
import type { PunchSignal } from "../traversal/punch-signal.ts";
import type { PunchAction, PunchOptions } from "../traversal/punch-terms.ts";
import { type DirectWay, type PunchRole, wayOf } from "../traversal/strategy.ts";
import type { AddressAsker } from "./address-asker.ts";
import type { TraversalSockets } from "./traversal-sockets.ts";

export interface SessionTraversalHost {
  readonly sockets: TraversalSockets;
  readonly asker: AddressAsker;
  /** What both ends share in every attempt. */
  terms(): Pick<PunchOptions, "near" | "server" | "serverRoundTripMs" | "pacer" | "random">;
  /** May one more attempt begin? */
  mayPunch(): boolean;
  /** What asks for the far end, as long as there is no session with it. */
  hello(): IHello;
  signal(signal: PunchSignal): void;
  /** A direct path is gone: perhaps we are not where we were. */
  onLost(now: number): void;
  /** What was decided, for people who look into it. */
  trace(what: string): void;
  /** Runs `change` with the time in ms, and then what it leads to in every traversal. */
  turn(change: (now: number) => void): void;
  /** Does what belongs to a session, with the time in ms. */
  turnSession(change: (now: number) => void): void;
}

/** The way to one far end: when to look for a direct path, and what an attempt wants done. */
export class SessionTraversal {
  readonly #host: SessionTraversalHost;
  readonly #role: PunchRole;
  readonly #keeper: PathKeeper;
  #contact: FarContact;
  #session: Session | undefined;
  #punch: Punch | undefined;
  /** Of the path in use, if it is none of the main ones. */
  #kept: SocketId | undefined;
  #isDirect = false;
  /** Of the direct path in use, or the latest. */
  #way: DirectWay | undefined;
  /** Since when the far end is not heard any more, nor asked for over a relay; Infinity: all is well. */
  #strandedAt = Number.POSITIVE_INFINITY;
  /** When nobody waits for a session any more. */
  #forgetAt: number;
  #isClosed = false;

  constructor(host: SessionTraversalHost, role: PunchRole, contact: FarContact, now: number) {
    this.#host = host;
    this.#role = role;
    this.#contact = contact;
    this.#forgetAt = now + MEETING_MS;
    const { random } = host.terms();
    this.#keeper = new PathKeeper({ role, random });
    // Attempts begin with the introduction: the session will be there when the first probe is due.
    this.#keeper.onRelay(now);
  }

  get isPunching(): boolean {
    return this.#punch !== undefined && !this.#punch.isOver;
  }

  /** How the direct path to `address`, which the session goes over, was found. */
  wayTo(address: Address): DirectWay {
    return this.#way ?? this.#wayNow(address);
  }

  /** The session that is to become direct, once it is open. */
  get session(): Session | undefined {
    return this.#session;
  }

  get timeout(): number {
    const punchAt = this.#punch?.timeout ?? Number.POSITIVE_INFINITY;
    return Math.min(this.#keeper.timeout, punchAt, this.#forgetAt);
  }

  /** No session has followed the introduction. */
  isForgotten(now: number): boolean {
    return now >= this.#forgetAt;
  }

  /** The server introduces the far end again: it may be elsewhere now. */
  setContact(contact: FarContact, now: number): void {
    if (!this.#session) this.#forgetAt = now + MEETING_MS;
    if (JSON.stringify(contact) === JSON.stringify(this.#contact)) return;
    this.#contact = contact;
    this.#keeper.onNetworkChange(now);
    if (this.#isDirect) this.#askThere();
  }

  /** Our own network is another one now. */
  onNetworkChange(now: number): void {
    this.#keeper.onNetworkChange(now);
  }

  /** The session with the far end is open. */
  attach(session: Session, now: number): void {
    this.#session = session;
    this.#forgetAt = Number.POSITIVE_INFINITY;
    this.#punch?.onSession(now);
    this.onPath(now);
  }

  /** The session's path may be another one. */
  onPath(now: number): void {
    if (!this.#session?.isOpen) return;
    const { link, address } = this.#session.path;
    const socket = this.#host.sockets.socketOf(link);
    if (this.#kept !== undefined && this.#kept !== socket) this.#drop(this.#kept);
    const isLost = this.#isDirect && socket === undefined;
    this.#strandedAt = Number.POSITIVE_INFINITY;
    this.#isDirect = socket !== undefined;
    if (socket === undefined) {
      this.#keeper.onRelay(now);
      if (isLost) this.#host.onLost(now);
      return;
    }
    this.#kept = socket === MAIN_SOCKET ? undefined : socket;
    this.#way = this.#wayNow(address);
    this.#keeper.onDirect(now);
    this.#punch?.onDirect({ socket, to: address }, now);
  }

  /** Somebody asks for us from there: whoever it is, it is where the far end is. */
  onAsked(path: ProbePair, now: number): void {
    const { nat, verifiedIps = nat.reflexive.map(({ ip }) => ip) } = this.#contact;
    if (verifiedIps.includes(path.to.ip)) this.#punch?.onHeard(path, now);
  }

  /** The direct path is silent, and there is no relay to go on over. */
  onStranded(now: number): void {
    if (!this.#isDirect) return;
    this.#isDirect = false;
    this.#strandedAt = now;
    this.#keeper.onRelay(now);
  }

  onSignal(signal: PunchSignal, now: number): void {
    const isNew = signal.type === "go" && this.#keeper.onFarAttempt(signal.attempt);
    if (isNew) this.#begin(signal.attempt, now);
    this.#punch?.onSignal(signal, now);
  }

  advance(now: number): void {
    if (this.#isClosed) return;
    // Whoever was silent may be heard again where it was.
    if (this.#session && this.#session.heardHereAt > this.#strandedAt) this.onPath(now);
    const attempt = this.#keeper.take(now);
    if (attempt !== undefined) this.#begin(attempt, now);
    const punch = this.#punch;
    if (!punch) return;
    punch.advance(now);
    for (let action = punch.poll(); action; action = punch.poll()) this.#act(punch, action, now);
  }

  /** Begins nothing more; the path that the session has stays open. */
  stop(): void {
    this.#isClosed = true;
    this.#abandon();
  }

  /** The session is over. */
  close(): void {
    this.stop();
    if (this.#kept !== undefined) this.#drop(this.#kept);
  }

  #wayNow(address: Address): DirectWay {
    const { candidates } = this.#contact;
    const isMapped = ({ kind, address: at }: Candidate): boolean =>
      kind === "mapped" && sameAddress(at, address);
    if (candidates.some(isMapped)) return "mapped";
    return this.#punch && this.isPunching ? wayOf(this.#punch.plan) : "direct";
  }

  #begin(attempt: number, now: number): void {
    this.#abandon();
    if (!this.#host.mayPunch()) {
      this.#trace("too many at the same time");
      this.#keeper.onFailed(now);
      return;
    }
    const { nat: far, candidates, verifiedIps } = this.#contact;
    const terms = this.#host.terms();
    const options = { ...terms, role: this.#role, far, candidates, verifiedIps, attempt };
    this.#punch = new Punch(options);
    this.#trace(`${this.#role}, ${JSON.stringify(this.#punch.plan)}`);
    this.#punch.start(now);
  }

  /** A newer attempt takes its place. */
  #abandon(): void {
    const punch = this.#punch;
    this.#punch = undefined;
    const sockets = punch?.abandon() ?? [];
    this.#host.sockets.close(sockets.filter((socket) => socket !== this.#kept));
  }

  #act(punch: Punch, action: PunchAction, now: number): void {
    const { sockets } = this.#host;
    switch (action.type) {
      case "probe":
        this.#probe(action);
        break;
      case "opener":
        sockets.sendOpener(action.socket, action.to, action.ttlHops);
        break;
      case "query":
        this.#ask(punch, action);
        break;
      case "signal":
        this.#host.signal(action.signal);
        break;
      case "sockets":
        void this.#open(punch, action.count);
        break;
      case "release":
        sockets.close(action.sockets.filter((socket) => socket !== this.#kept));
        break;
      case "succeeded":
        this.#trace(
          `direct, from socket ${action.path.socket} to ${formatAddress(action.path.to)}`,
        );
        break;
      case "failed":
        this.#trace("no path");
        this.#keeper.onFailed(now);
    }
  }

  /** Before there is a session, what arrives shows the far end where we are. */
  #probe({ socket, to }: ProbePair): void {
    const { sockets, turnSession, hello } = this.#host;
    const link = sockets.linkTo(socket, to);
    const session = this.#session;
    if (link === undefined) return;
    if (session) turnSession((now) => session.tryPath({ link, address: to }, now));
    else sockets.sendHello(socket, to, hello());
  }

  /** The far end of a direct path is elsewhere, it says: one question opens our NAT, too. */
  #askThere(): void {
    const socket = this.#kept ?? MAIN_SOCKET;
    for (const { address: to } of this.#contact.candidates.filter(isOutside).slice(0, MAX_PLACES)) {
      this.#probe({ socket, to });
    }
  }

  #ask(punch: Punch, query: QueryAction): void {
    this.#host.asker.ask(query, ({ observed, from }) =>
      this.#host.turn((now) => punch.onAnswer(query.tag, observed, from, now)),
    );
  }

  async #open(punch: Punch, count: number): Promise<void> {
    const opened = await this.#host.sockets.open(count);
    const ids = opened.map(({ id }) => id);
    if (punch === this.#punch) this.#host.turn((now) => punch.onSockets(ids, now));
    else this.#host.sockets.close(ids);
  }

  #trace(what: string): void {
    this.#host.trace(`attempt ${this.#keeper.attempt}: ${what}`);
  }

  #drop(socket: SocketId): void {
    this.#kept = undefined;
    this.#host.sockets.close([socket]);
  }
}

/** As long as others try to open a session. */
const MEETING_MS = 30_000;
/** Where servers see a far end, and a port that its router has given it. */
const MAX_PLACES = 3;
