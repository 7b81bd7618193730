import type { Writer } from "../bytes/writer.ts";
import type { Certificate, Crypto, ResponderKeying } from "../crypto/crypto.ts";
import { RtmfpError } from "../errors.ts";
import { type Address, formatAddress } from "../wire/address.ts";
import { writeCookieChange } from "../wire/chunks/cookie-change.ts";
import type { IHello } from "../wire/chunks/ihello.ts";
import type { ReceivedIIKeying } from "../wire/chunks/iikeying.ts";
import { writeRHello } from "../wire/chunks/rhello.ts";
import { responderSignedParametersPortion, writeRIKeying } from "../wire/chunks/rikeying.ts";
import { Cookies } from "./cookies.ts";
import type { LinkId, Path } from "./events.ts";
import type { SendStartup } from "./opening.ts";
import type { Session } from "./session.ts";
import type { SessionTerms } from "./session-terms.ts";

/** What the responding half of an endpoint needs of it. */
export interface ResponderHost {
  readonly crypto: Crypto;
  allocateSessionId(): number;
  readonly sendStartup: SendStartup;
  /** Does whoever carries the datagrams of this link say truly where they come from? */
  isVouched(link: LinkId): boolean;
  /** Settles glare: answers false if our own attempt to reach `far` prevails, RFC 7016 §3.5.1.3. */
  yieldsTo(far: Certificate, from: Address): boolean;
  hasRoom(): boolean;
  open(terms: SessionTerms, path: Path, now: number): Session;
  /** The far end opened this session, and has yet to prove that it holds the keys. */
  opened(session: Session): void;
}

/**
 * Answers those who open sessions to us, RFC 7016 §3.5.1.1.2. Nothing is remembered of anybody
 * before their cookie has come back.
 */
export class Responder {
  readonly #host: ResponderHost;
  readonly #cookies: Cookies;
  /** Sessions by what makes an IIKeying a repetition. BOUNDED: by the endpoint's sessions. */
  readonly #answered = new Map<string, Answered>();
  readonly #keys = new Map<Session, string>();

  constructor(host: ResponderHost) {
    this.#host = host;
    this.#cookies = new Cookies(host.crypto);
  }

  /** To an IHello that selects us, or a forwarded one: then on all links that reach its sender. */
  answerHello(hello: IHello, link: LinkId | undefined, to: Address, now: number): void {
    const { crypto } = this.#host;
    const answer = {
      tagEcho: hello.tag,
      cookie: this.#cookies.issue(to, now),
      responderCertificate: crypto.certificate.bytes,
    };
    this.#host.sendStartup(link, to, (writer) => writeRHello(writer, answer), now);
  }

  /** Throws MalformedError, or RtmfpError: `CRYPTO` for keying that we cannot accept, `LIMIT`. */
  answerKeying(keying: ReceivedIIKeying, link: LinkId, from: Address, now: number): void {
    const isVouched = this.#host.isVouched(link);
    const verdict = isVouched ? "valid" : this.#cookies.check(keying.cookieEcho, from, now);
    if (verdict === "invalid") return;
    if (verdict === "moved") {
      this.#changeCookie(keying, link, from, now);
      return;
    }
    const path = { link, address: from };
    const key = repetitionKey(keying, from);
    const answered = this.#answered.get(key);
    if (answered && this.#isRepetition(answered, keying)) {
      this.#sendKeying(answered.session.terms, path, answered, now);
      return;
    }
    if (keying.initiatorSessionId === 0) return;
    const far = this.#host.crypto.readCertificate(keying.initiatorCertificate);
    this.#host.crypto.verify(keying.signature, keying.initiatorSignedParameters);
    if (!this.#host.yieldsTo(far, from)) return;
    if (!this.#host.hasRoom()) throw new RtmfpError("LIMIT", "too many sessions");
    const answer = this.#host.crypto.respond(far, keying.sessionKeyInitiatorComponent);
    const session = this.#open(keying, far, answer, path, now);
    const initiatorComponent = keying.sessionKeyInitiatorComponent.slice();
    this.#answered.set(key, { session, component: answer.component, initiatorComponent });
    this.#keys.set(session, key);
  }

  /** The session is gone: an IIKeying like the one that opened it is no repetition any more. */
  forget(session: Session): void {
    const key = this.#keys.get(session);
    this.#keys.delete(session);
    if (key !== undefined && this.#answered.get(key)?.session === session) {
      this.#answered.delete(key);
    }
  }

  #open(
    keying: ReceivedIIKeying,
    far: Certificate,
    answer: ResponderKeying,
    path: Path,
    now: number,
  ): Session {
    const terms: SessionTerms = {
      role: "responder",
      keys: answer.keys,
      farCertificate: far,
      nearSessionId: this.#host.allocateSessionId(),
      farSessionId: keying.initiatorSessionId,
      otherAddresses: NOWHERE_ELSE,
    };
    const initiatorComponent = keying.sessionKeyInitiatorComponent;
    this.#sendKeying(terms, path, { component: answer.component, initiatorComponent }, now);
    const session = this.#host.open(terms, path, now);
    this.#host.opened(session);
    return session;
  }

  #sendKeying(
    terms: SessionTerms,
    path: Path,
    { component, initiatorComponent }: Components,
    now: number,
  ): void {
    const parameters = {
      responderSessionId: terms.nearSessionId,
      sessionKeyResponderComponent: component,
    };
    const signed = responderSignedParametersPortion(parameters);
    const signature = this.#host.crypto.sign(signed, initiatorComponent);
    const write = (writer: Writer): void => writeRIKeying(writer, { ...parameters, signature });
    this.#host.sendStartup(path.link, path.address, write, now, terms.farSessionId);
  }

  #changeCookie(keying: ReceivedIIKeying, link: LinkId, from: Address, now: number): void {
    const change = {
      oldCookie: keying.cookieEcho,
      newCookie: this.#cookies.issue(from, now),
    };
    const write = (writer: Writer): void => writeCookieChange(writer, change);
    this.#host.sendStartup(link, from, write, now, keying.initiatorSessionId);
  }

  #isRepetition(answered: Answered, keying: ReceivedIIKeying): boolean {
    const { crypto } = this.#host;
    const { session } = answered;
    return (
      session.isOpen &&
      crypto.equal(answered.initiatorComponent, keying.sessionKeyInitiatorComponent) &&
      crypto.equal(session.terms.farCertificate.bytes, keying.initiatorCertificate)
    );
  }
}

const NOWHERE_ELSE: readonly Address[] = [];

/** Both halves of a session's keying. */
interface Components {
  readonly component: Uint8Array;
  readonly initiatorComponent: Uint8Array;
}

interface Answered extends Components {
  readonly session: Session;
}

function repetitionKey(keying: ReceivedIIKeying, from: Address): string {
  return `${formatAddress(from)} ${keying.initiatorSessionId}`;
}
