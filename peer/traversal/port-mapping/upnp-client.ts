import { MalformedError } from "../../../protocol/errors.ts";
import type { Address } from "../../../protocol/wire/address.ts";
import { readDeviceDescription, urlAt, type WanService } from "./device-description.ts";
import { Lease } from "./lease.ts";
import type {
  Mapping,
  MappingClient,
  MappingOutput,
  MappingRequest,
  MappingState,
  RouterAnswer,
  RouterFetch,
} from "./mapping.ts";
import { PortChoice } from "./port-choice.ts";
import { Retransmission } from "./retransmission.ts";
import {
  addPortMapping,
  deletePortMapping,
  getExternalIp,
  readExternalIp,
  readSoapAnswer,
} from "./soap.ts";
import { encodeSearch, readSearchResponse, SSDP_ADDRESS } from "./ssdp.ts";

/**
 * A mapping by UPnP: search the router, read its description, then ask its services in turn for the
 * external address and for the port. One request is under way at a time.
 */
export class UpnpClient implements MappingClient {
  readonly #request: MappingRequest;
  readonly #lease = new Lease();
  readonly #outputs: MappingOutput[] = [];
  readonly #search = new Retransmission(SEARCH_TRIES, SEARCH_MS);
  #choice: PortChoice;
  #state: MappingState = "IDLE";
  #pending: Pending | undefined;
  #nextId = 0;
  #location = "";
  /** Those not tried yet, and first the one that is in use. BOUNDED: by readDeviceDescription. */
  #services: WanService[] = [];
  #externalIp = "";

  constructor(request: MappingRequest) {
    this.#request = request;
    this.#choice = this.#firstChoice();
  }

  get state(): MappingState {
    return this.#state;
  }

  get mapping(): Mapping | undefined {
    return this.#lease.mapping;
  }

  get isKnown(): boolean {
    return this.#location !== "";
  }

  get timeout(): number {
    const renewAt = this.#state === "MAPPED" ? this.#lease.renewAt : Number.POSITIVE_INFINITY;
    return Math.min(this.#search.timeout, renewAt, this.#lease.expiresAt);
  }

  start(now: number): void {
    this.#state = "ASKING";
    this.#search.start(now);
  }

  receive(bytes: Uint8Array, from: Address): void {
    const { ip } = this.#request.router;
    // Devices may answer from any port of theirs, but nobody else speaks for the router.
    if (this.#search.timeout === Number.POSITIVE_INFINITY || from.ip !== ip) return;
    const location = readSearchResponse(bytes);
    const url = urlAt(location, location, ip);
    if (url === undefined) throw new MalformedError("SSDP: a location that is not the router");
    this.#search.stop();
    this.#location = url;
    this.#fetch("describe", url, DESCRIBE);
  }

  fetched(id: number, answer: RouterAnswer | undefined, now: number): void {
    const pending = this.#pending;
    if (pending?.id !== id) return;
    this.#pending = undefined;
    try {
      if (this.#state === "RELEASING") this.#proceedRelease(pending.step, answer);
      else if (!answer) this.#fail(pending.step, now);
      else if (pending.step === "describe") this.#describe(answer);
      else if (pending.step === "address") this.#noteAddress(answer, now);
      else this.#noteMapping(answer, now);
    } catch (error) {
      this.#fail(pending.step, now);
      throw error;
    }
  }

  advance(now: number): void {
    if (this.#lease.isExpired(now)) {
      this.#end("FAILED");
      return;
    }
    if (this.#state === "MAPPED" && now >= this.#lease.renewAt) {
      this.#state = "RENEWING";
      this.#askAddress();
    }
    const due = this.#search.due(now);
    if (due === "give-up") this.#end("FAILED");
    else if (due === "send") {
      for (const target of SEARCH_TARGETS) {
        this.#outputs.push({ type: "transmit", to: SSDP_ADDRESS, bytes: encodeSearch(target) });
      }
    }
  }

  poll(): MappingOutput | undefined {
    return this.#outputs.shift();
  }

  release(): void {
    if (this.#state === "RELEASING" || this.#state === "RELEASED") return;
    const isMapped = this.#lease.mapping !== undefined;
    this.#search.stop();
    this.#lease.end();
    this.#state = "RELEASING";
    // A request that may make a mapping has its answer awaited first.
    if (this.#pending?.step === "map") return;
    if (isMapped) this.#delete();
    else this.#end("RELEASED");
  }

  #describe(answer: RouterAnswer): void {
    const { ip } = this.#request.router;
    this.#services = readDeviceDescription(answer.body, this.#location, ip);
    this.#askAddress();
  }

  #askAddress(): void {
    const [service] = this.#services;
    if (service) this.#fetch("address", service.controlUrl, getExternalIp(service.type));
    else this.#end("FAILED");
  }

  #noteAddress(answer: RouterAnswer, now: number): void {
    const ip = readExternalIp(answer);
    if (ip === undefined) {
      this.#fail("address", now);
      return;
    }
    this.#externalIp = ip;
    this.#askMapping();
  }

  #askMapping(): void {
    const [service] = this.#services;
    if (!service) {
      this.#end("FAILED");
      return;
    }
    const { externalPort, leaseSeconds } = this.#choice;
    const { router, internalPort } = this.#request;
    const entry = { externalPort, leaseSeconds, internalPort, internalIp: router.localIp };
    this.#fetch("map", service.controlUrl, addPortMapping(service.type, entry));
  }

  #noteMapping(answer: RouterAnswer, now: number): void {
    const result = readSoapAnswer(answer, "AddPortMapping");
    if (result.type === "error") {
      if (this.#choice.change(result.code)) this.#askMapping();
      else this.#fail("map", now);
      return;
    }
    const { externalPort: port, leaseSeconds } = this.#choice;
    const expiresAt = leaseSeconds === 0 ? Number.POSITIVE_INFINITY : now + leaseSeconds * 1_000;
    const external = { ip: this.#externalIp, port };
    this.#lease.grant({ external, protocol: "upnp", expiresAt }, now);
    this.#state = "MAPPED";
  }

  /** Deletes what was made meanwhile; what others have is not ours to delete. */
  #proceedRelease(step: Step, answer: RouterAnswer | undefined): void {
    const isMade =
      step === "map" && answer && readSoapAnswer(answer, "AddPortMapping").type === "result";
    if (isMade) this.#delete();
    else this.#end("RELEASED");
  }

  #delete(): void {
    const [service] = this.#services;
    if (!service) {
      this.#end("RELEASED");
      return;
    }
    const request = deletePortMapping(service.type, this.#choice.externalPort);
    this.#fetch("delete", service.controlUrl, request);
  }

  /** A mapping is kept while it lasts; a permanent one that cannot be confirmed may be gone. */
  #fail(step: Step, now: number): void {
    if (this.#state === "RELEASING") {
      this.#end("RELEASED");
      return;
    }
    if (this.#state === "RENEWING" && this.#lease.expiresAt !== Number.POSITIVE_INFINITY) {
      this.#lease.postpone(now);
      this.#state = "MAPPED";
    } else if (this.#state === "ASKING" && step !== "describe") {
      this.#services.shift();
      this.#choice = this.#firstChoice();
      this.#askAddress();
    } else {
      this.#end("FAILED");
    }
  }

  #firstChoice(): PortChoice {
    const { internalPort, random } = this.#request;
    return new PortChoice(internalPort, random);
  }

  #fetch(step: Step, url: string, request: RouterFetch): void {
    const id = this.#nextId;
    this.#nextId += 1;
    this.#pending = { id, step };
    this.#outputs.push({ type: "fetch", id, url, request });
  }

  #end(state: "FAILED" | "RELEASED"): void {
    this.#state = state;
    this.#pending = undefined;
    this.#search.stop();
    this.#lease.end();
  }
}

type Step = "describe" | "address" | "map" | "delete";

interface Pending {
  readonly id: number;
  readonly step: Step;
}

/** Devices of version 2 should answer to a search for version 1; some do not. */
const SEARCH_TARGETS: readonly string[] = [
  "urn:schemas-upnp-org:device:InternetGatewayDevice:1",
  "urn:schemas-upnp-org:device:InternetGatewayDevice:2",
];
/** Answers take up to the second that the search grants them. */
const SEARCH_MS = 1_000;
const SEARCH_TRIES = 2;
const DESCRIBE: RouterFetch = {
  method: "GET",
  headers: {},
  body: "",
  timeoutMs: 3_000,
  maxBytes: 131_072,
};
