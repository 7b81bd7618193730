import { type ConditionChange, type Conditions, changed, IDEAL } from "./conditions.ts";
import type { Datagram, World } from "./datagram.ts";
import { Host } from "./host.ts";
import { Line } from "./line.ts";
import type { NatSettings } from "./nat/config.ts";
import { Router } from "./router.ts";

/** The access line of a host or router, and more of its addresses. */
export interface StationOptions {
  /** More addresses, of either family. */
  readonly also?: readonly string[] | undefined;
  /** Conditions of the access line towards the network; an ideal line by default. */
  readonly up?: ConditionChange | undefined;
  /** Conditions of the access line from the network; an ideal line by default. */
  readonly down?: ConditionChange | undefined;
}

/** A router: its access line, its NAT, and the network behind it. */
export interface RouterOptions extends StationOptions {
  /** What it does to IPv4. @default a NAT with the settings of `NAT_DEFAULTS` */
  readonly nat?: NatSettings | undefined;
  /** What it does to IPv6. @default a stateful firewall, as RFC 6092 has it */
  readonly ipv6?: NatSettings | undefined;
  /** Conditions of the paths behind it; ideal by default. */
  readonly lan?: ConditionChange | undefined;
}

/** Whatever has addresses on a network: a host, or the outside of a router. */
export interface Station {
  readonly up: Line;
  readonly down: Line;
  /** A datagram for one of its addresses has arrived. */
  take(datagram: Datagram): void;
}

/** Where a network sends what is for none of its stations. */
export interface Uplink {
  /** Takes a datagram from inside. */
  forward(datagram: Datagram): void;
  /** `ip` is an address inside: makes it known outside if it can be reached there as it is. */
  announce(ip: string, isThere: boolean): void;
}

export interface NetworkOptions {
  readonly conditions: Conditions;
  /** Routers between any two stations: 0 for a LAN. */
  readonly hops: number;
  readonly uplink?: Uplink | undefined;
}

/** A network whose stations reach each other by address: the internet, or what is behind a router. */
export class Network {
  readonly #world: World;
  readonly #name: string;
  readonly #hops: number;
  readonly #uplink: Uplink | undefined;
  readonly #stations = new Map<string, Station>();
  /** By the address where they begin, then by that where they end. */
  readonly #paths = new Map<string, Map<string, Line>>();
  #conditions: Conditions;

  /** `name` tells its streams of randomness from those of other networks; the internet's is empty. */
  constructor(world: World, name: string, { conditions, hops, uplink }: NetworkOptions) {
    this.#world = world;
    this.#name = name;
    this.#hops = hops;
    this.#uplink = uplink;
    this.#conditions = conditions;
  }

  /** A new host here. Throws RangeError if an address is taken or a condition is out of range. */
  host(ip: string, options: StationOptions = {}): Host {
    const host = new Host(this.#world, this.#world.random(this.#named(`host ${ip}`)));
    this.attach(host, ip, options);
    return host;
  }

  /** Gives a host that has others already an interface on this network too. Throws RangeError. */
  attach(host: Host, ip: string, options: StationOptions = {}): void {
    const ips = [ip, ...(options.also ?? [])];
    const access = this.#access(ips, options);
    const station = host.join(this, ips, access);
    for (const one of ips) this.claim(one, station);
  }

  /**
   * A new router here, with a NAT between this network and the one behind it, which is `router.lan`.
   * Throws RangeError if an address is taken or a setting impossible.
   */
  router(ip: string, options: RouterOptions = {}): Router {
    const ips = [ip, ...(options.also ?? [])];
    const name = this.#named(`router ${ip}`);
    const conditions = changed(IDEAL, options.lan ?? {});
    const router = new Router(this.#world, this, name, ips, this.#access(ips, options), {
      nat: options.nat ?? {},
      ipv6: { ...STATEFUL_FIREWALL, ...options.ipv6 },
      lan: (uplink) => new Network(this.#world, name, { conditions, hops: 0, uplink }),
    });
    for (const one of ips) this.claim(one, router);
    return router;
  }

  /** Changes the conditions of every path here, except where `path` has set others. Throws RangeError. */
  setConditions(change: ConditionChange): void {
    this.#conditions = changed(this.#conditions, change);
    for (const paths of this.#paths.values()) {
      for (const path of paths.values()) path.rebase(this.#conditions);
    }
  }

  /** The path from one IP address to another as they are seen on this network; this direction only. */
  path(fromIp: string, toIp: string): Line {
    const known = this.#paths.get(fromIp)?.get(toIp);
    if (known) return known;
    const path = this.#line(`${fromIp} to ${toIp}`, this.#conditions);
    const paths = this.#paths.get(fromIp) ?? new Map<string, Line>();
    this.#paths.set(fromIp, paths.set(toIp, path));
    return path;
  }

  /** Makes `ip` an address of `station`. Throws RangeError if it is taken. */
  claim(ip: string, station: Station): void {
    this.#checkFree(ip);
    this.#uplink?.announce(ip, true);
    this.#stations.set(ip, station);
  }

  /** `ip` is nobody's from now on. */
  release(ip: string): void {
    this.#stations.delete(ip);
    this.#uplink?.announce(ip, false);
  }

  /** Carries a datagram that `from` sends, or a router passes on, to whom it is for. */
  carry(from: Station, datagram: Datagram): void {
    const to = this.#stations.get(datagram.to.ip);
    if (to === from) this.#arrive(to, datagram);
    else if (to) this.#across(from, to, datagram);
    else if (this.#uplink) this.#leave(from, this.#uplink, datagram);
    else this.#world.note(datagram, "unreachable");
  }

  /** Carries a datagram that the uplink lets in. */
  enter(datagram: Datagram): void {
    const to = this.#stations.get(datagram.to.ip);
    if (!to) this.#world.note(datagram, "unreachable");
    else this.#path(datagram).carry(datagram, (arriving) => this.#down(to, arriving));
  }

  /** Does `station` have the address? It may have moved while a datagram was under way. */
  has(station: Station, ip: string): boolean {
    return this.#stations.get(ip) === station;
  }

  #leave(from: Station, uplink: Uplink, datagram: Datagram): void {
    from.up.carry(datagram, (passed) =>
      this.#path(passed).carry(passed, (leaving) => uplink.forward(leaving)),
    );
  }

  #across(from: Station, to: Station, datagram: Datagram): void {
    if (datagram.hops <= this.#hops) {
      this.#world.note(datagram, "hop-drop");
      return;
    }
    const sent = this.#hops > 0 ? { ...datagram, hops: datagram.hops - this.#hops } : datagram;
    from.up.carry(sent, (passed) =>
      this.#path(passed).carry(passed, (arriving) => this.#down(to, arriving)),
    );
  }

  #down(to: Station, datagram: Datagram): void {
    to.down.carry(datagram, (arrived) => this.#arrive(to, arrived));
  }

  /** Arrival is an event of its own: on a way without delay, `send` must not call the receiver. */
  #arrive(to: Station, datagram: Datagram): void {
    this.#world.schedule(this.#world.now(), () => to.take(datagram));
  }

  #path(datagram: Datagram): Line {
    return this.path(datagram.from.ip, datagram.to.ip);
  }

  #access(ips: readonly string[], { up, down }: StationOptions): { up: Line; down: Line } {
    for (const ip of ips) this.#checkFree(ip);
    return {
      up: this.#line(`${ips[0]} up`, changed(IDEAL, up ?? {})),
      down: this.#line(`${ips[0]} down`, changed(IDEAL, down ?? {})),
    };
  }

  #line(name: string, base: Conditions): Line {
    return new Line(this.#world, this.#world.random(this.#named(`line ${name}`)), base);
  }

  #named(what: string): string {
    return this.#name === "" ? what : `${what} in ${this.#name}`;
  }

  #checkFree(ip: string): void {
    if (this.#stations.has(ip)) throw new RangeError(`there is a host ${ip} already`);
  }
}

const STATEFUL_FIREWALL: NatSettings = { mapping: "none" };
