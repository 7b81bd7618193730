import { checkNat } from "./check-config.ts";

/** What a mapping or a filter looks at, in the words of RFC 4787 §4.1 and §5. */
export type Dependence =
  | "endpoint-independent"
  | "address-dependent"
  | "address-and-port-dependent";

/**
 * How a NAT chooses its outside port.
 *
 * - `preserving`: the inside port if it is free, else a random one.
 * - `sequential`: each new mapping takes the next port; `step` is 1 by default, `startPort` random.
 *   `busyPerSecond` ports a second are taken by others behind the same NAT (0 by default).
 * - `random`: any free port.
 * - `block`: any free port of the block of `size` ports that belongs to the inside host, RFC 7422.
 */
export type PortAllocation =
  | { readonly kind: "preserving" }
  | {
      readonly kind: "sequential";
      readonly step?: number | undefined;
      readonly startPort?: number | undefined;
      readonly busyPerSecond?: number | undefined;
    }
  | { readonly kind: "random" }
  | { readonly kind: "block"; readonly size: number };

/** How long a mapping lives after the last packet that refreshed it, in milliseconds. */
export interface NatTimers {
  /** While nothing has come back. */
  readonly unrepliedMs: number;
  /** Once something has come back, and `repliedAfterMs` have passed since the first packet. */
  readonly repliedMs: number;
  readonly repliedAfterMs: number;
}

/**
 * Everything that one NAT or firewall does, as plain JSON. Fields that are missing are those of
 * `NAT_DEFAULTS`.
 */
export interface NatConfig {
  /** `none`: addresses pass as they are, as through a firewall. */
  readonly mapping: Dependence | "none";
  readonly filtering: Dependence;
  readonly allocation: PortAllocation;
  /** Ports to choose from. `preserving` also keeps those outside. */
  readonly firstPort: number;
  readonly lastPort: number;
  /** Ports keep their parity, RFC 4787 §4.2.2. */
  readonly parity: boolean;
  /** May two mappings share a port while they talk to different far ends? RFC 4787 REQ-3 says no. */
  readonly overloading: boolean;
  /**
   * What becomes of a packet for the NAT's own address that nobody asked for. `drop`: nothing.
   * `reject`: a TCP SYN is answered by RST. `accept`: as `reject`, and the NAT remembers it as a flow
   * of its own, as Linux's conntrack does: while it does, no inside host can use that port towards
   * that far end.
   */
  readonly unsolicited: "drop" | "reject" | "accept";
  /** Can inside hosts reach each other by their outside addresses, and what source do they see? */
  readonly hairpin: "none" | "internal-source" | "external-source";
  /** Which packets keep a mapping alive, RFC 4787 REQ-6. */
  readonly refresh: "outbound" | "both";
  readonly udp: NatTimers;
  readonly tcp: NatTimers;
  /** Mappings at a time; when all are in use, packets that need a new one are dropped. */
  readonly maxMappings: number;
  /** Nothing that is UDP passes, in either direction. */
  readonly blocksUdp: boolean;
  /** If given, TCP passes outbound to these ports only. */
  readonly tcpPorts: readonly number[] | undefined;
}

/** Settings that differ from `NAT_DEFAULTS`; of timers, those that differ. */
export type NatSettings = {
  readonly [Field in keyof NatConfig]?:
    | (NatConfig[Field] extends NatTimers ? Partial<NatTimers> : NatConfig[Field])
    | undefined;
};

/** What a good NAT of RFC 4787 does, with endpoint-dependent filtering and random ports. */
export const NAT_DEFAULTS: NatConfig = Object.freeze({
  mapping: "endpoint-independent",
  filtering: "address-and-port-dependent",
  allocation: { kind: "random" } as const,
  firstPort: 1024,
  lastPort: 65_535,
  parity: false,
  overloading: false,
  unsolicited: "drop",
  hairpin: "none",
  refresh: "outbound",
  udp: { unrepliedMs: 120_000, repliedMs: 120_000, repliedAfterMs: 0 },
  /** RFC 5382 REQ-5: 4 minutes while it opens, 2 hours 4 minutes when established. */
  tcp: { unrepliedMs: 240_000, repliedMs: 7_440_000, repliedAfterMs: 0 },
  maxMappings: 65_536,
  blocksUdp: false,
  tcpPorts: undefined,
});

/** `settings` over the defaults. Throws RangeError naming an unknown or impossible field. */
export function natConfig(settings: NatSettings): NatConfig {
  const config: Record<string, unknown> = { ...NAT_DEFAULTS };
  for (const [field, value] of Object.entries(settings)) {
    if (!Object.hasOwn(NAT_DEFAULTS, field)) throw new RangeError(`unknown NAT setting: ${field}`);
    if (value === undefined) continue;
    const isTimers = field === "udp" || field === "tcp";
    config[field] = isTimers ? { ...NAT_DEFAULTS[field], ...(value as Partial<NatTimers>) } : value;
  }
  const result = config as unknown as NatConfig;
  checkNat(result);
  return result;
}
