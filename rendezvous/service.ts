import { RtmfpError } from "../protocol/errors.ts";
import type { EndpointEvent } from "../protocol/session/events.ts";
import type { Session } from "../protocol/session/session.ts";
import type { KeepaliveAdvice } from "../protocol/tc/server-connection.ts";
import { formatAddress } from "../protocol/wire/address.ts";
import { AddressQueries } from "./address-queries.ts";
import { Introducer, type IntroducerHost } from "./introducer.ts";
import type { RendezvousLogger } from "./logger.ts";
import type { Matchmaker } from "./matchmaker/matchmaker.ts";
import { Pairing, type PairingListener } from "./matchmaker/pairing.ts";
import { StreamDirectory } from "./media/stream-directory.ts";
import type { ConnectedPeer } from "./registry/connected-peer.ts";
import type { Registry } from "./registry/registry.ts";
import { ServedSession, type SessionServices } from "./served-session.ts";

/** What the owner of a server may want to know. */
export interface ServiceListener extends PairingListener {
  onPeer(peer: ConnectedPeer): void;
  onPeerLeft(peer: ConnectedPeer): void;
}

export interface ServiceOptions {
  readonly host: IntroducerHost;
  readonly registry: Registry;
  readonly matchmaker: Matchmaker;
  readonly listener: ServiceListener;
  readonly logger: RendezvousLogger;
  readonly keepalive: KeepaliveAdvice | undefined;
}

/** What the server does with all that its endpoint tells it. */
export class Service implements SessionServices {
  readonly registry: Registry;
  readonly pairing: Pairing;
  readonly streams: StreamDirectory = new StreamDirectory();
  readonly introducer: Introducer;
  readonly queries: AddressQueries;
  readonly keepalive: KeepaliveAdvice | undefined;
  readonly #listener: ServiceListener;
  readonly #logger: RendezvousLogger;
  /** BOUNDED: by the endpoint's sessions. */
  readonly #sessions = new Map<Session, ServedSession>();
  #malformed = 0;
  #faults = 0;

  constructor(options: ServiceOptions) {
    const { host, registry, matchmaker, listener, logger, keepalive } = options;
    this.registry = registry;
    this.pairing = new Pairing(matchmaker, listener);
    this.introducer = new Introducer(registry, host);
    this.queries = new AddressQueries(host);
    this.keepalive = keepalive;
    this.#listener = listener;
    this.#logger = logger;
  }

  /** Messages, addresses and hellos that were dropped because they make no sense. */
  get malformed(): number {
    return this.#malformed + this.streams.malformed + this.introducer.stats.malformed;
  }

  /** Sessions that were ended by errors of our own. */
  get faults(): number {
    return this.#faults;
  }

  /** When `advance` has something to do, ms. */
  get timeout(): number {
    return this.pairing.timeout;
  }

  handle(event: EndpointEvent, now: number): void {
    switch (event.type) {
      case "session":
        this.#sessions.set(event.session, new ServedSession(event.session, this));
        break;
      case "hello":
        if (!this.queries.answer(event, now)) this.introducer.introduce(event, now);
        break;
      case "closed":
        this.#end(event.session, event.error, now);
        break;
      case "open-failed":
      case "forwarded-hello":
      case "outcome":
      case "address":
      case "bitrate":
      case "redirect":
        // A server opens no sessions, and nobody has to introduce it; where a peer is, its session knows.
        break;
      default:
        this.#guard(this.#sessions.get(event.session), (session) => session.handle(event, now));
    }
    this.pairing.tell(now);
  }

  advance(now: number): void {
    this.pairing.advance(now);
    this.pairing.tell(now);
  }

  noteMalformed(count: number): void {
    this.#malformed += count;
  }

  onPeer(peer: ConnectedPeer): void {
    this.#logger.info({ peer: peer.id, app: peer.app }, "peer connected");
    this.#logger.debug({ peer: peer.id, address: formatAddress(peer.observed) }, "peer's address");
    this.#listener.onPeer(peer);
  }

  onPeerLeft(peer: ConnectedPeer): void {
    this.#logger.info({ peer: peer.id, app: peer.app }, "peer left");
    this.#listener.onPeerLeft(peer);
  }

  #end(session: Session, error: RtmfpError | undefined, now: number): void {
    const served = this.#sessions.get(session);
    this.#sessions.delete(session);
    this.#guard(served, () => served?.end(now));
    this.#logger.debug({ code: error?.code, reason: error?.message }, "session closed");
  }

  /** Whatever goes wrong with one session ends that session, and no other. */
  #guard(session: ServedSession | undefined, act: (session: ServedSession) => void): void {
    if (!session) return;
    try {
      act(session);
    } catch (error) {
      if (error instanceof RtmfpError) {
        session.abort(error);
        return;
      }
      this.#faults += 1;
      this.#logger.error({ err: error }, "a session was ended by a fault of the server");
      session.abort();
    }
  }
}
