import type { Address } from "../../../protocol/wire/address.ts";
import type { Prng } from "../prng.ts";
import { Bindings, type Mapping, type Permission } from "./bindings.ts";
import { type Dependence, type NatConfig, type NatSettings, natConfig } from "./config.ts";
import { PortAllocator } from "./ports.ts";

/** What a NAT sees of a packet. */
export interface NatPacket {
  readonly protocol: "udp" | "tcp";
  readonly from: Address;
  readonly to: Address;
  /** A TCP segment with RST: the last that passes. */
  readonly isReset?: boolean | undefined;
}

/**
 * Why a packet does not pass. `blocked`: a policy forbids it; `filtered`: nobody inside asked for it;
 * `rejected`: the same, and the NAT says so; `exhausted`: no port or no room for a mapping.
 */
export type NatDrop = "blocked" | "filtered" | "rejected" | "exhausted";

/** The addresses with which a packet goes on, or why it does not. */
export type NatVerdict = { readonly from: Address; readonly to: Address } | NatDrop;

/**
 * A NAT or firewall as a machine of configuration, packets and time: no clock, no network, and no
 * randomness but the generator that it is given. RFC 4787 for UDP, RFC 5382 for TCP.
 */
export class Nat {
  readonly config: NatConfig;
  readonly #ports: PortAllocator;
  readonly #bindings = new Bindings();
  /** Flows that the NAT took for its own, and when it forgets them: see `unsolicited`. */
  readonly #ownFlows = new Map<string, number>();
  /** The outside address of mappings, unless addresses pass as they are. */
  #ip: string;

  /** Throws RangeError for settings that are unknown or impossible. */
  constructor(settings: NatSettings, ip: string, random: Prng) {
    this.config = natConfig(settings);
    this.#ip = ip;
    this.#ports = new PortAllocator(this.config, random);
  }

  /** Does it put its own address in place of the inside ones? */
  get translates(): boolean {
    return this.config.mapping !== "none";
  }

  /** Mappings in its table, which may include some that have expired. */
  get mappings(): number {
    return this.#bindings.size;
  }

  /** A packet from inside to the outside. */
  outbound(packet: NatPacket, now: number): NatVerdict {
    if (this.#isBlocked(packet)) return "blocked";
    const { protocol, from, to } = packet;
    const key = `${protocol} ${addressKey(from)} ${scope(this.config.mapping, to)}`;
    const mapping = this.#bindings.mapping(key, now) ?? this.#map(key, packet, now);
    if (!mapping) return "exhausted";
    this.#permit(mapping, protocol, to, now);
    if (packet.isReset) this.#end(mapping, to);
    return { from: mapping.outside, to };
  }

  /** A packet from outside: to the NAT's own address, or through it if it does not translate. */
  inbound(packet: NatPacket, now: number): NatVerdict {
    const { protocol, from, to } = packet;
    if (protocol === "udp" && this.config.blocksUdp) return "blocked";
    const outsideKey = `${protocol} ${addressKey(to)}`;
    const filterKey = scope(this.config.filtering, from);
    const permission = this.#bindings.permission(outsideKey, filterKey, now);
    if (permission) {
      permission.hasReply = true;
      if (this.config.refresh === "both") this.#refresh(permission, protocol, now);
      if (packet.isReset) this.#end(permission.mapping, from);
      return { from, to: permission.mapping.inside };
    }
    if (this.translates) return this.#unsolicited(packet, outsideKey, now);
    return this.config.filtering === "endpoint-independent" ? { from, to } : "filtered";
  }

  /** A packet from inside to the NAT's own outside address: out and in again, RFC 4787 §6. */
  hairpin(packet: NatPacket, now: number): NatVerdict {
    if (this.config.hairpin === "none") return "filtered";
    const out = this.outbound(packet, now);
    if (typeof out === "string") return out;
    const back = this.inbound({ ...packet, from: out.from }, now);
    if (typeof back === "string" || this.config.hairpin === "external-source") return back;
    return { from: packet.from, to: back.to };
  }

  /** Forgets every mapping, as a restart does; inside hosts get new ones by sending. */
  forget(): void {
    this.#bindings.clear();
    this.#ownFlows.clear();
  }

  /** Has another outside address from now on, and forgets what belonged to the old one. */
  move(ip: string): void {
    this.forget();
    this.#ip = ip;
  }

  #isBlocked({ protocol, to }: NatPacket): boolean {
    if (protocol === "udp") return this.config.blocksUdp;
    return this.config.tcpPorts !== undefined && !this.config.tcpPorts.includes(to.port);
  }

  #map(key: string, { protocol, from, to }: NatPacket, now: number): Mapping | undefined {
    if (this.#bindings.size >= this.config.maxMappings) this.#bindings.sweep(now);
    if (this.#bindings.size >= this.config.maxMappings) return undefined;
    const outside = this.translates ? this.#allocate(protocol, from, to, now) : from;
    if (!outside) return undefined;
    const outsideKey = `${protocol} ${addressKey(outside)}`;
    const mapping = { key, inside: from, outside, outsideKey, expiresAt: now };
    this.#bindings.add(mapping);
    return mapping;
  }

  #allocate(
    protocol: "udp" | "tcp",
    inside: Address,
    to: Address,
    now: number,
  ): Address | undefined {
    const filterKey = scope(this.config.filtering, to);
    const far = addressKey(to);
    const port = this.#ports.allocate(inside, now, (wanted) => {
      const outsideKey = `${protocol} ${addressKey({ ip: this.#ip, port: wanted })}`;
      if ((this.#ownFlows.get(`${outsideKey} ${far}`) ?? now) > now) return false;
      return this.config.overloading
        ? this.#bindings.permission(outsideKey, filterKey, now) === undefined
        : !this.#bindings.isUsed(outsideKey, now);
    });
    return port === undefined ? undefined : { ip: this.#ip, port };
  }

  #permit(mapping: Mapping, protocol: "udp" | "tcp", to: Address, now: number): void {
    const filterKey = scope(this.config.filtering, to);
    let permission = this.#bindings.permission(mapping.outsideKey, filterKey, now);
    if (permission?.mapping !== mapping) {
      permission = { mapping, openedAt: now, hasReply: false, expiresAt: now };
      this.#bindings.permit(filterKey, permission);
    }
    this.#refresh(permission, protocol, now);
  }

  #refresh(permission: Permission, protocol: "udp" | "tcp", now: number): void {
    const { unrepliedMs, repliedMs, repliedAfterMs } = this.config[protocol];
    const isReplied = permission.hasReply && now - permission.openedAt >= repliedAfterMs;
    permission.expiresAt = now + (isReplied ? repliedMs : unrepliedMs);
    const { mapping } = permission;
    mapping.expiresAt = Math.max(mapping.expiresAt, permission.expiresAt);
  }

  /** After a reset the connection is over: a mapping made for it alone goes with it. */
  #end(mapping: Mapping, far: Address): void {
    if (this.config.mapping === "address-and-port-dependent") this.#bindings.remove(mapping);
    else this.#bindings.forbid(mapping.outsideKey, scope(this.config.filtering, far));
  }

  #unsolicited({ protocol, from, isReset }: NatPacket, outsideKey: string, now: number): NatDrop {
    const { unsolicited } = this.config;
    if (unsolicited === "drop" || isReset) return "filtered";
    if (unsolicited === "accept") {
      this.#takeForOwn(
        `${outsideKey} ${addressKey(from)}`,
        now + this.config[protocol].unrepliedMs,
        now,
      );
    }
    return protocol === "tcp" ? "rejected" : "filtered";
  }

  #takeForOwn(flow: string, until: number, now: number): void {
    if (this.#ownFlows.size >= this.config.maxMappings) {
      for (const [old, expiresAt] of this.#ownFlows) {
        if (expiresAt <= now) this.#ownFlows.delete(old);
      }
    }
    if (this.#ownFlows.size < this.config.maxMappings) this.#ownFlows.set(flow, until);
  }
}

/** The part of a far address on which a mapping or a filter depends. */
function scope(dependence: Dependence | "none", far: Address): string {
  if (dependence === "address-dependent") return far.ip;
  return dependence === "address-and-port-dependent" ? addressKey(far) : "";
}

function addressKey({ ip, port }: Address): string {
  return `${ip} ${port}`;
}
