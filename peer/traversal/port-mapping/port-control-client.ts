import { MalformedError } from "../../../protocol/errors.ts";
import type { Address } from "../../../protocol/wire/address.ts";
import { Epoch } from "./epoch.ts";
import { Lease } from "./lease.ts";
import type {
  Mapping,
  MappingClient,
  MappingOutput,
  MappingProtocol,
  MappingState,
  Router,
} from "./mapping.ts";
import { Retransmission } from "./retransmission.ts";

/** What the router said: yes, no, go on with the next request, or nothing that concerns us. */
export type PortControlAnswer =
  | { readonly type: "granted"; readonly external: Address; readonly lifetimeSeconds: number }
  | { readonly type: "refused" | "deleted" | "continue" | "other" };

/** How PCP or NAT-PMP says things. */
export interface PortControlDialect {
  readonly protocol: MappingProtocol;
  /** A new round of requests begins. `suggestedPort`: 0 for any. */
  begin(suggestedPort: number): void;
  /** The request that waits for its answer. */
  request(): Uint8Array;
  /** The request that deletes the mapping. */
  deletion(): Uint8Array;
  /** Throws MalformedError. */
  answer(bytes: Uint8Array): { readonly answer: PortControlAnswer; readonly epochSeconds?: number };
}

/** A mapping by PCP or NAT-PMP: one request under way, sent again until answered or given up. */
export class PortControlClient implements MappingClient {
  readonly #dialect: PortControlDialect;
  readonly #server: Address;
  readonly #lease = new Lease();
  readonly #epoch = new Epoch();
  readonly #outputs: MappingOutput[] = [];
  #retransmission = new Retransmission();
  #state: MappingState = "IDLE";
  #isKnown = false;

  constructor(router: Router, dialect: PortControlDialect) {
    this.#server = { ip: router.ip, port: GATEWAY_PORT };
    this.#dialect = dialect;
  }

  get state(): MappingState {
    return this.#state;
  }

  get mapping(): Mapping | undefined {
    return this.#lease.mapping;
  }

  get isKnown(): boolean {
    return this.#isKnown;
  }

  get timeout(): number {
    const renewAt = this.#state === "MAPPED" ? this.#lease.renewAt : Number.POSITIVE_INFINITY;
    return Math.min(this.#retransmission.timeout, renewAt, this.#lease.expiresAt);
  }

  start(now: number): void {
    this.#state = "ASKING";
    this.#begin(now);
  }

  receive(bytes: Uint8Array, from: Address, now: number): void {
    // RFC 6887 §8.3, RFC 6886 §3.1: anybody else's word counts for nothing.
    if (from.ip !== this.#server.ip || from.port !== this.#server.port) return;
    const { answer, epochSeconds } = this.#dialect.answer(bytes);
    // Who knows nothing but the other version has no epoch in this one.
    if (epochSeconds !== undefined) this.#isKnown = true;
    const isRestarted = epochSeconds !== undefined && this.#epoch.note(epochSeconds, now);
    if (this.#state === "RELEASING") {
      if (answer.type === "deleted" || answer.type === "refused") this.#end("RELEASED");
    } else if (this.#state === "ASKING" || this.#state === "RENEWING") {
      this.#settle(answer, now);
    } else if (isRestarted) {
      this.#lease.doubt(now);
    }
  }

  fetched(): void {}

  advance(now: number): void {
    if (this.#lease.isExpired(now)) {
      this.#end("FAILED");
      return;
    }
    if (this.#state === "MAPPED" && now >= this.#lease.renewAt) {
      this.#state = "RENEWING";
      this.#begin(now);
    }
    const due = this.#retransmission.due(now);
    if (due === "send") this.#send();
    else if (due === "give-up") this.#giveUp(now);
  }

  poll(): MappingOutput | undefined {
    return this.#outputs.shift();
  }

  release(now: number): void {
    if (this.#state === "IDLE" || this.#state === "FAILED") {
      this.#end("RELEASED");
      return;
    }
    if (this.#state === "RELEASING" || this.#state === "RELEASED") return;
    this.#lease.end();
    this.#state = "RELEASING";
    this.#retransmission = new Retransmission(RELEASE_TRIES);
    this.#retransmission.start(now);
  }

  #begin(now: number): void {
    this.#dialect.begin(this.#lease.mapping?.external.port ?? 0);
    this.#retransmission.start(now);
  }

  #send(): void {
    const isRelease = this.#state === "RELEASING";
    const bytes = isRelease ? this.#dialect.deletion() : this.#dialect.request();
    this.#outputs.push({ type: "transmit", to: this.#server, bytes });
  }

  #settle(answer: PortControlAnswer, now: number): void {
    switch (answer.type) {
      case "granted":
        this.#grant(answer.external, answer.lifetimeSeconds, now);
        break;
      case "continue":
        this.#retransmission.start(now);
        break;
      case "refused":
        this.#end("FAILED");
        break;
    }
  }

  #grant(external: Address, lifetimeSeconds: number, now: number): void {
    if (external.port === 0 || isUnspecified(external.ip)) {
      this.#end("FAILED");
      throw new MalformedError("a mapping that leads nowhere");
    }
    const expiresAt = now + lifetimeSeconds * 1_000;
    this.#lease.grant({ external, protocol: this.#dialect.protocol, expiresAt }, now);
    this.#retransmission.stop();
    this.#state = "MAPPED";
  }

  #giveUp(now: number): void {
    if (this.#state === "RENEWING") {
      this.#lease.postpone(now);
      this.#state = "MAPPED";
    } else {
      this.#end(this.#state === "RELEASING" ? "RELEASED" : "FAILED");
    }
  }

  #end(state: "FAILED" | "RELEASED"): void {
    this.#state = state;
    this.#lease.end();
    this.#retransmission.stop();
  }
}

function isUnspecified(ip: string): boolean {
  return ip === "0.0.0.0" || ip === "::";
}

/** RFC 6887 §19.1; NAT-PMP has the same. */
const GATEWAY_PORT = 5_351;
/** Closing must not take long; a mapping that stays ends with its lease. */
const RELEASE_TRIES = 2;
