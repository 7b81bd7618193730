import type { ConditionChange } from "./conditions.ts";
import { type Datagram, isV6, type World } from "./datagram.ts";
import type { Host } from "./host.ts";
import type { Line } from "./line.ts";
import { Nat, type NatPacket, type NatSettings, type NatVerdict } from "./nat/index.ts";
import type { Network, RouterOptions, Station, StationOptions, Uplink } from "./network.ts";
import { isReset, resetFor } from "./tcp/segment.ts";

interface Inside {
  readonly nat: NatSettings;
  readonly ipv6: NatSettings;
  readonly lan: (uplink: Uplink) => Network;
}

/** A router between two networks, with a NAT for IPv4 and a firewall (or NAT) for IPv6. */
export class Router implements Station {
  /** The access line towards the outside. */
  readonly up: Line;
  /** The access line from the outside. */
  readonly down: Line;
  /** What it does to IPv4, with its table. */
  readonly nat: Nat;
  /** What it does to IPv6. */
  readonly ipv6: Nat;
  /** The network behind it. */
  readonly lan: Network;
  readonly #world: World;
  readonly #outside: Network;
  readonly #ips: string[];

  constructor(
    world: World,
    outside: Network,
    name: string,
    ips: readonly string[],
    access: { readonly up: Line; readonly down: Line },
    inside: Inside,
  ) {
    this.#world = world;
    this.#outside = outside;
    this.#ips = [...ips];
    this.up = access.up;
    this.down = access.down;
    const four = ips.find((ip) => !isV6(ip)) ?? NO_ADDRESS;
    const six = ips.find(isV6) ?? NO_ADDRESS;
    this.nat = new Nat(inside.nat, four, world.random(`nat ${name}`));
    this.ipv6 = new Nat(inside.ipv6, six, world.random(`nat6 ${name}`));
    this.lan = inside.lan({
      forward: (datagram) => this.#forward(datagram),
      announce: (ip, isThere) => this.#announce(ip, isThere),
    });
  }

  /** Its first outside address. */
  get ip(): string {
    return this.#ips[0] ?? NO_ADDRESS;
  }

  /** A new host behind it, as `lan.host`. */
  host(ip: string, options?: StationOptions): Host {
    return this.lan.host(ip, options);
  }

  /** A new router behind it, as `lan.router`: two layers of NAT. */
  router(ip: string, options?: RouterOptions): Router {
    return this.lan.router(ip, options);
  }

  /** Forgets all mappings, as a restart does. */
  rebind(): void {
    this.nat.forget();
    this.ipv6.forget();
  }

  /**
   * Has the outside address `ip` in place of `from`, and no mappings. Throws RangeError if the address
   * is taken, or `from` not the router's.
   */
  move(ip: string, from: string = this.ip): void {
    const index = this.#ips.indexOf(from);
    if (index < 0) throw new RangeError(`${this.ip} has no address ${from}`);
    this.#outside.claim(ip, this);
    this.#outside.release(from);
    this.#ips[index] = ip;
    (isV6(ip) ? this.ipv6 : this.nat).move(ip);
  }

  /** Changes both directions of the access line: `{ loss: 1 }` unplugs it. Throws RangeError. */
  setAccess(change: ConditionChange): void {
    this.up.set(change);
    this.down.set(change);
  }

  /** A datagram from outside has arrived. */
  take(datagram: Datagram): void {
    const isThere = this.#outside.has(this, datagram.to.ip);
    const verdict = isThere
      ? this.#natFor(datagram).inbound(packetOf(datagram), this.#world.now())
      : "unreachable";
    if (verdict === "rejected") this.#reject(datagram);
    this.#pass(datagram, verdict, (passed) => this.lan.enter(passed));
  }

  /** The time to live is checked first: a packet that goes no further makes no mapping. */
  #forward(datagram: Datagram): void {
    const now = this.#world.now();
    const nat = this.#natFor(datagram);
    const packet = packetOf(datagram);
    if (datagram.hops <= 1) {
      this.#world.note(datagram, "hop-drop");
    } else if (this.#ips.includes(datagram.to.ip)) {
      this.#pass(datagram, nat.hairpin(packet, now), (passed) => this.lan.enter(passed));
    } else {
      const verdict = nat.outbound(packet, now);
      this.#pass(datagram, verdict, (passed) => this.#outside.carry(this, passed));
    }
  }

  #pass(
    datagram: Datagram,
    verdict: NatVerdict | "unreachable",
    next: (datagram: Datagram) => void,
  ): void {
    if (typeof verdict === "string") this.#world.note(datagram, verdict);
    else if (datagram.hops <= 1) this.#world.note(datagram, "hop-drop");
    else if (verdict.from.ip === NO_ADDRESS) this.#world.note(datagram, "unreachable");
    else next({ ...datagram, from: verdict.from, to: verdict.to, hops: datagram.hops - 1 });
  }

  #reject(datagram: Datagram): void {
    const reset = this.#world.issue(resetFor(datagram));
    if (reset) this.#outside.carry(this, reset);
  }

  /** Addresses inside are reached through this router if it passes them on as they are. */
  #announce(ip: string, isThere: boolean): void {
    if ((isV6(ip) ? this.ipv6 : this.nat).translates) return;
    if (isThere) this.#outside.claim(ip, this);
    else this.#outside.release(ip);
  }

  #natFor(datagram: Datagram): Nat {
    return isV6(datagram.to.ip) ? this.ipv6 : this.nat;
  }
}

function packetOf(datagram: Datagram): NatPacket {
  const protocol = datagram.tcp ? "tcp" : "udp";
  return { protocol, from: datagram.from, to: datagram.to, isReset: isReset(datagram) };
}

/** The outside address of a NAT that has none in this family: nothing passes. */
const NO_ADDRESS = "";
