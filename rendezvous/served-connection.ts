import type { AmfObject, AmfValue } from "../protocol/amf/value.ts";
import type { Primitives } from "../protocol/crypto/primitives.ts";
import { MalformedError } from "../protocol/errors.ts";
import type { RtmpOrigin } from "../protocol/node/rtmp-listener.ts";
import { type Message, MessageType } from "../protocol/rtmp/message.ts";
import { rtmpGreeting } from "../protocol/tc/rtmp-greeting.ts";
import type { ConnectRequest } from "../protocol/tc/server-application.ts";
import type { Transport, TransportHandler } from "../protocol/tc/transport.ts";
import type { Address } from "../protocol/wire/address.ts";
import { Client, type ClientOwner } from "./client.ts";
import { readPaths, shortIdOf } from "./forward/via.ts";
import { Identification } from "./identification.ts";
import { Refusal } from "./refusal.ts";
import { ConnectedPeer } from "./registry/connected-peer.ts";
import { RELAY_APP } from "./relay/relay.ts";
import type { RelayOutlet, RelayTunnel } from "./relay/relay-hub.ts";
import type { SessionServices } from "./served-session.ts";

/** What an RTMP connection can use of the server. */
export interface ConnectionServices extends SessionServices {
  readonly primitives: Primitives;
  /** The server's fingerprint. */
  readonly id: string;
}

/**
 * An RTMP connection. Who is at its far end is unknown at first: it publishes and plays. It becomes a
 * peer when it has proven its ID, and a tunnel of the relay with that, or with a token.
 */
export class ServedConnection implements ClientOwner {
  readonly handler: TransportHandler;
  readonly #transport: Transport;
  readonly #services: ConnectionServices;
  readonly address: Address;
  readonly #client: Client;
  readonly #identification: Identification;
  #peer: ConnectedPeer | undefined;
  #tunnel: RelayTunnel | undefined;

  constructor(transport: Transport, origin: RtmpOrigin, services: ConnectionServices) {
    this.#transport = transport;
    this.#services = services;
    this.address = origin.address;
    this.#identification = new Identification(services.primitives);
    this.#client = new Client(transport, services, this, rtmpGreeting(origin.scheme));
    const { onMessage, onEnd, onWritable } = this.#client.handler;
    this.handler = {
      onMessage: (message, afterGap, now) => {
        if (isRelayed(message)) this.#relay(message, now);
        else onMessage(message, afterGap, now);
      },
      onEnd,
      onWritable: (now) => {
        this.#tunnel?.pump(now);
        onWritable?.(now);
      },
    };
  }

  /** Nobody is a peer for having connected; who connects to the relay needs its token. */
  connected(_client: Client, { app, properties }: ConnectRequest, now: number): undefined {
    const { relay, id } = this.#services;
    const { token, via } = properties;
    const isSelf = readPaths(via).some(([first]) => first === shortIdOf(id));
    if (isSelf) throw new Refusal("LOOP", "this server pushes to itself, or pulls from itself");
    if (app !== RELAY_APP) return;
    if (!relay) throw new Refusal("NO_RELAY", "there is no relay here");
    if (typeof token !== "string") throw new Refusal("BAD_TOKEN", "the relay takes a token");
    this.#tunnel = relay.admit(token, this.#outlet(), now);
  }

  identify(certificate: AmfValue): AmfObject {
    if (this.#peer) throw new Refusal("BAD_REQUEST", "this connection has a peer ID already");
    return this.#identification.identify(certificate);
  }

  /** From now on it is a peer like one over RTMFP. */
  prove(client: Client, proof: AmfValue, now: number): ConnectedPeer {
    const { app, claimedApp, url } = client;
    const certificate = this.#identification.prove(proof, { app: claimedApp, url });
    const { peerId: id, bytes } = certificate;
    const facts = { id, app, certificate: bytes, isProven: true };
    const peer = new ConnectedPeer(
      facts,
      { destination: this.address, roundTripMs: undefined },
      now,
    );
    this.#services.registry.add(peer);
    this.#peer = peer;
    this.#services.onPeer(peer);
    this.#joinRelay(peer, now);
    return peer;
  }

  peerInfoChanged(peer: ConnectedPeer): void {
    this.#services.registry.update(peer);
  }

  ended(): void {
    this.#tunnel?.detach();
    const peer = this.#peer;
    if (!peer) return;
    this.#peer = undefined;
    this.#services.registry.remove(peer);
    this.#services.onPeerLeft(peer);
  }

  /** A peer that the relay has no room for is one all the same. */
  #joinRelay(peer: ConnectedPeer, now: number): void {
    const { relay } = this.#services;
    if (this.#tunnel || !relay?.mayUse(peer)) return;
    try {
      this.#tunnel = relay.attach(peer.id, this.#outlet(), now);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
  }

  #relay({ payload }: Message, now: number): void {
    try {
      this.#tunnel?.receive(payload, now);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.#services.noteMalformed(1);
    }
  }

  #outlet(): RelayOutlet {
    const transport = this.#transport;
    transport.watchWritable?.();
    return {
      get unsentBytes() {
        return transport.unsentBytes ?? 0;
      },
      send(payload, now) {
        const { relayedDatagram: type } = MessageType;
        transport.send({ type, streamId: 0, timestampMs: 0, payload }, {}, now);
      },
      // A tunnel has no other use; a peer's connection does.
      replaced: () => {
        if (!this.#peer) transport.close();
      },
    };
  }
}

function isRelayed({ type, streamId }: Message): boolean {
  return type === MessageType.relayedDatagram && streamId === 0;
}
