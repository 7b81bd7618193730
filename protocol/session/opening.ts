import { Deadlines } from "../bytes/deadlines.ts";
import type { Writer } from "../bytes/writer.ts";
import type { Certificate, Crypto, InitiatorKeying, SessionKeys } from "../crypto/crypto.ts";
import {
  MAX_CANDIDATES,
  MAX_EARLY_PACKETS,
  OPEN_TIMEOUT_MS,
  STARTUP_BACKOFF_MS,
  STARTUP_FIRST_INTERVAL_MS,
  TAG_BYTES,
} from "../params.ts";
import { type Address, formatAddress, sameAddress } from "../wire/address.ts";
import type { CookieChange } from "../wire/chunks/cookie-change.ts";
import { writeIHello } from "../wire/chunks/ihello.ts";
import { initiatorSignedParameters, writeIIKeying } from "../wire/chunks/iikeying.ts";
import type { RHello } from "../wire/chunks/rhello.ts";
import type { ReceivedRIKeying } from "../wire/chunks/rikeying.ts";
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
  readonly endpointDiscriminator: Uint8Array;
  readonly tag: Uint8Array;
  readonly #host: OpeningHost;
  /** BOUNDED: MAX_CANDIDATES. */
  readonly #candidates = new Map<string, Candidate>();
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
    let timeout = this.#deadlines.earliest;
    if (this.#state !== "IHELLO_SENT") return timeout;
    for (const candidate of this.#candidates.values()) timeout = Math.min(timeout, candidate.at);
    return timeout;
  }

  /** Places where the far end may be. */
  get addresses(): readonly Address[] {
    return [...this.#candidates.values()].map(({ address }) => address);
  }

  /** One more of them. Throws RangeError for a delay that is none. */
  addCandidate({ ip, port, delayMs = 0 }: OpenCandidate, now: number): void {
    if (!(delayMs >= 0)) throw new RangeError(`delayMs: milliseconds, not ${delayMs}`);
    const address = { ip, port };
    if (this.#state !== "IHELLO_SENT") return;
    const key = formatAddress(address);
    const known = this.#candidates.get(key);
    const at = now + delayMs;
    if (known && !known.isAsked) known.at = Math.min(known.at, at);
    if (!known && this.#candidates.size < MAX_CANDIDATES) {
      const intervalMs = STARTUP_FIRST_INTERVAL_MS;
      this.#candidates.set(key, { address, at, intervalMs, isAsked: false });
    }
    this.#sayHello(now);
  }

  /** We have one more link: those that it reaches, and that were asked already, are asked there too. */
  addLink(link: LinkId, reaches: LinkTraits["reaches"], now: number): void {
    if (this.#state !== "IHELLO_SENT") return;
    for (const candidate of this.#candidates.values()) {
      const isToAsk = candidate.isAsked && reaches(candidate.address);
      if (isToAsk) this.#ask(candidate, link, "whole", now);
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

  /** Chooses this responder. Throws RtmfpError `CRYPTO` if we share no key agreement with it. */
  acceptHello(hello: RHello, far: Certificate, from: Path, now: number, form: StartupForm): void {
    this.#keying = {
      component: this.#host.crypto.initiate(far),
      nearSessionId: this.#host.allocateSessionId(),
      cookie: hello.cookie,
      far,
      link: from.link,
      destination: from.address,
      intervalMs: STARTUP_FIRST_INTERVAL_MS,
      form,
    };
    this.#state = "KEYING_SENT";
    this.#sendKeying(now);
  }

  /** RFC 7016 §3.5.1.2: we seem to have moved since the cookie was made. */
  changeCookie(change: CookieChange, now: number): void {
    const keying = this.#keying;
    if (!keying || !this.#host.crypto.equal(keying.cookie, change.oldCookie)) return;
    keying.cookie = change.newCookie;
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

  isAskingAt(address: Address): boolean {
    if (this.#keying && sameAddress(this.#keying.destination, address)) return true;
    return this.#candidates.has(formatAddress(address));
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

  #sayHello(now: number): void {
    if (this.#state !== "IHELLO_SENT") return;
    for (const candidate of this.#candidates.values()) {
      if (now < candidate.at) continue;
      this.#ask(candidate, undefined, candidate.isAsked ? "repeated" : "whole", now);
      candidate.isAsked = true;
      candidate.at = now + candidate.intervalMs;
      candidate.intervalMs += STARTUP_BACKOFF_MS;
    }
  }

  #ask({ address }: Candidate, link: LinkId | undefined, form: StartupForm, now: number): void {
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
    const signature = crypto.sign(initiatorSignedParameters(parameters));
    const write = (writer: Writer): void => writeIIKeying(writer, { signature, ...parameters });
    const { link, destination, form } = keying;
    this.#host.sendStartup(link, destination, write, now, { form });
    this.#deadlines.set("resendKeying", now + keying.intervalMs);
    keying.intervalMs += STARTUP_BACKOFF_MS;
  }
}

interface Candidate {
  readonly address: Address;
  /** When to ask there again, and how long to wait after that. */
  at: number;
  intervalMs: number;
  isAsked: boolean;
}

interface Keying {
  readonly component: InitiatorKeying;
  readonly nearSessionId: number;
  readonly far: Certificate;
  /** Undefined: all that reach the destination, because the one it was is gone. */
  link: LinkId | undefined;
  readonly destination: Address;
  cookie: Uint8Array;
  intervalMs: number;
  form: StartupForm;
}
