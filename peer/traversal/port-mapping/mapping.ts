import type { Address } from "../../../protocol/wire/address.ts";

export type MappingProtocol = "pcp" | "nat-pmp" | "upnp";

/** In the order in which they are tried. */
export const MAPPING_PROTOCOLS: readonly MappingProtocol[] = ["pcp", "nat-pmp", "upnp"];

/** A port of the router that leads to a port of ours. */
export interface Mapping {
  /** Where the rest of the world reaches it: the router's address, public unless there is another NAT. */
  readonly external: Address;
  readonly protocol: MappingProtocol;
  /** When it ends if it cannot be renewed, ms on `Io.now`; Infinity for one that stays until deleted. */
  readonly expiresAt: number;
}

/** The router of this network, and where we stand in it. IPv4. */
export interface Router {
  readonly ip: string;
  /** Our address on the router's network. */
  readonly localIp: string;
}

/** What is to be mapped, and by whom. */
export interface MappingRequest {
  readonly router: Router;
  /** Our UDP port. */
  readonly internalPort: number;
  /** `length` unpredictable bytes. */
  random(length: number): Uint8Array;
}

/** An HTTP request to the router. */
export interface RouterFetch {
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  /** "" for none. */
  readonly body: string;
  readonly timeoutMs: number;
  /** A longer answer is none. */
  readonly maxBytes: number;
}

export interface RouterAnswer {
  /** Of HTTP. */
  readonly status: number;
  readonly body: string;
}

export type MappingOutput =
  | { readonly type: "transmit"; readonly to: Address; readonly bytes: Uint8Array }
  /** The answer comes back by `fetched`, with the same `id`. */
  | {
      readonly type: "fetch";
      readonly id: number;
      readonly url: string;
      readonly request: RouterFetch;
    };

/**
 * IDLE → ASKING → MAPPED ⇄ RENEWING; FAILED from any of them; RELEASING → RELEASED once `release` is
 * called. MAPPED and RENEWING have a mapping.
 */
export type MappingState =
  | "IDLE"
  | "ASKING"
  | "MAPPED"
  | "RENEWING"
  | "FAILED"
  | "RELEASING"
  | "RELEASED";

/** One protocol's way to a mapping. `receive` and `fetched` throw MalformedError. */
export interface MappingClient {
  readonly state: MappingState;
  readonly mapping: Mapping | undefined;
  /** Does the router know the protocol, whether it gives a mapping or not? */
  readonly isKnown: boolean;
  readonly timeout: number;
  start(now: number): void;
  receive(bytes: Uint8Array, from: Address, now: number): void;
  /** `answer` is undefined if there was none. */
  fetched(id: number, answer: RouterAnswer | undefined, now: number): void;
  advance(now: number): void;
  poll(): MappingOutput | undefined;
  /** Deletes whatever the router may have made for us. */
  release(now: number): void;
}
