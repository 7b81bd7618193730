import { Ring } from "../bytes/ring.ts";
import { Schedule } from "../bytes/schedule.ts";
import type { Writer } from "../bytes/writer.ts";
import type { Crypto } from "../crypto/crypto.ts";
import { unscrambleSessionId } from "../crypto/session-id.ts";
import { MalformedError, RtmfpError } from "../errors.ts";
import { KEEPALIVE_MS, MAX_SESSIONS, RETRANSMIT_LIMIT_MS } from "../params.ts";
import type { Address, CandidateAddress } from "../wire/address.ts";
import { type Chunk, ChunkType } from "../wire/chunk.ts";
import { readCookieChange } from "../wire/chunks/cookie-change.ts";
import type { FIHello } from "../wire/chunks/fihello.ts";
import { readIHello } from "../wire/chunks/ihello.ts";
import { readIIKeying } from "../wire/chunks/iikeying.ts";
import { readRedirect, writeRedirect } from "../wire/chunks/redirect.ts";
import { readRHello } from "../wire/chunks/rhello.ts";
import { readRIKeying } from "../wire/chunks/rikeying.ts";
import type { CongestionMode } from "./congestion.ts";
import type { EndpointEvent, LinkId, Output } from "./events.ts";
import { Initiator, type InitiatorHost } from "./initiator.ts";
import type { Opening, SendStartup } from "./opening.ts";
import { ReadyQueue } from "./ready-queue.ts";
import { Responder, type ResponderHost } from "./responder.ts";
import { Session } from "./session.ts";
import { SessionTable } from "./session-table.ts";
import type { SessionHost, SessionTerms } from "./session-terms.ts";
import { openStartup, STARTUP_SESSION_ID, sealStartup } from "./startup-packet.ts";
import { Succession } from "./succession.ts";
import { TimeCritical } from "./time-critical.ts";

export interface EndpointOptions {
  readonly crypto: Crypto;
  /**
   * A session that was silent for so long is asked whether it is still there, ms.
   * @default 10 000
   */
  readonly keepaliveMs?: number | undefined;
  /**
   * A session whose far end owes an answer for so long is dead, ms.
   * @default 20 000
   */
  readonly retransmitLimitMs?: number | undefined;
  /**
   * Sessions that may be open; more are not answered.
   * @default 65 536
   */
  readonly maxSessions?: number | undefined;
  /**
   * "delay" keeps queues on the way short, for interactive media; "loss" uses all that the path has.
   * @default "loss"
   */
  readonly congestion?: CongestionMode | undefined;
}

export interface EndpointStats {
  /** Datagrams that were dropped: not authentic, unknown session, or broken syntax. */
  readonly malformed: number;
  readonly sessions: number;
}

/**
 * One RTMFP endpoint, RFC 7016: all its sessions on all its links. A machine: datagrams and time in,
 * datagrams and events out; it never throws for what the network sent.
 */
export class Endpoint {
  readonly #crypto: Crypto;
  readonly #maxSessions: number;
  readonly #links = new Map<LinkId, (address: Address) => boolean>();
  readonly #sessions: SessionTable;
  readonly #schedule = new Schedule<Session>();
  readonly #outputs = new Ring<Output>();
  readonly #ready = new ReadyQueue<Session>();
  readonly #initiator: Initiator;
  readonly #responder: Responder;
  readonly #succession: Succession;
  readonly #sessionHost: SessionHost;
  #malformed = 0;

  constructor(options: EndpointOptions) {
    this.#crypto = options.crypto;
    this.#maxSessions = options.maxSessions ?? MAX_SESSIONS;
    this.#sessions = new SessionTable((length) => options.crypto.random(length));
    this.#sessionHost = {
      timeCritical: new TimeCritical(),
      congestion: options.congestion ?? "loss",
      keepaliveMs: options.keepaliveMs ?? KEEPALIVE_MS,
      retransmitLimitMs: options.retransmitLimitMs ?? RETRANSMIT_LIMIT_MS,
      emit: (event) => this.#emitOfSession(event),
      wake: (session) => this.#wake(session),
      confirmed: (session) => this.#succession.confirm(session),
      noteMalformed: () => this.#noteMalformed(),
    };
    const host = this.#startupHost();
    this.#initiator = new Initiator(host);
    this.#responder = new Responder(host);
    this.#succession = new Succession({
      olderThan: (session) => this.#sessions.olderThan(session),
      settle: (session) => this.#initiator.settle(session),
      emit: (event) => this.#emit(event),
    });
  }

  get stats(): EndpointStats {
    return { malformed: this.#malformed, sessions: this.#sessions.size };
  }

  /** When `advance` has something to do, ms; Infinity: never. */
  get timeout(): number {
    return Math.min(this.#schedule.earliest, this.#initiator.timeout);
  }

  /** Bytes of messages that wait to be delivered, in all sessions. */
  get queuedBytes(): number {
    let bytes = 0;
    for (const session of this.#sessions) bytes += session.sending.queuedBytes;
    return bytes;
  }

  /** A socket that sends to the addresses for which `reaches` answers true. */
  addLink(link: LinkId, reaches: (address: Address) => boolean): void {
    this.#links.set(link, reaches);
  }

  /**
   * Opens a session to whoever `endpointDiscriminator` selects and can be found at `candidates` or
   * where those redirect to. Ends in a "session" or "open-failed" event. Throws `CLOSED` or `LIMIT`.
   */
  open(
    endpointDiscriminator: Uint8Array,
    candidates: readonly Address[],
    now: number,
    timeoutMs?: number,
  ): Opening {
    return this.#initiator.open(endpointDiscriminator, candidates, timeoutMs, now);
  }

  /** One more address for an opening session. */
  addCandidate(opening: Opening, address: Address, now: number): void {
    this.#initiator.addCandidate(opening, address, now);
  }

  /** Gives an opening session up, without an event. */
  abandon(opening: Opening): void {
    this.#initiator.abandon(opening);
  }

  /** Tells the sender of an IHello where else to ask, RFC 7016 §3.5.1.4. */
  redirect(
    link: LinkId,
    to: Address,
    tagEcho: Uint8Array,
    destinations: readonly CandidateAddress[],
    now: number,
  ): void {
    const write = (writer: Writer): void => writeRedirect(writer, { tagEcho, destinations });
    this.#sendStartup(link, to, write, now);
  }

  /** Answers an IHello that an introducer passed on, if it is for us, RFC 7016 §3.5.1.1.2. */
  answerForwardedHello(hello: FIHello, now: number): void {
    if (hello.replyAddress.port === 0) return;
    if (!this.#crypto.certificate.isSelectedBy(hello.endpointDiscriminator)) return;
    this.#responder.answerHello(hello, undefined, hello.replyAddress, now);
  }

  /** Opens no more and closes all sessions in an orderly way: gone when `stats.sessions` is 0. */
  close(now: number): void {
    this.#initiator.close();
    for (const session of this.#sessions) session.close(now);
  }

  receive(datagram: Uint8Array, link: LinkId, from: Address, now: number): void {
    try {
      const id = unscrambleSessionId(datagram);
      const holder = id === STARTUP_SESSION_ID ? undefined : this.#sessions.get(id);
      if (holder instanceof Session) this.#receiveInSession(holder, datagram, now);
      else if (holder) this.#receiveInOpening(holder, datagram, now);
      else if (id === STARTUP_SESSION_ID) this.#receiveStartup(datagram, link, from, now);
      else this.#noteMalformed();
    } catch (error) {
      if (!(error instanceof RtmfpError)) throw error;
      this.#noteMalformed();
    }
  }

  advance(now: number): void {
    this.#initiator.advance(now);
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

  #receiveInSession(session: Session, datagram: Uint8Array, now: number): void {
    if (!session.receive(datagram, now)) this.#noteMalformed();
    this.#wake(session);
  }

  /** Startup packets for our session ID, or session packets that overtook them. */
  #receiveInOpening(opening: Opening, datagram: Uint8Array, now: number): void {
    let chunks: Chunk[];
    try {
      chunks = openStartup(this.#crypto, datagram);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      opening.keepEarlyPacket(datagram);
      return;
    }
    for (const { type, payload } of chunks) {
      if (type === ChunkType.rikeying) {
        this.#initiator.onRIKeying(opening, readRIKeying(payload), now);
        return;
      }
      if (type === ChunkType.cookieChange) {
        this.#initiator.onCookieChange(opening, readCookieChange(payload), now);
      }
    }
  }

  #receiveStartup(datagram: Uint8Array, link: LinkId, from: Address, now: number): void {
    for (const { type, payload } of openStartup(this.#crypto, datagram)) {
      if (type === ChunkType.ihello) {
        const hello = readIHello(payload);
        const isForUs = this.#crypto.certificate.isSelectedBy(hello.endpointDiscriminator);
        if (isForUs) this.#responder.answerHello(hello, link, from, now);
        else this.#emit({ type: "hello", hello, link, from });
        return;
      }
      if (type === ChunkType.rhello) this.#initiator.onRHello(readRHello(payload), link, from, now);
      if (type === ChunkType.redirect) this.#initiator.onRedirect(readRedirect(payload), from, now);
      if (type === ChunkType.iikeying) {
        this.#responder.answerKeying(readIIKeying(payload), link, from, now);
      }
    }
  }

  #startupHost(): InitiatorHost & ResponderHost {
    return {
      crypto: this.#crypto,
      emit: (event) => this.#emit(event),
      sendStartup: this.#sendStartup,
      allocateSessionId: () => this.#sessions.allocateId(),
      releaseSessionId: (id) => this.#sessions.release(id),
      expect: (id, opening) => this.#sessions.expect(id, opening),
      sessionWith: (far, from) => this.#sessions.with(far, from),
      yieldsTo: (far, from) => this.#initiator.yieldsTo(far, from),
      hasRoom: () => !this.#initiator.isClosed && this.#sessions.size < this.#maxSessions,
      open: (terms, now) => this.#open(terms, now),
      opened: (session) => this.#succession.open(session),
    };
  }

  #open(terms: SessionTerms, now: number): Session {
    const session = new Session(this.#sessionHost, terms, now);
    this.#sessions.add(session);
    this.#wake(session);
    return session;
  }

  readonly #sendStartup: SendStartup = (link, to, write, now, sessionId) => {
    const bytes = sealStartup(this.#crypto, sessionId ?? STARTUP_SESSION_ID, now, write);
    for (const [id, reaches] of this.#links) {
      const isChosen = link === undefined ? reaches(to) : id === link;
      if (isChosen) this.#outputs.push({ type: "transmit", link: id, to, bytes });
    }
  };

  #emit(event: EndpointEvent): void {
    this.#outputs.push(event);
  }

  #emitOfSession(event: EndpointEvent): void {
    if (event.type !== "closed" || this.#succession.close(event.session)) this.#emit(event);
  }

  #noteMalformed(): void {
    this.#malformed += 1;
  }

  #wake(session: Session): void {
    this.#ready.add(session);
  }

  #remove(session: Session): void {
    this.#sessions.delete(session);
    this.#responder.forget(session);
    this.#schedule.set(session, Number.POSITIVE_INFINITY);
  }
}
