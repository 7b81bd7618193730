import type { Crypto } from "../crypto/crypto.ts";
import type { Address } from "../wire/address.ts";
import type { IHello } from "../wire/chunks/ihello.ts";
import { Admission, type AdmissionLimits } from "./admission.ts";
import type { EndpointEvent, LinkId, Path, Transmit } from "./events.ts";
import { HalfOpen } from "./half-open.ts";
import { Initiator, type InitiatorHost } from "./initiator.ts";
import type { Links } from "./links.ts";
import { Responder, type ResponderHost } from "./responder.ts";
import type { Session } from "./session.ts";
import type { SessionTable } from "./session-table.ts";
import type { SessionTerms } from "./session-terms.ts";
import { StartupReceiver } from "./startup-receiver.ts";
import { StartupSender } from "./startup-sender.ts";
import { Succession } from "./succession.ts";

/** What Handshakes need of their endpoint. */
export interface HandshakesHost {
  readonly crypto: Crypto;
  readonly links: Links;
  readonly sessions: SessionTable;
  readonly limits: AdmissionLimits;
  emit(event: EndpointEvent): void;
  transmit(transmit: Transmit): void;
  open(terms: SessionTerms, path: Path, now: number): Session;
}

/** How an endpoint gets its sessions, RFC 7016 §3.5.1: both halves of it, and what they share. */
export class Handshakes {
  readonly #host: HandshakesHost;
  readonly sender: StartupSender;
  readonly receiver: StartupReceiver;
  readonly initiator: Initiator;
  readonly #admission: Admission<Session>;
  readonly #succession: Succession;
  readonly #responder: Responder;
  readonly #halfOpen = new HalfOpen<Session>();

  constructor(host: HandshakesHost) {
    this.#host = host;
    const { crypto, links, sessions, limits, emit } = host;
    this.#admission = new Admission(limits, sessions);
    this.sender = new StartupSender(crypto, links, host.transmit);
    const halves = this.#hostOfHalves();
    this.initiator = new Initiator(halves);
    this.#responder = new Responder(halves);
    this.receiver = new StartupReceiver(crypto, this.initiator, this.#responder, emit);
    this.#succession = new Succession({
      hasOlderThan: (session) => sessions.hasOlderThan(session),
      olderThan: (session) => sessions.olderThan(session),
      settle: (session) => this.initiator.settle(session),
      emit,
    });
  }

  get timeout(): number {
    return Math.min(this.initiator.timeout, this.receiver.timeout);
  }

  /** Entries of all their tables. */
  get remembered(): number {
    return (
      this.initiator.remembered +
      this.#responder.remembered +
      this.receiver.remembered +
      this.#succession.remembered +
      this.#halfOpen.remembered +
      this.#admission.remembered
    );
  }

  advance(now: number): void {
    this.initiator.advance(now);
    this.receiver.advance(now);
  }

  /** Answers an IHello that somebody passed on, if it is for us. Throws MalformedError. */
  answerHello(hello: IHello, link: LinkId | undefined, to: Address, now: number): void {
    if (!this.#host.crypto.certificate.isSelectedBy(hello.endpointDiscriminator)) return;
    this.#responder.answerHello(hello, link, to, now, "whole");
  }

  /** The far end has proven that it holds the keys of the session that it opened. */
  confirm(session: Session): void {
    this.#halfOpen.delete(session);
    this.#responder.confirm(session);
    this.#succession.confirm(session);
  }

  /** Has the user heard of it, or is about to? */
  isKnown(session: Session): boolean {
    return this.#succession.isKnown(session);
  }

  /** The session is not open any more. Answers false if the user never heard of it. */
  close(session: Session): boolean {
    this.#admission.close(session);
    return this.#succession.close(session);
  }

  /** The session is gone. */
  forget(session: Session): void {
    this.#halfOpen.delete(session);
    this.#admission.delete(session);
    this.#responder.forget(session);
  }

  #hostOfHalves(): InitiatorHost & ResponderHost {
    const { crypto, links, sessions, emit, open } = this.#host;
    return {
      crypto,
      emit,
      open,
      sendStartup: this.sender.send,
      allocateSessionId: () => sessions.allocateId(),
      releaseSessionId: (id) => sessions.release(id),
      expect: (id, opening) => sessions.expect(id, opening),
      sessionWith: (far, from) => sessions.with(far, from, (session) => this.isKnown(session)),
      yieldsTo: (far, from) => this.initiator.yieldsTo(far, from),
      isVouched: (link) => links.isVouched(link),
      vouchedLink: (address) => links.to(address).find((link) => links.isVouched(link)),
      hasRoom: (from, now) =>
        !this.initiator.isClosed &&
        this.#admission.hasRoom(from) &&
        this.#halfOpen.makeRoom(from, now),
      makeRoom: (from) => this.#admission.makeRoom(from),
      opened: (session, now) => {
        this.#halfOpen.add(session, session.destination, now);
        this.#admission.add(session, session.destination);
        this.#succession.open(session);
      },
    };
  }
}
