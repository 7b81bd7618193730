import { Deadlines } from "../bytes/deadlines.ts";
import type { Writer } from "../bytes/writer.ts";
import type { Certificate, Crypto, InitiatorKeying, SessionKeys } from "../crypto/crypto.ts";
import {
  MAX_EARLY_PACKETS,
  OPEN_TIMEOUT_MS,
  STARTUP_BACKOFF_MS,
  STARTUP_FIRST_INTERVAL_MS,
  TAG_BYTES,
  UNANSWERED_KEYINGS,
} from "../params.ts";
import { type Address, sameAddress } from "../wire/address.ts";
import type { CookieChange } from "../wire/chunks/cookie-change.ts";
import { writeIHello } from "../wire/chunks/ihello.ts";
import { writeIIKeying } from "../wire/chunks/iikeying.ts";
import type { RHello } from "../wire/chunks/rhello.ts";
import type { ReceivedRIKeying } from "../wire/chunks/rikeying.ts";
import { type CandidateSource, Candidates } from "./candidates.ts";
import type { Datagram, LinkId, Path } from "./events.ts";
import type { LinkTraits } from "./links.ts";
import type { StartupForm } from "./startup-sealer.ts";

export type OpeningState = "IHELLO_SENT" | "KEYING_SENT" | "DONE";

/** A place where the far end may be. */
export interface OpenCandidate extends Address {
  /**
   * It is asked there only when so much time has passed without an answer from elsewhere, ms.
   * @default 0
   */
  readonly delayMs?: number | undefined;
  /**
   * The far end's certificate, if it is known already. Over a link that is vouched for (LinkTraits) the
   * session opens a round trip earlier with it.
   */
  readonly certificate?: Uint8Array | undefined;
}

/**
 * Sends a startup chunk. Without a link: on all that reach `to`; without a session ID: to ID 0; without
 * a form: whole.
 */
export type SendStartup = (
  link: LinkId | undefined,
  to: Address,
  write: (writer: Writer) => void,
  now: number,
  how?: { readonly sessionId?: number; readonly form?: StartupForm },
) => void;

/** What an opening session needs of its endpoint. */
export interface OpeningHost {
  readonly crypto: Crypto;
  readonly sendStartup: SendStartup;
  /** A session ID that nothing else uses. */
  allocateSessionId(): number;
}

/** A session that we initiate, until it is open, RFC 7016 §3.5.1.1.1. */
export class Opening {
  /** Note of the schedule of `Openings`. */
  scheduledIndex: number | undefined;
  readonly endpointDiscriminator: Uint8Array;
  readonly tag: Uint8Array;
  readonly #host: OpeningHost;
  readonly #candidates = new Candidates();
  readonly #deadlines = new Deadlines<"giveUp" | "resendKeying">();
  /** BOUNDED: MAX_EARLY_PACKETS. */
  #earlyPackets: Datagram[] = [];
  #state: OpeningState = "IHELLO_SENT";
  #keying: Keying | undefined;

  /** Throws RangeError for a timeout that is none, MalformedError for a discriminator. */
  constructor(
    host: OpeningHost,
    endpointDiscriminator: Uint8Array,
    timeoutMs: number | undefined,
    now: number,
  ) {
    const patienceMs = timeoutMs ?? OPEN_TIMEOUT_MS;
    if (!(patienceMs >= 0)) throw new RangeError(`timeoutMs: milliseconds, not ${timeoutMs}`);
    this.#host = host;
    // Certificates that arrive are held against it, where nobody could say that it is no good.
    host.crypto.certificate.isSelectedBy(endpointDiscriminator);
    this.endpointDiscriminator = endpointDiscriminator;
    this.tag = host.crypto.random(TAG_BYTES);
    this.#deadlines.set("giveUp", now + patienceMs);
  }

  get state(): OpeningState {
    return this.#state;
  }

  /** Set in KEYING_SENT: what we sent, and to whom. */
  get keying(): Readonly<Omit<Keying, "component">> | undefined {
    return this.#keying;
  }

  get timeout(): number {
    const { earliest } = this.#deadlines;
    return this.#isAsking ? Math.min(earliest, this.#candidates.timeout) : earliest;
  }

  /** Places where the far end may be. */
  get addresses(): readonly Address[] {
    return this.#candidates.addresses;
  }

  /** One more of them. Throws RangeError for a delay that is none. */
  addCandidate(
    { ip, port, delayMs = 0 }: OpenCandidate,
    now: number,
    source: CandidateSource = "named",
  ): void {
    if (!(delayMs >= 0)) throw new RangeError(`delayMs: milliseconds, not ${delayMs}`);
    if (!this.#isAsking) return;
    this.#candidates.add({ ip, port }, now + delayMs, source);
    this.#sayHello(now);
  }

  /** We have one more link: those that it reaches, and that were asked already, are asked there too. */
  addLink(link: LinkId, reaches: LinkTraits["reaches"], now: number): void {
    if (!this.#isAsking) return;
    for (const address of this.#candidates.asked) {
      if (reaches(address)) this.#ask(address, link, "whole", now);
    }
  }

  /** One of our links is gone: what went out there goes out wherever it can from now on. */
  removeLink(link: LinkId, now: number): void {
    if (this.#keying?.link !== link) return;
    this.#keying.link = undefined;
    this.#sendKeying(now);
  }

  /** Answers true when the time is over. */
  advance(now: number): boolean {
    if (this.#deadlines.takeDue("giveUp", now)) return true;
    this.#sayHello(now);
    if (this.#deadlines.takeDue("resendKeying", now)) this.#repeatKeying(now);
    return false;
  }

  /** Is it of use if somebody answers a hello from there? */
  mayAccept(from: Address): boolean {
    return this.#isAsking && !(this.#keying && this.isAskingAt(from));
  }

  /** Chooses this responder. Throws RtmfpError `CRYPTO` if we share no key agreement with it. */
  acceptHello(hello: RHello, far: Certificate, from: Path, now: number, form: StartupForm): void {
    this.#keying = {
      component: this.#host.crypto.initiate(far),
      nearSessionId: this.#host.allocateSessionId(),
      cookie: hello.cookie,
      hasNewCookie: false,
      far,
      link: from.link,
      destination: from.address,
      intervalMs: STARTUP_FIRST_INTERVAL_MS,
      sent: 0,
      form,
    };
    this.#state = "KEYING_SENT";
    this.#earlyPackets = [];
    this.#candidates.rest(from.address);
    this.#sendKeying(now);
  }

  /**
   * RFC 7016 §3.5.1.2: we seem to have moved since the cookie was made. Once, or else whoever has the
   * cookie could have us send any number of keyings to where it says that it is.
   */
  changeCookie(change: CookieChange, now: number): void {
    const keying = this.#keying;
    if (!keying || keying.hasNewCookie) return;
    if (!this.#host.crypto.equal(keying.cookie, change.oldCookie)) return;
    keying.cookie = change.newCookie;
    keying.hasNewCookie = true;
    this.#sendKeying(now);
  }

  /** The session keys. Throws MalformedError or RtmfpError `CRYPTO`. */
  finishKeying(answer: ReceivedRIKeying): SessionKeys | undefined {
    const { crypto } = this.#host;
    const keying = this.#keying?.component;
    if (!keying) return undefined;
    const { signature, responderSignedParametersPortion } = answer;
    crypto.verify(signature, responderSignedParametersPortion, keying.component);
    return keying.finish(answer.sessionKeyResponderComponent);
  }

  /** Something for our session ID came before we can read it, RFC 7016 §3.5.1.1.1. */
  keepEarlyPacket(datagram: Datagram): void {
    if (this.#earlyPackets.length < MAX_EARLY_PACKETS) this.#earlyPackets.push(datagram);
  }

  get earlyPackets(): readonly Datagram[] {
    return this.#earlyPackets;
  }

  /** Where it keys it asks nowhere else any more. */
  isAskingAt(address: Address): boolean {
    if (this.#keying) return sameAddress(this.#keying.destination, address);
    return this.#candidates.has(address);
  }

  /**
   * Its keying is not answered: the way there is none, or who knows a certificate has answered in its name.
   * Nobody else need wait for that any more, and it asks elsewhere as well.
   */
  get isIgnored(): boolean {
    return this.#keying !== undefined && this.#keying.sent >= UNANSWERED_KEYINGS;
  }

  /** It was answered, given up, or not needed after all. */
  finish(): void {
    this.#state = "DONE";
    // With the keying goes its ephemeral private key: nothing is to open this session later.
    this.#keying = undefined;
    this.#candidates.clear();
    this.#deadlines.clearAll();
    this.#earlyPackets = [];
  }

  get #isAsking(): boolean {
    return this.#state === "IHELLO_SENT" || this.isIgnored;
  }

  #sayHello(now: number): void {
    if (!this.#isAsking) return;
    for (const { address, isAsked } of this.#candidates.takeDue(now)) {
      this.#ask(address, undefined, isAsked ? "repeated" : "whole", now);
    }
  }

  #ask(address: Address, link: LinkId | undefined, form: StartupForm, now: number): void {
    const { endpointDiscriminator, tag } = this;
    const write = (writer: Writer): void => writeIHello(writer, { endpointDiscriminator, tag });
    this.#host.sendStartup(link, address, write, now, { form });
  }

  #repeatKeying(now: number): void {
    if (this.#keying) this.#keying.form = "repeated";
    this.#sendKeying(now);
  }

  #sendKeying(now: number): void {
    const keying = this.#keying;
    if (!keying) return;
    const { crypto } = this.#host;
    const parameters = {
      initiatorSessionId: keying.nearSessionId,
      cookieEcho: keying.cookie,
      initiatorCertificate: crypto.certificate.bytes,
      sessionKeyInitiatorComponent: keying.component.component,
    };
    const write = (writer: Writer): void =>
      writeIIKeying(writer, parameters, (signed) => crypto.sign(signed));
    const { link, destination, form } = keying;
    this.#host.sendStartup(link, destination, write, now, { form });
    this.#deadlines.set("resendKeying", now + keying.intervalMs);
    keying.intervalMs += STARTUP_BACKOFF_MS;
    keying.sent += 1;
  }
}

interface Keying {
  readonly component: InitiatorKeying;
  readonly nearSessionId: number;
  readonly far: Certificate;
  /** Undefined: all that reach the destination, because the one it was is gone. */
  link: LinkId | undefined;
  readonly destination: Address;
  cookie: Uint8Array;
  /** It came in a Cookie Change. */
  hasNewCookie: boolean;
  intervalMs: number;
  /** How often it went out. */
  sent: number;
  form: StartupForm;
}
