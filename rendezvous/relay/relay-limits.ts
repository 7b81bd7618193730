/** What the relay carries for its peers. */
export interface RelayLimits {
  /**
   * From one peer, bytes of datagrams a second; what comes faster is dropped.
   * @default 1 250 000
   */
  readonly bytesPerSecond?: number | undefined;
  /**
   * From one peer, datagrams a second.
   * @default 2 000
   */
  readonly datagramsPerSecond?: number | undefined;
  /**
   * From one peer, bytes within an hour, however often it reconnects.
   * @default 2 000 000 000
   */
  readonly bytesPerHour?: number | undefined;
  /**
   * Bytes that wait for a peer whose connection is slow; the oldest are dropped.
   * @default 262 144
   */
  readonly queueBytes?: number | undefined;
  /**
   * How long a datagram waits there at most, ms: an older one is of no use to anybody.
   * @default 1 000
   */
  readonly queueMs?: number | undefined;
  /**
   * Peers that are connected to the relay at the same time.
   * @default 4 096
   */
  readonly maxTunnels?: number | undefined;
}

export interface RelayOptions extends RelayLimits {
  /**
   * Who may use the relay.
   * @default everybody
   */
  readonly allow?: ((peerId: string, app: string) => boolean) | undefined;
}

export type FullRelayLimits = { readonly [Name in keyof RelayLimits]-?: number };

export const DEFAULT_RELAY_LIMITS: FullRelayLimits = {
  /** 10 Mbit/s: two pictures of good quality, or one and a file. */
  bytesPerSecond: 1_250_000,
  /** 10 Mbit/s in datagrams of 625 bytes; acknowledgements are shorter. */
  datagramsPerSecond: 2_000,
  /** 4.4 Mbit/s on average. */
  bytesPerHour: 2_000_000_000,
  queueBytes: 262_144,
  queueMs: 1_000,
  maxTunnels: 4_096,
};

/** Throws RangeError naming the first field that is unknown or out of range. */
export function fullRelayLimits(options: RelayOptions): FullRelayLimits {
  const limits: Record<keyof RelayLimits, number> = { ...DEFAULT_RELAY_LIMITS };
  for (const [name, value] of Object.entries(options)) {
    if (name === "allow") {
      if (value === undefined || typeof value === "function") continue;
      throw new RangeError("relay.allow: a function");
    }
    if (!isLimit(name)) throw new RangeError(`unknown option: relay.${name}`);
    if (value === undefined) continue;
    if (!Number.isFinite(value) || value < 1) {
      throw new RangeError(`relay.${name}: ${String(value)} is not a number from 1`);
    }
    limits[name] = value;
  }
  return limits;
}

function isLimit(name: string): name is keyof RelayLimits {
  return Object.hasOwn(DEFAULT_RELAY_LIMITS, name);
}
