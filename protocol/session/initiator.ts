import type { Certificate, Crypto } from "../crypto/crypto.ts";
import { MalformedError, RtmfpError } from "../errors.ts";
import { type Address, isNowhere } from "../wire/address.ts";
import type { CookieChange } from "../wire/chunks/cookie-change.ts";
import type { Redirect } from "../wire/chunks/redirect.ts";
import type { RHello } from "../wire/chunks/rhello.ts";
import type { ReceivedRIKeying } from "../wire/chunks/rikeying.ts";
import type { EndpointEvent, LinkId, Path } from "./events.ts";
import type { LinkTraits } from "./links.ts";
import { type OpenCandidate, Opening, type OpeningHost } from "./opening.ts";
import { Openings } from "./openings.ts";
import type { Session } from "./session.ts";
import type { SessionTerms } from "./session-terms.ts";
import type { StartupForm } from "./startup-sealer.ts";

/** What the initiating half of an endpoint needs of it. */
export interface InitiatorHost extends OpeningHost {
  readonly crypto: Crypto;
  emit(event: EndpointEvent): void;
  /** A link that reaches `address` and needs no cookie there. */
  vouchedLink(address: Address): LinkId | undefined;
  /** The open session with this far end at this address, if there is one. */
  sessionWith(far: Certificate, from: Address): Session | undefined;
  releaseSessionId(id: number): void;
  expect(id: number, opening: Opening): void;
  open(terms: SessionTerms, path: Path, now: number): Session;
}

/** Opens sessions to others, RFC 7016 §3.5.1.1.1. */
export class Initiator {
  readonly #host: InitiatorHost;
  readonly #openings = new Openings();
  #isClosed = false;

  constructor(host: InitiatorHost) {
    this.#host = host;
  }

  /** Entries of its tables. */
  get remembered(): number {
    return this.#openings.remembered;
  }

  get timeout(): number {
    return this.#openings.timeout;
  }

  /**
   * Throws `CLOSED`, `LIMIT` if too many sessions are opening already, RangeError for a delay or timeout
   * that is none, or MalformedError for a discriminator.
   */
  open(
    endpointDiscriminator: Uint8Array,
    candidates: readonly OpenCandidate[],
    timeoutMs: number | undefined,
    now: number,
  ): Opening {
    if (this.#isClosed) throw new RtmfpError("CLOSED", "the endpoint is closed");
    this.#openings.checkRoom();
    const opening = new Opening(this.#host, endpointDiscriminator, timeoutMs, now);
    this.#openings.add(opening);
    try {
      for (const candidate of candidates) this.addCandidate(opening, candidate, now);
    } catch (error) {
      this.abandon(opening);
      throw error;
    }
    this.#openings.reschedule(opening);
    return opening;
  }

  /** One more place where the far end may be. */
  addCandidate(opening: Opening, candidate: OpenCandidate, now: number): void {
    opening.addCandidate(candidate, now);
    this.#skipHello(opening, candidate, now);
    this.#openings.reschedule(opening);
  }

  /** One more link to ask on. */
  addLink(link: LinkId, reaches: LinkTraits["reaches"], now: number): void {
    for (const opening of this.#openings) opening.addLink(link, reaches, now);
  }

  /** One link less. */
  removeLink(link: LinkId, now: number): void {
    for (const opening of this.#openings) {
      opening.removeLink(link, now);
      this.#openings.reschedule(opening);
    }
  }

  /** The user does not want it any more. */
  abandon(opening: Opening): void {
    if (opening.state !== "DONE") this.#finish(opening);
  }

  /** `form`: what suits the path to whom it came from. */
  onRHello(hello: RHello, from: Path, now: number, form: StartupForm): void {
    const opening = this.#openings.get(hello.tagEcho);
    if (opening) this.#acceptHello(opening, hello, from, now, form);
  }

  /**
   * What a hello would bring is known, and the far end needs no proof of where we are: keying goes out
   * at once, a round trip earlier. A certificate that is none came from somewhere else, and is ignored.
   */
  #skipHello(opening: Opening, { certificate, ip, port }: OpenCandidate, now: number): void {
    const address = { ip, port };
    const link = certificate && this.#host.vouchedLink(address);
    if (!certificate || link === undefined) return;
    const hello = { tagEcho: opening.tag, cookie: NO_COOKIE, responderCertificate: certificate };
    try {
      this.#acceptHello(opening, hello, { link, address }, now, "whole");
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
    }
  }

  #acceptHello(opening: Opening, hello: RHello, from: Path, now: number, form: StartupForm): void {
    if (!opening.mayAccept(from.address)) return;
    const far = this.#host.crypto.readCertificate(hello.responderCertificate);
    if (!far.isSelectedBy(opening.endpointDiscriminator)) return;
    const existing = this.#host.sessionWith(far, from.address);
    if (existing) {
      this.#settle(opening, existing);
      return;
    }
    if (this.#openings.isKeyingWith(far, from.address)) return;
    const ignored = opening.keying?.nearSessionId;
    const accept = (): void => opening.acceptHello(hello, far, from, now, form);
    if (!this.#startKeying(opening, accept)) return;
    if (ignored !== undefined) this.#host.releaseSessionId(ignored);
    if (opening.keying) this.#host.expect(opening.keying.nearSessionId, opening);
    this.#openings.reschedule(opening);
  }

  onRedirect(redirect: Redirect, path: Path, now: number): void {
    const from = path.address;
    const opening = this.#openings.get(redirect.tagEcho);
    if (!opening) {
      this.#host.emit({ type: "redirect", redirect, path });
      return;
    }
    const isImplied = redirect.destinations.length === 0;
    for (const destination of isImplied ? [from] : redirect.destinations) {
      if (!isNowhere(destination)) opening.addCandidate(destination, now, "told");
    }
    this.#openings.reschedule(opening);
  }

  onCookieChange(opening: Opening, change: CookieChange, now: number): void {
    opening.changeCookie(change, now);
    this.#openings.reschedule(opening);
  }

  /** Throws MalformedError, or RtmfpError `CRYPTO` if the keying does not fit. */
  onRIKeying(opening: Opening, answer: ReceivedRIKeying, from: Path, now: number): void {
    const { keying } = opening;
    const keys = opening.finishKeying(answer);
    if (!keying || !keys) return;
    if (answer.responderSessionId === 0) throw new MalformedError("session ID 0");
    const { earlyPackets, addresses } = opening;
    const { link = from.link, destination: address } = keying;
    const session = this.#host.open(
      {
        role: "initiator",
        keys,
        farCertificate: keying.far,
        nearSessionId: keying.nearSessionId,
        farSessionId: answer.responderSessionId,
        otherAddresses: addresses,
      },
      { link, address },
      now,
    );
    this.settle(session);
    session.receiveEarly(earlyPackets, now);
  }

  /** On glare the smaller certificate stays initiator: is that the far end's? */
  yieldsTo(far: Certificate, from: Address): boolean {
    return !this.#openings.prevailOver(far, from, this.#host.crypto.certificate);
  }

  /** A session is open: everyone who asked for it has it. Answers whether there was anybody. */
  settle(session: Session): boolean {
    const answered = this.#openings.answeredBy(session);
    for (const opening of answered) this.#settle(opening, session);
    return answered.length > 0;
  }

  advance(now: number): void {
    const openings = this.#openings;
    for (let due = openings.takeDue(now); due; due = openings.takeDue(now)) {
      if (!due.advance(now)) openings.reschedule(due);
      else this.#fail(due, new RtmfpError("TIMEOUT", "the far end did not answer"));
    }
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Gives all opening sessions up and opens no more. */
  close(): void {
    this.#isClosed = true;
    for (const opening of this.#openings) {
      this.#fail(opening, new RtmfpError("CLOSED", "the endpoint is closed"));
    }
  }

  /** A far end that we share no key agreement with will not change its mind: fails at once. */
  #startKeying(opening: Opening, start: () => void): boolean {
    try {
      start();
      return true;
    } catch (error) {
      if (!(error instanceof RtmfpError) || error.code !== "CRYPTO") throw error;
      this.#fail(opening, error);
      return false;
    }
  }

  #fail(opening: Opening, error: RtmfpError): void {
    this.#finish(opening);
    this.#host.emit({ type: "open-failed", opening, error });
  }

  #settle(opening: Opening, session: Session): void {
    this.#finish(opening);
    this.#host.emit({ type: "session", session, opening });
  }

  #finish(opening: Opening): void {
    const id = opening.keying?.nearSessionId;
    if (id !== undefined) this.#host.releaseSessionId(id);
    this.#openings.delete(opening);
    opening.finish();
  }
}

const NO_COOKIE = new Uint8Array(0);
