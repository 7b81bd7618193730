import type { AmfObject } from "../protocol/amf/value.ts";
import { Table } from "../protocol/bytes/table.ts";
import type { Primitives } from "../protocol/crypto/primitives.ts";
import type { RtmfpError } from "../protocol/errors.ts";
import type { RtmpOrigin } from "../protocol/node/rtmp-listener.ts";
import type { EndpointEvent } from "../protocol/session/events.ts";
import type { Session } from "../protocol/session/session.ts";
import type { KeepaliveAdvice } from "../protocol/tc/server-connection.ts";
import type { Transport, TransportHandler } from "../protocol/tc/transport.ts";
import { formatAddress } from "../protocol/wire/address.ts";
import { AddressAnswerer } from "./address-answerer.ts";
import { Drain } from "./drain.ts";
import { Introducer, type IntroducerHost } from "./introducer.ts";
import { IntroductionCommands } from "./introduction-commands.ts";
import type { RendezvousLogger } from "./logger.ts";
import type { Matchmaker } from "./matchmaker/matchmaker.ts";
import { PairingCommands, type PairingListener } from "./matchmaker/pairing-commands.ts";
import { Admission, type AdmissionOptions } from "./media/admission.ts";
import type { Takeover } from "./media/served-publication.ts";
import { StreamDirectory } from "./media/stream-directory.ts";
import type { ConnectedPeer } from "./registry/connected-peer.ts";
import type { Registry } from "./registry/registry.ts";
import type { Relay } from "./relay/relay.ts";
import { type ConnectionServices, ServedConnection } from "./served-connection.ts";
import { ServedSession } from "./served-session.ts";
import { type Listening, relayUrlsOf, serverInfoOf } from "./server-info.ts";
import type { SharedObjects } from "./shared-objects/shared-objects.ts";
import type { MediaLibrary } from "./vod/library.ts";

/** What the owner of a server may want to know. */
export interface ServiceListener extends PairingListener {
  onPeer(peer: ConnectedPeer): void;
  onPeerLeft(peer: ConnectedPeer): void;
}

/** Runs a change of the endpoint's sessions, and lets the endpoint act on it. */
type Turn = (change: (now: number) => void) => void;

export interface ServiceOptions {
  readonly host: IntroducerHost;
  readonly registry: Registry;
  readonly matchmaker: Matchmaker;
  readonly listener: ServiceListener;
  readonly logger: RendezvousLogger;
  readonly keepalive: KeepaliveAdvice | undefined;
  readonly primitives: Primitives;
  readonly relay: Relay | undefined;
  readonly takeover: Takeover | undefined;
  /** The server's fingerprint. */
  readonly id: string;
  readonly library: MediaLibrary | undefined;
  readonly admission: AdmissionOptions;
  readonly sharedObjects: SharedObjects | undefined;
  /** Where the server listens, `host:port` each, by protocol. */
  listening(): Listening;
}

/** What the server does with all that its endpoint tells it. */
export class Service implements ConnectionServices {
  readonly registry: Registry;
  readonly pairing: PairingCommands;
  readonly streams: StreamDirectory;
  readonly library: MediaLibrary | undefined;
  readonly admission: Admission;
  readonly drain: Drain = new Drain();
  readonly introducer: Introducer;
  readonly answerer: AddressAnswerer;
  readonly keepalive: KeepaliveAdvice | undefined;
  readonly introductions: IntroductionCommands;
  readonly primitives: Primitives;
  readonly relay: Relay | undefined;
  readonly id: string;
  readonly sharedObjects: SharedObjects | undefined;
  readonly #listening: () => Listening;
  readonly #listener: ServiceListener;
  readonly #logger: RendezvousLogger;
  /** BOUNDED: by the endpoint's sessions. */
  readonly #sessions = new Table<number, ServedSession>();
  #malformed = 0;
  #faults = 0;

  constructor(options: ServiceOptions) {
    const { host, registry, matchmaker, listener, logger } = options;
    this.registry = registry;
    this.primitives = options.primitives;
    this.relay = options.relay;
    this.id = options.id;
    this.admission = new Admission(options.admission);
    this.streams = new StreamDirectory({ takeover: options.takeover, onFault: this.onFault });
    this.library = options.library;
    this.sharedObjects = options.sharedObjects;
    this.#listening = options.listening;
    this.introductions = new IntroductionCommands(registry);
    this.pairing = new PairingCommands(matchmaker, listener);
    this.introducer = new Introducer(registry, host);
    this.answerer = new AddressAnswerer(host);
    this.keepalive = options.keepalive;
    this.#listener = listener;
    this.#logger = logger;
  }

  /** Messages, addresses and hellos that were dropped because they make no sense. */
  get malformed(): number {
    return this.#malformed + this.introducer.stats.malformed;
  }

  /** Sessions that were ended by errors of our own. */
  get faults(): number {
    return this.#faults;
  }

  /** When `advance` has something to do, ms. */
  get timeout(): number {
    return Math.min(this.pairing.timeout, this.streams.timeout);
  }

  handle(event: EndpointEvent, now: number): void {
    switch (event.type) {
      case "session":
        this.#sessions.set(event.session.id, new ServedSession(event.session, this));
        break;
      case "hello":
        if (!this.answerer.answer(event, now)) this.introducer.introduce(event, now);
        break;
      case "closed":
        this.#end(event.session, event.error, now);
        break;
      case "open-failed":
      case "forwarded-hello":
      case "outcome":
      case "address":
      case "bitrate":
      case "unanswered":
      case "asked":
      case "redirect":
        // A server opens no sessions, and nobody has to introduce it; where a peer is, its session knows.
        break;
      default:
        this.#sessions.get(event.session.id)?.handle(event, now);
    }
    this.pairing.tell(now);
  }

  /** An RTMP client has finished its handshake. `turn` runs what changes the endpoint's sessions. */
  acceptRtmp(transport: Transport, origin: RtmpOrigin, turn: Turn): TransportHandler {
    const { handler } = new ServedConnection(transport, origin, this);
    const act = (change: (now: number) => void): void =>
      turn((now) => {
        change(now);
        this.pairing.tell(now);
      });
    return {
      onMessage: (message, afterGap) => act((now) => handler.onMessage(message, afterGap, now)),
      onEnd: () => act((now) => handler.onEnd(now)),
      // The relay and recordings write then, and neither knows of sessions.
      onWritable: (now) => handler.onWritable?.(now),
    };
  }

  serverInfo(): AmfObject {
    return serverInfoOf(this.#listening());
  }

  relayUrls(url: string): string[] {
    return relayUrlsOf(url, this.#listening());
  }

  advance(now: number): void {
    this.pairing.advance(now);
    this.streams.advance(now);
    this.pairing.tell(now);
  }

  readonly onFault = (error: unknown): void => {
    this.#faults += 1;
    this.#logger.error({ err: error }, "a session was ended by a fault of the server");
  };

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
    this.#sessions.get(session.id)?.end(now);
    this.#sessions.delete(session.id);
    this.#logger.debug({ code: error?.code, reason: error?.message }, "session closed");
  }
}
