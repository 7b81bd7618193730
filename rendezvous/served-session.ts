import type { RtmfpError } from "../protocol/errors.ts";
import type { FlowEvent } from "../protocol/flow/events.ts";
import { MAX_STRANGER_BYTES } from "../protocol/params.ts";
import type { Session } from "../protocol/session/session.ts";
import type { OnFault } from "../protocol/tc/containment.ts";
import { type AcceptTransport, FlowRouter } from "../protocol/tc/flow-router.ts";
import type { FlowTransport } from "../protocol/tc/flow-transport.ts";
import type { ConnectRequest } from "../protocol/tc/server-application.ts";
import type { Address } from "../protocol/wire/address.ts";
import { Client, type ClientOwner, type ClientServices } from "./client.ts";
import { GuardedTransport } from "./guarded-transport.ts";
import { Refusal } from "./refusal.ts";
import { ConnectedPeer } from "./registry/connected-peer.ts";
import type { Registry } from "./registry/registry.ts";

/** What a session can use of the server. */
export interface SessionServices extends ClientServices {
  readonly registry: Registry;
  onPeer(peer: ConnectedPeer): void;
  onPeerLeft(peer: ConnectedPeer): void;
  readonly onFault: OnFault;
}

/**
 * An RTMFP session and the NetConnections in it. While one of them is connected, the far end is a
 * peer of this server. Not before: it proves its identity with its first message, no sooner.
 */
export class ServedSession implements ClientOwner {
  readonly #session: Session;
  readonly #services: SessionServices;
  readonly #router: FlowRouter;
  /** BOUNDED: MAX_CONNECTIONS. */
  readonly #clients = new Set<Client>();
  #peer: ConnectedPeer | undefined;

  constructor(session: Session, services: SessionServices) {
    this.#session = session;
    this.#services = services;
    const accept: AcceptTransport = (...of) => this.#accept(...of);
    this.#router = new FlowRouter(session, accept, {
      onFault: services.onFault,
      maxUnansweredBytes: MAX_STRANGER_BYTES,
    });
  }

  get address(): Address {
    return this.#session.destination;
  }

  handle(event: FlowEvent, now: number): void {
    this.#router.handle(event, now);
  }

  /** The session is closed. */
  end(now: number): void {
    this.#router.end(now);
  }

  abort(error?: RtmfpError): void {
    this.#session.abort(error);
  }

  connected(client: Client, _request: ConnectRequest, now: number): ConnectedPeer {
    if (this.#peer) return this.#peer;
    const { peerId: id, bytes: certificate, isStatic } = this.#session.terms.farCertificate;
    const facts = { id, app: client.app, certificate, isProven: isStatic };
    const peer = new ConnectedPeer(facts, this.#session, now);
    this.#services.registry.add(peer);
    this.#peer = peer;
    this.#services.onPeer(peer);
    return peer;
  }

  identify(): never {
    throw needsNone();
  }

  prove(): never {
    throw needsNone();
  }

  peerInfoChanged(peer: ConnectedPeer): void {
    this.#services.registry.update(peer);
  }

  ended(client: Client): void {
    this.#clients.delete(client);
    const isStillConnected = [...this.#clients].some(({ isConnected }) => isConnected);
    const peer = this.#peer;
    if (isStillConnected || !peer) return;
    this.#peer = undefined;
    this.#services.registry.remove(peer);
    this.#services.onPeerLeft(peer);
  }

  /** Peers do not play from a server what they would play from a peer: stream 0 alone. */
  #accept(transport: FlowTransport, streamId: number): boolean {
    if (streamId !== 0 || this.#clients.size >= MAX_CONNECTIONS) return false;
    const guarded = new GuardedTransport(transport, (error) => this.abort(error));
    const client = new Client(guarded, this.#services, this);
    this.#clients.add(client);
    transport.handler = client.handler;
    return true;
  }
}

/** RFC 7016 §3.5.1: a session's far end has proven who it is, if it can. */
function needsNone(): Refusal {
  return new Refusal("BAD_REQUEST", "a session of RTMFP needs no proof");
}

/** NetConnections of one session: clients open one, or one for each of a few applications. */
export const MAX_CONNECTIONS = 8;
