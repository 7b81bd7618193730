import { toHex } from "../../protocol/bytes/hex.ts";
import { readRelayedDatagram, writeRelayedDatagram } from "../../protocol/wire/relayed-datagram.ts";
import { KeyedBuckets } from "../rate-limit.ts";
import { Refusal } from "../refusal.ts";
import type { FullRelayLimits } from "./relay-limits.ts";
import { RelayQueue } from "./relay-queue.ts";

/** The way to a connected peer. */
export interface RelayOutlet {
  /** Bytes that its connection has not taken yet. */
  readonly unsentBytes: number;
  /** Sends the payload of a relayed datagram. */
  send(payload: Uint8Array, now: number): void;
  /** Another connection of the same peer has taken its place. */
  replaced(now: number): void;
}

/** What the hub carried, and what it did not. In datagrams, but for `bytes`. */
export interface RelayStats {
  readonly tunnels: number;
  readonly forwarded: number;
  readonly bytes: number;
  /** Their receiver was too slow. */
  readonly droppedSlow: number;
  /** Their sender was too fast. */
  readonly droppedLimited: number;
  /** Their receiver is not connected. */
  readonly droppedUnknown: number;
}

/**
 * Forwards datagrams between connected peers, by their relay addresses. It cannot read them, and
 * writes their sender in front. A machine: its clock is `now`, ms.
 */
export class RelayHub {
  readonly #limits: FullRelayLimits;
  /** By relay address, in hexadecimal. BOUNDED: maxTunnels. */
  readonly #tunnels = new Map<string, RelayTunnel>();
  /** By relay address, so that a new connection brings no new allowance. */
  readonly #budgets: readonly Budget[];
  #forwarded = 0;
  #bytes = 0;
  #droppedSlow = 0;
  #droppedLimited = 0;
  #droppedUnknown = 0;

  constructor(limits: FullRelayLimits) {
    this.#limits = limits;
    const { bytesPerSecond, datagramsPerSecond, bytesPerHour, maxTunnels } = limits;
    const budget = (perSecond: number, burst: number): KeyedBuckets =>
      new KeyedBuckets({ perSecond, burst }, REMEMBERED * maxTunnels);
    this.#budgets = [
      { buckets: budget(datagramsPerSecond, datagramsPerSecond), cost: () => 1 },
      { buckets: budget(bytesPerSecond, bytesPerSecond), cost: (bytes) => bytes },
      { buckets: budget(bytesPerHour / 3_600, bytesPerHour), cost: (bytes) => bytes },
    ];
  }

  get stats(): RelayStats {
    let droppedSlow = this.#droppedSlow;
    for (const tunnel of this.#tunnels.values()) droppedSlow += tunnel.queue.dropped;
    return {
      tunnels: this.#tunnels.size,
      forwarded: this.#forwarded,
      bytes: this.#bytes,
      droppedSlow,
      droppedLimited: this.#droppedLimited,
      droppedUnknown: this.#droppedUnknown,
    };
  }

  /**
   * The peer with this relay address (16 bytes) is connected, in place of an older connection of it.
   * Throws Refusal `FULL`.
   */
  attach(address: Uint8Array, outlet: RelayOutlet, now: number): RelayTunnel {
    const key = toHex(address);
    const older = this.#tunnels.get(key);
    if (!older && this.#tunnels.size >= this.#limits.maxTunnels) {
      throw new Refusal("FULL", `${this.#limits.maxTunnels} peers use the relay`);
    }
    const queue = new RelayQueue(this.#limits.queueBytes, this.#limits.queueMs);
    const tunnel: RelayTunnel = new RelayTunnel(outlet, queue, {
      forward: (payload, at) => this.#forward(tunnel, key, address, payload, at),
      detach: () => this.#detach(tunnel, key),
    });
    this.#tunnels.set(key, tunnel);
    if (older) {
      this.#droppedSlow += older.queue.dropped;
      older.replaced(now);
    }
    return tunnel;
  }

  #forward(
    from: RelayTunnel,
    key: string,
    address: Uint8Array,
    payload: Uint8Array,
    now: number,
  ): void {
    if (this.#tunnels.get(key) !== from) return;
    const { peer, datagram } = readRelayedDatagram(payload);
    if (!this.#spend(key, datagram.length, now)) {
      this.#droppedLimited += 1;
      return;
    }
    const to = this.#tunnels.get(toHex(peer));
    if (!to) {
      this.#droppedUnknown += 1;
      return;
    }
    this.#forwarded += 1;
    this.#bytes += datagram.length;
    to.queue.push(writeRelayedDatagram({ peer: address, datagram }), now);
    to.pump(now);
  }

  #spend(key: string, bytes: number, now: number): boolean {
    return this.#budgets.every(({ buckets, cost }) => buckets.take(key, now, cost(bytes)));
  }

  #detach(tunnel: RelayTunnel, key: string): void {
    if (this.#tunnels.get(key) !== tunnel) return;
    this.#droppedSlow += tunnel.queue.dropped;
    this.#tunnels.delete(key);
  }
}

/** A peer's connection to the hub. */
export class RelayTunnel {
  /** For the hub. */
  readonly queue: RelayQueue;
  readonly #outlet: RelayOutlet;
  readonly #hub: TunnelHub;

  constructor(outlet: RelayOutlet, queue: RelayQueue, hub: TunnelHub) {
    this.queue = queue;
    this.#outlet = outlet;
    this.#hub = hub;
  }

  /** The peer sends this; after another connection has taken its place, to nobody. Throws MalformedError. */
  receive(payload: Uint8Array, now: number): void {
    this.#hub.forward(payload, now);
  }

  /** Sends what waits, as far as the connection takes it. To be called whenever that has room again. */
  pump(now: number): void {
    while (this.queue.bytes > 0 && this.#outlet.unsentBytes < MAX_UNSENT_BYTES) {
      const payload = this.queue.shift(now);
      if (payload) this.#outlet.send(payload, now);
    }
  }

  /** The connection ended. */
  detach(): void {
    this.#hub.detach();
  }

  /** For the hub. */
  replaced(now: number): void {
    this.#outlet.replaced(now);
  }
}

/** What a tunnel asks of its hub. */
interface TunnelHub {
  forward(payload: Uint8Array, now: number): void;
  detach(): void;
}

interface Budget {
  readonly buckets: KeyedBuckets;
  cost(bytes: number): number;
}

/** What has been handed to the socket cannot be dropped any more: as little as keeps it busy. */
const MAX_UNSENT_BYTES = 32_768;
/** Budgets are remembered of so many times the peers that can be connected. */
const REMEMBERED = 4;
