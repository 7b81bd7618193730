import { Reader } from "../../protocol/bytes/reader.ts";
import { Writer } from "../../protocol/bytes/writer.ts";
import type { Io, Link } from "../../protocol/io.ts";
import type { Address } from "../../protocol/wire/address.ts";
import { parseIp } from "../../protocol/wire/ip.ts";

/** What a mapping leads to, and how it was made. */
export interface FakeMapping {
  readonly internalIp: string;
  readonly internalPort: number;
  readonly protocol: "pcp" | "nat-pmp" | "upnp";
  readonly lifetimeSeconds: number;
}

export interface FakeRouterOptions {
  readonly protocols: readonly ("pcp" | "nat-pmp" | "upnp")[];
  readonly externalIp?: string;
  /** External ports that somebody else has. */
  readonly taken?: readonly number[];
  /** Grants no longer than this, by PCP. */
  readonly lifetimeSeconds?: number;
  /** Refuses everything in PCP and NAT-PMP: not authorized. */
  readonly refuses?: boolean;
  /** UPnP error 725 for any lease. */
  readonly permanentOnly?: boolean;
  /** Of the UPnP service. */
  readonly serviceType?: string;
}

/** A router that maps UDP ports by PCP, NAT-PMP and UPnP, as far as a client can see. */
export class FakeRouter {
  readonly mappings: Map<number, FakeMapping> = new Map();
  /** Requests by their kind, in the order of their coming. */
  readonly log: string[] = [];
  readonly ip: string;
  externalIp: string;
  /** Answers nothing. */
  isDead = false;
  #options: FakeRouterOptions;
  readonly #now: () => number;
  #startedAt: number;
  #control: Link | undefined;

  constructor(ip: string, now: () => number, options: FakeRouterOptions) {
    this.ip = ip;
    this.externalIp = options.externalIp ?? "198.51.100.7";
    this.#options = options;
    this.#now = now;
    this.#startedAt = now();
  }

  change(options: Partial<FakeRouterOptions>): void {
    this.#options = { ...this.#options, ...options };
  }

  /** Loses all mappings and begins its epoch anew. */
  restart(): void {
    this.mappings.clear();
    this.#startedAt = this.#now();
  }

  get epochSeconds(): number {
    return Math.floor((this.#now() - this.#startedAt) / 1_000);
  }

  /** Listens on `io` for all its protocols. */
  async listen(io: Io, control: Address, search: Address, httpPort: number): Promise<Link[]> {
    const controlLink: Link = await io.bind(control, (bytes, from) => {
      const answer = this.control(bytes, from);
      if (answer) controlLink.send(answer, from);
    });
    this.#control = controlLink;
    const searchLink: Link = await io.bind(search, (bytes, from) => {
      const answer = this.search(bytes, httpPort);
      // A search goes to a group, but the answer comes from the router itself.
      if (answer) controlLink.send(answer, from);
    });
    return [controlLink, searchLink];
  }

  /** Says something unasked, from port 5351. */
  say(bytes: Uint8Array, to: Address): void {
    this.#control?.send(bytes, to);
  }

  /** Of port 5351. */
  control(bytes: Uint8Array, from: Address): Uint8Array | undefined {
    const [version] = bytes;
    if (this.isDead) return undefined;
    if (version === 2 && this.#speaks("pcp")) return this.#pcp(bytes, from);
    if (version === 0 && this.#speaks("nat-pmp")) return this.#natPmp(bytes, from);
    if (this.#speaks("nat-pmp")) {
      this.log.push("nat-pmp: version?");
      return this.#natPmpHead((bytes[1] ?? 0) | 128, 1).finish();
    }
    return undefined;
  }

  /** Of the search group. */
  search(bytes: Uint8Array, httpPort: number): Uint8Array | undefined {
    const text = new TextDecoder().decode(bytes);
    if (this.isDead || !this.#speaks("upnp") || !text.includes("InternetGatewayDevice:1")) {
      return undefined;
    }
    this.log.push("ssdp");
    const lines = [
      "HTTP/1.1 200 OK",
      "CACHE-CONTROL: max-age=120",
      "ST: urn:schemas-upnp-org:device:InternetGatewayDevice:1",
      `Location: http://${this.ip}:${httpPort}/rootDesc.xml`,
    ];
    return new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`);
  }

  /** Of its web server. */
  http(path: string, action: string, body: string): { status: number; body: string } | undefined {
    if (this.isDead || !this.#speaks("upnp")) return undefined;
    if (path === "/rootDesc.xml") return { status: 200, body: this.#description() };
    const name = /#(\w+)"$/.exec(action)?.[1] ?? "";
    this.log.push(`upnp: ${name}`);
    const value = (field: string): string => new RegExp(`<${field}>([^<]*)<`).exec(body)?.[1] ?? "";
    const code = this.#act(name, value);
    if (code > 0) return { status: 500, body: fault(code) };
    const ip = this.externalIp;
    const result =
      name === "GetExternalIPAddress" ? `<NewExternalIPAddress>${ip}</NewExternalIPAddress>` : "";
    return {
      status: 200,
      body: envelope(`<u:${name}Response xmlns:u="x">${result}</u:${name}Response>`),
    };
  }

  /** Code 2 is "not authorized" in both protocols. */
  get #result(): number {
    return this.#options.refuses ? 2 : 0;
  }

  #speaks(protocol: "pcp" | "nat-pmp" | "upnp"): boolean {
    return this.#options.protocols.includes(protocol);
  }

  /** Answers a code of UPnP, or 0. */
  #act(action: string, value: (field: string) => string): number {
    const port = Number(value("NewExternalPort"));
    if (action === "GetExternalIPAddress") return 0;
    if (action === "DeletePortMapping") return this.mappings.delete(port) ? 0 : 714;
    const lifetimeSeconds = Number(value("NewLeaseDuration"));
    if (this.#options.permanentOnly && lifetimeSeconds > 0) return 725;
    if (this.#options.taken?.includes(port)) return 718;
    const internalIp = value("NewInternalClient");
    const internalPort = Number(value("NewInternalPort"));
    this.mappings.set(port, { internalIp, internalPort, protocol: "upnp", lifetimeSeconds });
    return 0;
  }

  /** Grants, renews or deletes. Answers the external port. */
  #map(mapping: FakeMapping, wanted: number): number {
    const { internalPort, lifetimeSeconds } = mapping;
    const known = [...this.mappings].find(([, other]) => other.internalPort === internalPort)?.[0];
    if (lifetimeSeconds === 0) {
      if (known !== undefined) this.mappings.delete(known);
      return 0;
    }
    let port = known ?? wanted;
    while (this.#options.taken?.includes(port)) port += 1;
    this.mappings.set(port, mapping);
    return port;
  }

  #pcp(bytes: Uint8Array, from: Address): Uint8Array {
    const reader = new Reader(bytes, 4);
    const limit = this.#options.lifetimeSeconds ?? Number.POSITIVE_INFINITY;
    const lifetimeSeconds = Math.min(limit, reader.u32());
    reader.skip(16);
    const nonce = reader.bytes(12);
    reader.skip(4);
    const internalPort = reader.u16();
    const wanted = reader.u16();
    this.log.push(lifetimeSeconds === 0 ? "pcp: delete" : "pcp: map");
    const mapping: FakeMapping = {
      internalIp: from.ip,
      internalPort,
      protocol: "pcp",
      lifetimeSeconds,
    };
    const port = this.#map(mapping, wanted);
    const writer = new Writer(60).u8(2).u8(0x81).u8(0).u8(this.#result).u32(lifetimeSeconds);
    writer.u32(this.epochSeconds).put(new Uint8Array(12)).put(nonce).u8(17).u24(0);
    writer.u16(internalPort).u16(port).put(new Uint8Array(10)).u16(0xffff);
    return writer.put(parseIp(this.externalIp)).finish();
  }

  #natPmp(bytes: Uint8Array, from: Address): Uint8Array {
    if (bytes[1] === 0) {
      this.log.push("nat-pmp: address");
      return this.#natPmpHead(128, this.#result).put(parseIp(this.externalIp)).finish();
    }
    const reader = new Reader(bytes, 4);
    const internalPort = reader.u16();
    const wanted = reader.u16();
    const lifetimeSeconds = reader.u32();
    this.log.push(lifetimeSeconds === 0 ? "nat-pmp: delete" : "nat-pmp: map");
    const internalIp = from.ip;
    const port = this.#map(
      { internalIp, internalPort, protocol: "nat-pmp", lifetimeSeconds },
      wanted,
    );
    return this.#natPmpHead(129, this.#result)
      .u16(internalPort)
      .u16(port)
      .u32(lifetimeSeconds)
      .finish();
  }

  #natPmpHead(operation: number, result: number): Writer {
    return new Writer(16).u8(0).u8(operation).u16(result).u32(this.epochSeconds);
  }

  #description(): string {
    const type = this.#options.serviceType ?? "urn:schemas-upnp-org:service:WANIPConnection:1";
    return deviceDescription(type, "/ctl/IPConn");
  }
}

/** As a router writes it: services deep in devices in devices. */
export function deviceDescription(serviceType: string, controlUrl: string): string {
  const service = (type: string, url: string): string =>
    `<service><serviceType>${type}</serviceType><controlURL>${url}</controlURL></service>`;
  return `<?xml version="1.0"?>
<root xmlns="urn:schemas-upnp-org:device-1-0"><specVersion><major>1</major></specVersion>
<device><friendlyName>A &amp; B</friendlyName><serviceList>
${service("urn:schemas-upnp-org:service:Layer3Forwarding:1", "/ctl/L3F")}</serviceList>
<deviceList><device><deviceList><device><serviceList>
${service(serviceType, controlUrl)}</serviceList></device></deviceList></device></deviceList>
</device></root>`;
}

function envelope(body: string): string {
  return `<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>${body}</s:Body></s:Envelope>`;
}

function fault(code: number): string {
  return envelope(
    `<s:Fault><detail><UPnPError xmlns="x"><errorCode>${code}</errorCode></UPnPError></detail></s:Fault>`,
  );
}
