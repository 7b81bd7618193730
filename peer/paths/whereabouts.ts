import type { Network } from "../network.ts";
import type { PeerPlatform } from "../platform.ts";
import type { ServerLink } from "../server/server-link.ts";
import type { HostPolicy } from "../traversal/candidates.ts";
import { PortMapping } from "../traversal/port-mapping/port-mapping.ts";
import { InterfaceWatch } from "./interface-watch.ts";
import { reachableAddresses } from "./reachable-addresses.ts";
import type { TraversalHost } from "./traversal-host.ts";

export interface WhereaboutsHost {
  readonly platform: PeerPlatform;
  readonly network: Network;
  readonly server: ServerLink;
  readonly traversal: TraversalHost;
  readonly hostPolicy: HostPolicy;
  /** Ask the router for a port? */
  readonly hasPortMapping: boolean;
  /** Those that know us already should be told, too. */
  onNews(): void;
  trace(what: string): void;
}

/** Knows when this machine is elsewhere, and keeps the server, and those that it introduces us to, told. */
export class Whereabouts {
  readonly #host: WhereaboutsHost;
  readonly #watch: InterfaceWatch;
  #mapping: PortMapping | undefined;
  /** Undefined: not known yet, or nobody has to know of us. */
  #hasRelay: boolean | undefined;
  /** What the server was told, as text. */
  #told: string | undefined;

  constructor(host: WhereaboutsHost) {
    this.#host = host;
    this.#watch = new InterfaceWatch(host.platform, () => this.#moved());
    this.#tellAddresses();
    this.#mapping = this.#mapped();
  }

  /** Does the relay reach us? */
  setRelay(hasRelay: boolean): void {
    this.#hasRelay = hasRelay;
    this.update();
  }

  /** The server is another one: it has been told nothing. */
  serverChanged(): void {
    this.#tellAddresses();
    this.#told = undefined;
    this.update();
  }

  /** Tells what is new. A server that does not know the word introduces nobody that way. */
  update(): void {
    const { server, traversal, onNews } = this.#host;
    if (this.#hasRelay === undefined) return;
    const contact = { ...traversal.contact, relay: this.#hasRelay };
    const text = JSON.stringify(contact);
    if (text === this.#told || !server.isOpen) return;
    const isFirst = this.#told === undefined;
    this.#told = text;
    server.call("describe", [contact]).catch(() => undefined);
    if (!isFirst) onNews();
  }

  /** Gives back what the router has lent. Never rejects. */
  async close(): Promise<void> {
    this.#watch.close();
    await this.#mapping?.close();
  }

  #moved(): void {
    const { platform, server, traversal, trace } = this.#host;
    trace(`network: ${platform.interfaces().join(", ")}`);
    if (server.isOpen) this.#tellAddresses();
    traversal.onNetworkChange();
    this.update();
    void this.#mapping?.close();
    this.#mapping = this.#mapped();
  }

  /** RFC 7425 §5.3.3. */
  #tellAddresses(): void {
    const { platform, network, server, hostPolicy } = this.#host;
    const near = platform.interfaces();
    const { session } = server;
    server.setPeerInfo(reachableAddresses(near, network.addresses, session, hostPolicy));
  }

  /** Found in the background: nobody waits for a router. */
  #mapped(): PortMapping | undefined {
    const { platform, network, traversal, hasPortMapping, trace } = this.#host;
    const socket = network.addresses.find(({ ip }) => !ip.includes(":"));
    if (!hasPortMapping || !platform.router || !socket) return undefined;
    traversal.setMapped([]);
    return new PortMapping(platform, {
      internalPort: socket.port,
      onChange: (mapping) => {
        trace(`port mapping: ${mapping ? JSON.stringify(mapping) : "none"}`);
        traversal.setMapped(mapping ? [mapping.external] : []);
      },
    });
  }
}
