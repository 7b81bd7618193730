import { Ring } from "../bytes/ring.ts";
import { Schedule } from "../bytes/schedule.ts";
import { RtmfpError } from "../errors.ts";
import { type Address, isNowhere } from "../wire/address.ts";
import type { FIHello } from "../wire/chunks/fihello.ts";
import type { IHello } from "../wire/chunks/ihello.ts";
import { admissionLimits, type EndpointOptions } from "./endpoint-options.ts";
import type { Datagram, EndpointEvent, LinkId, Output, Path } from "./events.ts";
import { Handshakes } from "./handshakes.ts";
import { Inbox } from "./inbox.ts";
import { Links, type LinkTraits } from "./links.ts";
import type { OpenCandidate, Opening } from "./opening.ts";
import { checkedDatagramBytes } from "./path-mtu.ts";
import { ReadyQueue } from "./ready-queue.ts";
import { Session } from "./session.ts";
import { changedLimits, DEFAULT_LIMITS } from "./session-limits.ts";
import { SessionTable } from "./session-table.ts";
import type { SessionHost, SessionTerms } from "./session-terms.ts";
import type { StartupSender } from "./startup-sender.ts";
import { TimeCritical } from "./time-critical.ts";

export interface EndpointStats {
  /** Datagrams that were dropped: not authentic, unknown session, broken syntax, or over a limit. */
  readonly malformed: number;
  /** Packets that were not sent because what was to be answered made them too long for a startup. */
  readonly unsent: number;
  readonly sessions: number;
  /**
   * Entries of all tables: those of sessions, half-open and opening ones, and of fragments of packets that
   * open some. 0 when all those are gone; what grows while their number does not is a leak.
   */
  readonly remembered: number;
}

/**
 * One RTMFP endpoint, RFC 7016: all its sessions on all its links. A machine: datagrams and time in,
 * datagrams and events out; it never throws for what the network sent.
 */
export class Endpoint {
  readonly #links = new Links();
  readonly #sessions: SessionTable;
  readonly #schedule = new Schedule<Session>();
  readonly #outputs = new Ring<Output>();
  readonly #ready = new ReadyQueue<Session>();
  readonly #handshakes: Handshakes;
  readonly #inbox: Inbox;
  readonly #sessionHost: SessionHost;
  #malformed = 0;

  /** Throws RangeError for a limit that is none. */
  constructor(options: EndpointOptions) {
    const limits = admissionLimits(options);
    this.#sessions = new SessionTable((length) => options.crypto.random(length));
    const maxDatagramBytes = checkedDatagramBytes(options.maxDatagramBytes);
    this.#sessionHost = {
      timeCritical: new TimeCritical(),
      crypto: options.crypto,
      limits: changedLimits(DEFAULT_LIMITS, options),
      congestion: options.congestion ?? "loss",
      maxDatagramBytes: (path) => maxDatagramBytes ?? this.#links.maxDatagramBytes(path),
      emit: (event) => this.#emitOfSession(event),
      wake: (session) => this.#wake(session),
      askElsewhere: (session, now) => this.#askElsewhere(session, now),
      rank: (link) => this.#links.rank(link),
      isVouched: (link) => this.#links.isVouched(link),
      confirmed: (session) => this.#handshakes.confirm(session),
      noteMalformed: () => this.#noteMalformed(),
    };
    this.#handshakes = new Handshakes({
      crypto: options.crypto,
      links: this.#links,
      sessions: this.#sessions,
      limits,
      emit: (event) => this.#emit(event),
      transmit: (transmit) => this.#outputs.push(transmit),
      open: (terms, path, now) => this.#open(terms, path, now),
    });
    this.#inbox = new Inbox(this.#sessions, this.#handshakes.receiver, this.#sessionHost);
  }

  /** For packets that belong to no session of this endpoint. */
  get startupSender(): StartupSender {
    return this.#handshakes.sender;
  }

  get stats(): EndpointStats {
    return {
      malformed: this.#malformed,
      unsent: this.startupSender.unsent,
      sessions: this.#sessions.size,
      remembered:
        this.#sessions.remembered +
        this.#handshakes.remembered +
        this.#schedule.size +
        this.#ready.size,
    };
  }

  /** When `advance` has something to do, ms; Infinity: never. */
  get timeout(): number {
    return Math.min(this.#schedule.earliest, this.#handshakes.timeout);
  }

  /** Bytes of messages that wait to be delivered, in all sessions. */
  get queuedBytes(): number {
    let bytes = 0;
    for (const session of this.#sessions) bytes += session.sending.queuedBytes;
    return bytes;
  }

  /**
   * One more socket, or whatever else carries datagrams. Opening sessions ask there too; sessions that
   * have lost their link go on there.
   */
  addLink(link: LinkId, traits: LinkTraits, now: number): void {
    this.#links.add(link, traits);
    this.#handshakes.initiator.addLink(link, traits.reaches, now);
    this.#rescueSessions(now);
  }

  /**
   * The socket is gone. Its sessions go on over others: one that reaches where the far end is, or else
   * one over which it answers at another of the addresses at which it was asked for.
   */
  removeLink(link: LinkId, now: number): void {
    this.#links.delete(link);
    this.#handshakes.initiator.removeLink(link, now);
    this.#rescueSessions(now);
  }

  /**
   * Opens a session to whoever `endpointDiscriminator` selects and can be found at `candidates` or
   * where those redirect to. Ends in a "session" or "open-failed" event. Throws `CLOSED`, `LIMIT`,
   * RangeError for a delay or timeout that is none, or MalformedError for a discriminator.
   */
  open(
    endpointDiscriminator: Uint8Array,
    candidates: readonly OpenCandidate[],
    now: number,
    timeoutMs?: number,
  ): Opening {
    return this.#handshakes.initiator.open(endpointDiscriminator, candidates, timeoutMs, now);
  }

  /** One more address for an opening session; of too many, one that a Redirect told goes. */
  addCandidate(opening: Opening, candidate: OpenCandidate, now: number): void {
    this.#handshakes.initiator.addCandidate(opening, candidate, now);
  }

  /** Gives an opening session up, without an event. */
  abandon(opening: Opening): void {
    this.#handshakes.initiator.abandon(opening);
  }

  /** Answers an IHello that an introducer passed on, if it is for us, RFC 7016 §3.5.1.1.2. */
  answerForwardedHello(hello: FIHello, now: number): void {
    if (isNowhere(hello.replyAddress)) return;
    this.answerHello(hello, undefined, hello.replyAddress, now);
  }

  /** Answers an IHello that we know of, if it is for us, on one link or all. */
  answerHello(hello: IHello, link: LinkId | undefined, to: Address, now: number): void {
    try {
      this.#handshakes.answerHello(hello, link, to, now);
    } catch (error) {
      if (!(error instanceof RtmfpError)) throw error;
      this.#noteMalformed();
    }
  }

  /** Opens no more and closes all sessions in an orderly way: gone when `stats.sessions` is 0. */
  close(now: number): void {
    this.#handshakes.initiator.close();
    for (const session of this.#sessions) session.close(now);
  }

  /** Closes all sessions abruptly: each far end is told once, and nobody waits for an answer. */
  abort(): void {
    this.#handshakes.initiator.close();
    for (const session of this.#sessions) session.abort();
  }

  /** Datagrams that came together. */
  receive(datagrams: readonly Datagram[], now: number): void {
    this.#inbox.receive(datagrams, now);
  }

  advance(now: number): void {
    this.#handshakes.advance(now);
    for (
      let session = this.#schedule.takeDue(now);
      session;
      session = this.#schedule.takeDue(now)
    ) {
      session.advance(now);
      this.#wake(session);
    }
  }

  /** What to do next; undefined when there is nothing left. Packets are built here. */
  poll(now: number): Output | undefined {
    const output = this.#outputs.shift();
    if (output) return output;
    for (let session = this.#ready.take(now); session; session = this.#ready.take(now)) {
      const transmit = session.poll(now);
      if (transmit) {
        this.#ready.add(session);
        return transmit;
      }
      this.#ready.remove(session);
      if (session.state === "CLOSED") this.#remove(session);
      else this.#schedule.set(session, session.timeout);
      const event = this.#outputs.shift();
      if (event) return event;
    }
    return undefined;
  }

  #open(terms: SessionTerms, path: Path, now: number): Session {
    const session = new Session(this.#sessionHost, terms, path, now);
    this.#sessions.add(session);
    this.#wake(session);
    return session;
  }

  /** For sessions whose link is gone. */
  #rescueSessions(now: number): void {
    for (const session of this.#sessions) {
      if (this.#links.has(session.path.link)) continue;
      const [another] = this.#links.to(session.destination);
      session.leaveLink(another, now);
      if (another === undefined) this.#askElsewhere(session, now);
    }
  }

  #askElsewhere(session: Session, now: number): void {
    for (const path of this.#links.pathsBeside(session.path, session.otherAddresses)) {
      session.tryPath(path, now);
    }
    const isToTell = session.isOpen && this.#handshakes.isKnown(session);
    if (isToTell) this.#emit({ type: "unanswered", session });
  }

  #emit(event: EndpointEvent): void {
    this.#outputs.push(event);
  }

  #emitOfSession(event: EndpointEvent): void {
    if (event.type !== "closed" || this.#handshakes.close(event.session)) this.#emit(event);
  }

  #noteMalformed(): void {
    this.#malformed += 1;
  }

  #wake(session: Session): void {
    this.#ready.add(session);
  }

  #remove(session: Session): void {
    this.#sessions.delete(session);
    this.#handshakes.forget(session);
    this.#schedule.set(session, Number.POSITIVE_INFINITY);
  }
}
