import type { AmfObject, AmfValue } from "../protocol/amf/value.ts";
import { type Address, formatAddress } from "../protocol/wire/address.ts";
import type { IntroductionCommands } from "./introduction-commands.ts";
import type { PairingClient, PairingCommands } from "./matchmaker/pairing-commands.ts";
import { Refusal } from "./refusal.ts";
import type { ConnectedPeer, Notify } from "./registry/connected-peer.ts";
import { readContact } from "./registry/contact.ts";
import type { Relay } from "./relay/relay.ts";

/** What the commands of peers can use of the server. */
export interface CommandServices {
  readonly pairing: PairingCommands;
  readonly introductions: IntroductionCommands;
  /** Undefined: there is none. */
  readonly relay: Relay | undefined;
  /** Messages that made no sense came in. */
  noteMalformed(count: number): void;
  /** What `serverInfo` answers. */
  serverInfo(): AmfObject;
  /** Where clients that know this host by `url` find the relay. */
  relayUrls(url: string): string[];
}

/** The connection that the commands come in on. */
export interface CommandHost {
  readonly app: string;
  /** Undefined: nobody knows who is at its far end. */
  readonly peer: ConnectedPeer | undefined;
  /** Where its far end is seen. */
  readonly address: Address;
  /** The server's URL as the client knows it. */
  readonly url: string;
  readonly notify: Notify;
  peerInfoChanged(peer: ConnectedPeer): void;
  /** The client shows a certificate; answers the challenge to be met by `prove`. Throws Refusal. */
  identify(certificate: AmfValue): AmfObject;
  /** Throws Refusal. */
  prove(proof: AmfValue, now: number): AmfObject;
}

/** The commands of one connection that make a rendezvous of a server. */
export class PeerCommands {
  readonly #services: CommandServices;
  readonly #host: CommandHost;
  /** The same object as long as the connection lasts: it stands for it in line. */
  #pairingClient: PairingClient | undefined;

  constructor(services: CommandServices, host: CommandHost) {
    this.#services = services;
    this.#host = host;
  }

  find(name: string): Method | undefined {
    if (name === "setPeerInfo") return (addresses) => this.#setPeerInfo(addresses);
    const method = this.#methods.get(name);
    if (!method) return undefined;
    return (args, now) => {
      this.#host.peer?.listenOn(this.#host.notify);
      return method(args, now);
    };
  }

  onEnd(now: number): void {
    if (this.#pairingClient) this.#services.pairing.end(this.#pairingClient, now);
  }

  /**
   * This project's own. Who uses one of them understands what we tell, too: librtmfp ends its connection
   * at a command that it does not know.
   */
  readonly #methods: ReadonlyMap<string, Method> = new Map<string, Method>([
    ["pairJoin", (args, now) => this.#services.pairing.join(this.#pairable(), args, now)],
    ["pairNext", (_, now) => this.#services.pairing.next(this.#pairable(), now)],
    ["pairLeave", (_, now) => this.#services.pairing.leave(this.#pairable(), now)],
    ["pairReport", (args, now) => this.#services.pairing.report(this.#pairable(), args, now)],
    ["describe", ([contact]) => this.#describe(contact)],
    ["introduce", (args, now) => this.#services.introductions.introduce(this.#peer(), args, now)],
    ["signal", (args, now) => this.#services.introductions.signal(this.#peer(), args, now)],
    ["relayToken", () => this.#relayToken()],
    ["serverInfo", () => this.#serverInfo()],
    ["identify", ([certificate]) => this.#host.identify(certificate)],
    ["prove", ([proof], now) => this.#host.prove(proof, now)],
  ]);

  /** RFC 7425 §5.3.3 */
  #setPeerInfo(addresses: readonly AmfValue[]): undefined {
    const { peer } = this.#host;
    if (!peer) return;
    this.#services.noteMalformed(peer.setPeerInfo(addresses));
    this.#host.peerInfoChanged(peer);
  }

  #describe(contact: AmfValue): AmfObject {
    this.#peer().describe(readContact(contact));
    return {};
  }

  /** Where a client's connection comes from tells it how NATs on the way see it. */
  #serverInfo(): AmfObject {
    return { ...this.#services.serverInfo(), observed: formatAddress(this.#host.address) };
  }

  #relayToken(): AmfObject {
    const { relay } = this.#services;
    const urls = this.#services.relayUrls(this.#host.url);
    if (!relay || urls.length === 0) throw new Refusal("NO_RELAY", "there is no relay here");
    return { token: relay.grant(this.#peer()), urls };
  }

  #pairable(): PairingClient {
    const peer = this.#peer();
    if (!peer.hasPeerInfo) throw new Refusal("NO_PEER_INFO", "send setPeerInfo first");
    this.#pairingClient ??= {
      peerId: peer.id,
      app: this.#host.app,
      get introduction() {
        return peer.introduction;
      },
      notify: this.#host.notify,
    };
    return this.#pairingClient;
  }

  #peer(): ConnectedPeer {
    const { peer } = this.#host;
    if (peer) return peer;
    throw new Refusal("NO_PEER", "this is for peers, and this connection has no peer ID");
  }
}

/** Throws Refusal. */
type Method = (args: readonly AmfValue[], now: number) => AmfValue;
