import { Refusal } from "../refusal.ts";
import type { ConnectedPeer } from "./connected-peer.ts";
import type { Introducible, Registry } from "./registry.ts";

/** The registry of a server that is alone. */
export class MemoryRegistry implements Registry {
  /** BOUNDED: maxPeers. */
  readonly #peers = new Map<string, ConnectedPeer>();
  readonly #maxPeers: number;

  constructor(maxPeers: number = MAX_PEERS) {
    this.#maxPeers = maxPeers;
  }

  get peers(): Iterable<ConnectedPeer> {
    return this.#peers.values();
  }

  get size(): number {
    return this.#peers.size;
  }

  add(peer: ConnectedPeer): void {
    if (this.#peers.size >= this.#maxPeers && !this.#peers.has(peer.id)) {
      throw new Refusal("FULL", `${this.#maxPeers} peers are connected`);
    }
    this.#peers.set(peer.id, peer);
  }

  update(): void {
    // It holds the peers themselves, not copies.
  }

  remove(peer: ConnectedPeer): void {
    if (this.#peers.get(peer.id) === peer) this.#peers.delete(peer.id);
  }

  find(id: string, found: (peer: Introducible) => void): void {
    const peer = this.#peers.get(id);
    if (peer?.hasPeerInfo) found(peer);
  }
}

/** As many sessions as an endpoint holds by default. */
const MAX_PEERS = 65_536;
