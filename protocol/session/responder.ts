import { toHex } from "../bytes/hex.ts";
import { Table } from "../bytes/table.ts";
import { KeyedBuckets } from "../bytes/token-bucket.ts";
import { Writer } from "../bytes/writer.ts";
import type { Certificate, Crypto, ResponderKeying } from "../crypto/crypto.ts";
import { MalformedError, RtmfpError } from "../errors.ts";
import {
  FAILED_KEYING_BURST,
  FAILED_KEYINGS_PER_SECOND,
  HELLO_ANSWER_BURST_BYTES,
  HELLO_ANSWER_BYTES_PER_SECOND,
  MAX_FAILING_NETWORKS,
  MAX_HELLO_NETWORKS,
} from "../params.ts";
import type { Address } from "../wire/address.ts";
import { writeCookieChange } from "../wire/chunks/cookie-change.ts";
import type { IHello } from "../wire/chunks/ihello.ts";
import type { ReceivedIIKeying } from "../wire/chunks/iikeying.ts";
import { writeRHello } from "../wire/chunks/rhello.ts";
import { writeRIKeying } from "../wire/chunks/rikeying.ts";
import { networkOf } from "../wire/source.ts";
import { Cookies } from "./cookies.ts";
import type { LinkId, Path } from "./events.ts";
import type { SendStartup } from "./opening.ts";
import type { Session } from "./session.ts";
import type { SessionTerms } from "./session-terms.ts";
import type { StartupForm } from "./startup-sealer.ts";

/** What the responding half of an endpoint needs of it. */
export interface ResponderHost {
  readonly crypto: Crypto;
  allocateSessionId(): number;
  readonly sendStartup: SendStartup;
  /** Does whoever carries the datagrams of this link say truly where they come from? */
  isVouched(link: LinkId): boolean;
  /** Settles glare: answers false if our own attempt to reach `far` prevails, RFC 7016 §3.5.1.3. */
  yieldsTo(far: Certificate, from: Address): boolean;
  /** Is there room for one more session of a far end that is there? */
  hasRoom(from: Address, now: number): boolean;
  /** Makes that room, at another session's cost if need be: there is one more now. */
  makeRoom(from: Address): void;
  open(terms: SessionTerms, path: Path, now: number): Session;
  /** The far end opened this session, and has yet to prove that it holds the keys. */
  opened(session: Session, now: number): void;
}

/**
 * Answers those who open sessions to us, RFC 7016 §3.5.1.1.2. Nothing is remembered of anybody
 * before their cookie has come back, but how much went to their network, and how often its keying failed.
 */
export class Responder {
  readonly #host: ResponderHost;
  readonly #cookies: Cookies;
  /** What answers to those who may be elsewhere add, in bytes, for each network. */
  readonly #answers = new KeyedBuckets(
    { perSecond: HELLO_ANSWER_BYTES_PER_SECOND, burst: HELLO_ANSWER_BURST_BYTES },
    MAX_HELLO_NETWORKS,
  );
  /** Keyings that were refused, of each network. */
  readonly #failures = new KeyedBuckets(
    { perSecond: FAILED_KEYINGS_PER_SECOND, burst: FAILED_KEYING_BURST },
    MAX_FAILING_NETWORKS,
  );
  /** Sessions by what makes an IIKeying a repetition. BOUNDED: by the endpoint's sessions. */
  readonly #answered = new Table<string, Answered>();
  readonly #bySession = new Table<number, Answered>();
  /** What makes an IIKeying a repetition, of the one in hand. */
  readonly #repetition = new Writer();

  constructor(host: ResponderHost) {
    this.#host = host;
    this.#cookies = new Cookies(host.crypto);
  }

  /** Entries of its tables; what went to networks belongs to nobody, and is left out. */
  get remembered(): number {
    return this.#answered.size + this.#bySession.size;
  }

  /**
   * To an IHello that selects us, or a forwarded one: then on all links that reach its sender. Throws
   * RtmfpError `LIMIT` if that network got as many answers as is good for it.
   */
  answerHello(
    hello: IHello,
    link: LinkId | undefined,
    to: Address,
    now: number,
    form: StartupForm,
  ): void {
    const { crypto } = this.#host;
    const answer = {
      tagEcho: hello.tag,
      cookie: this.#cookies.issue(to, now),
      responderCertificate: crypto.certificate.bytes,
    };
    const isTrue = link !== undefined && this.#host.isVouched(link);
    const added = answer.cookie.length + answer.responderCertificate.length;
    if (!isTrue) this.#meter(to, added, now);
    this.#host.sendStartup(link, to, (writer) => writeRHello(writer, answer), now, { form });
    crypto.prepare();
  }

  /** Throws MalformedError, or RtmfpError: `CRYPTO` for keying that we cannot accept, `LIMIT`. */
  answerKeying(
    keying: ReceivedIIKeying,
    link: LinkId,
    from: Address,
    now: number,
    form: StartupForm,
  ): void {
    if (keying.initiatorSessionId === 0) throw new MalformedError("session ID 0");
    const isVouched = this.#host.isVouched(link);
    const verdict = isVouched ? "valid" : this.#cookies.check(keying.cookieEcho, from, now);
    if (verdict === "invalid") return;
    if (verdict === "moved") {
      this.#changeCookie(keying, link, from, now, form);
      return;
    }
    const path = { link, address: from };
    const key = this.#repetitionKey(keying, from);
    const answered = this.#answered.get(key);
    if (answered?.session.isOpen) {
      const { session, component } = answered;
      if (component) this.#sendKeying(session.terms, path, component, keying, now, form);
      return;
    }
    const far = this.#charge(from, now, () => this.#verified(keying));
    if (!this.#host.yieldsTo(far, from)) return;
    if (!this.#host.hasRoom(from, now)) throw new RtmfpError("LIMIT", "too many sessions");
    const answer = this.#charge(from, now, () =>
      this.#host.crypto.respond(far, keying.sessionKeyInitiatorComponent),
    );
    this.#host.makeRoom(from);
    const session = this.#open(keying, far, answer, path, now, form);
    const opened = { key, session, component: answer.component };
    this.#answered.set(key, opened);
    this.#bySession.set(session.id, opened);
  }

  /** The far end has the answer: repetitions that come late need none. */
  confirm(session: Session): void {
    const answered = this.#bySession.get(session.id);
    if (answered) answered.component = undefined;
  }

  /** The session is gone: an IIKeying like the one that opened it is no repetition any more. */
  forget(session: Session): void {
    const answered = this.#bySession.get(session.id);
    if (!answered) return;
    this.#bySession.delete(session.id);
    // A session that was closing may have got a successor meanwhile.
    if (this.#answered.get(answered.key) === answered) this.#answered.delete(answered.key);
  }

  /** Whose keying it is. Throws as `answerKeying` does. */
  #verified(keying: ReceivedIIKeying): Certificate {
    const { crypto } = this.#host;
    const far = crypto.readCertificate(keying.initiatorCertificate);
    crypto.verify(keying.signature, keying.initiatorSignedParameters);
    return far;
  }

  /** Computes something of a keying, unless too many of that network have failed. Throws `LIMIT`. */
  #charge<Value>(from: Address, now: number, compute: () => Value): Value {
    const network = networkOf(from);
    if (!this.#failures.has(network, now)) {
      throw new RtmfpError("LIMIT", "too much keying of one network failed");
    }
    try {
      return compute();
    } catch (error) {
      this.#failures.take(network, now);
      throw error;
    }
  }

  /** So many bytes more than we got go to where nobody may have asked. Throws `LIMIT`. */
  #meter(to: Address, added: number, now: number): void {
    if (this.#answers.take(networkOf(to), now, added)) return;
    throw new RtmfpError("LIMIT", "too many answers to one network");
  }

  #open(
    keying: ReceivedIIKeying,
    far: Certificate,
    answer: ResponderKeying,
    path: Path,
    now: number,
    form: StartupForm,
  ): Session {
    const terms: SessionTerms = {
      role: "responder",
      keys: answer.keys,
      farCertificate: far,
      nearSessionId: this.#host.allocateSessionId(),
      farSessionId: keying.initiatorSessionId,
      otherAddresses: NOWHERE_ELSE,
    };
    this.#sendKeying(terms, path, answer.component, keying, now, form);
    const session = this.#host.open(terms, path, now);
    this.#host.opened(session, now);
    return session;
  }

  #sendKeying(
    terms: SessionTerms,
    path: Path,
    component: Uint8Array,
    { sessionKeyInitiatorComponent }: ReceivedIIKeying,
    now: number,
    form: StartupForm,
  ): void {
    const parameters = {
      responderSessionId: terms.nearSessionId,
      sessionKeyResponderComponent: component,
    };
    const write = (writer: Writer): void =>
      writeRIKeying(writer, parameters, (portion) =>
        this.#host.crypto.sign(portion, sessionKeyInitiatorComponent),
      );
    const how = { sessionId: terms.farSessionId, form };
    this.#host.sendStartup(path.link, path.address, write, now, how);
  }

  #changeCookie(
    keying: ReceivedIIKeying,
    link: LinkId,
    from: Address,
    now: number,
    form: StartupForm,
  ): void {
    const change = {
      oldCookie: keying.cookieEcho,
      newCookie: this.#cookies.issue(from, now),
    };
    this.#meter(from, change.newCookie.length, now);
    const write = (writer: Writer): void => writeCookieChange(writer, change);
    const how = { sessionId: keying.initiatorSessionId, form };
    this.#host.sendStartup(link, from, write, now, how);
  }

  /** The same of each IIKeying with which an initiator asks for the same session, §3.5.1.1.2. */
  #repetitionKey(keying: ReceivedIIKeying, { ip, port }: Address): string {
    const { initiatorSessionId, initiatorCertificate, sessionKeyInitiatorComponent } = keying;
    const parts = this.#repetition;
    parts.truncate(0);
    parts.u32(initiatorSessionId).field(initiatorCertificate);
    parts.field(sessionKeyInitiatorComponent).u16(port).utf8(ip);
    return toHex(this.#host.crypto.hash(parts.bytes()));
  }
}

const NOWHERE_ELSE: readonly Address[] = [];

interface Answered {
  readonly key: string;
  readonly session: Session;
  /** Our half of its keying, until the far end is known to have it. */
  component: Uint8Array | undefined;
}
