import { MalformedError } from "../../../protocol/errors.ts";
import { type Address, sameAddress } from "../../../protocol/wire/address.ts";
import {
  MAPPING_PROTOCOLS,
  type Mapping,
  type MappingClient,
  type MappingOutput,
  type MappingProtocol,
  type MappingRequest,
  type RouterAnswer,
} from "./mapping.ts";
import { NatPmpDialect } from "./nat-pmp-dialect.ts";
import { PcpDialect } from "./pcp-dialect.ts";
import { PortControlClient } from "./port-control-client.ts";
import { UpnpClient } from "./upnp-client.ts";

export type PortMapperOutput =
  | MappingOutput
  /** The mapping is this one from now on, or there is none any more. */
  | { readonly type: "change"; readonly mapping: Mapping | undefined }
  /** No protocol gave a mapping, for now or for good. */
  | { readonly type: "none" }
  /** What `release` was to do is done, or cannot be. */
  | { readonly type: "released" };

export interface PortMapperStats {
  /** Datagrams and HTTP answers of the router, or in its name, that make no sense. */
  readonly malformed: number;
}

/**
 * Keeps one UDP port mapped on the router: PCP, then NAT-PMP, then UPnP, one after another so that
 * none leaves a mapping behind that another made. Whoever had a mapping and lost it begins again every
 * few minutes; where there never was one, it gives up.
 */
export class PortMapper {
  readonly #request: MappingRequest;
  readonly #protocols: readonly MappingProtocol[];
  #isKnown = false;
  readonly #outputs: PortMapperOutput[] = [];
  /** The protocols that are still to be tried. */
  #untried: MappingClient[] = [];
  #client: MappingClient | undefined;
  #told: Mapping | undefined;
  /** The client that has had a mapping last. */
  #mapped: MappingClient | undefined;
  #begunAt = 0;
  #retryAt = Number.POSITIVE_INFINITY;
  #isReleasing = false;
  #malformed = 0;

  /** `protocols`: those to try, one after another. */
  constructor(
    request: MappingRequest,
    now: number,
    protocols: readonly MappingProtocol[] = MAPPING_PROTOCOLS,
  ) {
    this.#request = request;
    this.#protocols = protocols;
    this.#begin(now);
  }

  get stats(): PortMapperStats {
    return { malformed: this.#malformed };
  }

  /** As it is now, renewed or not. */
  get mapping(): Mapping | undefined {
    return this.#client?.mapping;
  }

  /** Does the router know any of the protocols, as far as they have been tried? */
  get isKnown(): boolean {
    return this.#isKnown || (this.#client?.isKnown ?? false);
  }

  get timeout(): number {
    return Math.min(this.#retryAt, this.#client?.timeout ?? Number.POSITIVE_INFINITY);
  }

  receive(bytes: Uint8Array, from: Address, now: number): void {
    this.#counted(() => this.#client?.receive(bytes, from, now));
    this.#follow(now);
  }

  /** The answer to the fetch `id`, or undefined if there was none. */
  fetched(id: number, answer: RouterAnswer | undefined, now: number): void {
    this.#counted(() => this.#client?.fetched(id, answer, now));
    this.#follow(now);
  }

  advance(now: number): void {
    if (now >= this.#retryAt) this.#begin(now);
    this.#client?.advance(now);
    this.#follow(now);
  }

  poll(now: number): PortMapperOutput | undefined {
    this.advance(now);
    return this.#client?.poll() ?? this.#outputs.shift();
  }

  /** Deletes the mapping; "released" follows within a few seconds. */
  release(now: number): void {
    if (this.#isReleasing) return;
    this.#isReleasing = true;
    this.#retryAt = Number.POSITIVE_INFINITY;
    this.#client?.release(now);
    if (!this.#client) this.#outputs.push({ type: "released" });
    this.#follow(now);
  }

  #begin(now: number): void {
    this.#retryAt = Number.POSITIVE_INFINITY;
    this.#begunAt = now;
    this.#untried = this.#protocols.map((protocol) => clientFor(protocol, this.#request));
    this.#next(now);
  }

  /** At once, unless the last beginning was not long ago. */
  #beginAgain(now: number): void {
    this.#client = undefined;
    this.#retryAt = Math.max(now, this.#begunAt + RETRY_MS);
  }

  #next(now: number): void {
    this.#isKnown = this.isKnown;
    this.#client = this.#untried.shift();
    if (this.#client) {
      this.#client.start(now);
      this.#client.advance(now);
    } else {
      if (this.#mapped) this.#retryAt = now + RETRY_MS;
      this.#outputs.push({ type: "none" });
    }
  }

  /** Draws the conclusions from the state of the client. */
  #follow(now: number): void {
    const client = this.#client;
    this.#tell(client?.mapping);
    if (client?.state === "RELEASED") {
      this.#client = undefined;
      this.#outputs.push({ type: "released" });
    } else if (client?.state === "FAILED") {
      if (this.#mapped === client) this.#beginAgain(now);
      else this.#next(now);
    }
  }

  #tell(mapping: Mapping | undefined): void {
    const told = this.#told;
    this.#told = mapping;
    if (mapping) this.#mapped = this.#client;
    // Who releases the mapping need not be told that it is gone.
    if (!this.#isReleasing && !isSame(told, mapping))
      this.#outputs.push({ type: "change", mapping });
  }

  #counted(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.#malformed += 1;
    }
  }
}

function clientFor(protocol: MappingProtocol, request: MappingRequest): MappingClient {
  switch (protocol) {
    case "pcp":
      return new PortControlClient(request.router, new PcpDialect(request));
    case "nat-pmp":
      return new PortControlClient(request.router, new NatPmpDialect(request));
    case "upnp":
      return new UpnpClient(request);
  }
}

function isSame(one: Mapping | undefined, other: Mapping | undefined): boolean {
  if (!one || !other) return one === other;
  return one.protocol === other.protocol && sameAddress(one.external, other.external);
}

/** A router that has restarted is there again after a few minutes, perhaps with other settings. */
const RETRY_MS = 120_000;
