import { execFileSync } from "node:child_process";
import { type NatKind, type NatOptions, natRules } from "./rules.ts";

/** A host or router of the network below. */
export type Place = "server" | "core" | "routerA" | "routerB" | "carrier" | "a" | "a2" | "b";

/**
 * - `two-homes`: `a` and `a2` behind `routerA`, `b` behind `routerB`.
 * - `carrier`: `routerA` has no public address, but one inside of `carrier`, a NAT as well.
 * - `ipv6`: two homes with IPv6 only, behind firewalls that let nothing in that nobody asked for.
 */
export type Topology = "two-homes" | "carrier" | "ipv6";

/**
 * A network of its own in Linux network namespaces, with NATs of the real kernel. Needs root, `ip` and
 * `nft`. Between the homes is a router, so that a packet with a small TTL dies there:
 *
 *     server -- core -- [carrier] -- routerA -- a, a2
 *                    -- routerB -- b
 */
export class NatNetwork {
  readonly #prefix: string;
  readonly #places = new Set<Place>();
  readonly #wan = new Map<Place, string>();
  readonly #lan = new Map<Place, string>();

  constructor(name: string, topology: Topology = "two-homes") {
    this.#prefix = `rt${process.pid}${name}`.slice(0, 40);
    for (const place of ["server", "core", "routerA", "routerB", "a", "a2", "b"] as const) {
      this.#add(place);
    }
    if (topology === "ipv6") this.#buildIpv6();
    else this.#buildIpv4(topology);
  }

  /** Where the server is seen. */
  get server(): string {
    return this.#wan.get("server") ?? "";
  }

  /** All its addresses: two tell all about a NAT. */
  get servers(): readonly string[] {
    return this.server.includes(":") ? [this.server] : [this.server, SECOND_SERVER];
  }

  /** The command that runs something in one of the places. */
  via(place: Place): string[] {
    return ["ip", "netns", "exec", this.#name(place)];
  }

  /** Makes a router a NAT, or another one than before. */
  nat(router: "routerA" | "routerB" | "carrier", kind: NatKind, options?: NatOptions): void {
    const [wan = "", lan = ""] = [this.#wan.get(router), this.#lan.get(router)];
    this.#nft(router, "add table ip nat_lab; delete table ip nat_lab");
    this.#nft(router, natRules(kind, { wan, lan }, options));
  }

  /** From now on the router lets no UDP through: what talks directly falls silent. */
  blockUdp(router: "routerA" | "routerB"): void {
    this.#nft(
      router,
      `table inet blocked {
        chain forward { type filter hook forward priority -10; meta l4proto udp drop; }
      }`,
    );
  }

  /** The router lets UDP through again. */
  unblockUdp(router: "routerA" | "routerB"): void {
    this.#nft(router, "delete table inet blocked");
  }

  /** The router restarts: its mappings are gone. */
  restart(router: "routerA" | "routerB"): void {
    // Masquerading forgets the flows of an interface that goes down.
    this.#ip(router, "link", "set", "wan", "down");
    this.#ip(router, "link", "set", "wan", "up");
    this.#route(router, router === "routerA" ? "203.0.113.1" : "203.0.113.9");
  }

  /** The two hosts of a home do not reach each other by their inside addresses. */
  separate(): void {
    this.#nft(
      "a",
      `table inet apart {
        chain input { type filter hook input priority filter; ip saddr 10.0.1.3 drop; }
      }`,
    );
  }

  /** The provider gives `routerA` another address: its mappings are gone. */
  readdress(): void {
    this.#ip("routerA", "addr", "add", "203.0.113.3/29", "dev", "wan");
    this.#ip("routerA", "addr", "del", "203.0.113.2/29", "dev", "wan");
    this.#route("routerA", "203.0.113.1");
    this.#wan.set("routerA", "203.0.113.3");
  }

  /** Ends what still runs in it, and takes everything away. */
  close(): void {
    for (const place of this.#places) {
      const pids = execFileSync("ip", ["netns", "pids", this.#name(place)], { encoding: "utf8" });
      for (const pid of pids.split("\n").filter(Boolean)) process.kill(Number(pid), "SIGKILL");
      execFileSync("ip", ["netns", "del", this.#name(place)]);
    }
    this.#places.clear();
  }

  #buildIpv4(topology: "two-homes" | "carrier"): void {
    this.#wire("core", "toServer", "198.51.100.1/24", "server", "wan", "198.51.100.10/24");
    this.#ip("server", "addr", "add", `${SECOND_SERVER}/24`, "dev", "wan");
    this.#route("server", "198.51.100.1");
    this.#home("routerB", "10.0.2", ["b"]);
    this.#uplink("core", "toB", "203.0.113.9", "routerB", "203.0.113.10", 29);
    this.#home("routerA", "10.0.1", ["a", "a2"]);
    if (topology === "carrier") {
      this.#add("carrier");
      this.#uplink("core", "toCarrier", "203.0.113.17", "carrier", "203.0.113.18", 29);
      this.#lan.set("carrier", "100.64.0.0/24");
      this.#uplink("carrier", "lan", "100.64.0.1", "routerA", "100.64.0.2", 24);
    } else {
      this.#uplink("core", "toA", "203.0.113.1", "routerA", "203.0.113.2", 29);
    }
  }

  #buildIpv6(): void {
    this.#wire("core", "toServer", "2001:db8:5::1/64", "server", "wan", "2001:db8:5::10/64");
    this.#route("server", "2001:db8:5::1");
    const homes = [
      ["routerA", "toA", "a", "2001:db8:fa", "2001:db8:a"],
      ["routerB", "toB", "b", "2001:db8:fb", "2001:db8:b"],
    ] as const;
    for (const [router, port, host, outside, inside] of homes) {
      this.#wire("core", port, `${outside}::1/64`, router, "wan", `${outside}::2/64`);
      this.#route(router, `${outside}::1`);
      this.#wire(router, "lan", `${inside}::1/64`, host, "eth0", `${inside}::2/64`);
      this.#route(host, `${inside}::1`);
      this.#ip("core", "route", "add", `${inside}::/64`, "via", `${outside}::2`);
      this.#nft(router, FIREWALL);
    }
  }

  /** Hosts on a bridge behind a router. */
  #home(router: Place, network: string, hosts: readonly Place[]): void {
    this.#ip(router, "link", "add", "lan", "type", "bridge");
    this.#ip(router, "link", "set", "lan", "up");
    this.#ip(router, "addr", "add", `${network}.1/24`, "dev", "lan");
    this.#lan.set(router, `${network}.0/24`);
    for (const [index, host] of hosts.entries()) {
      this.#link(router, `port${index}`, host, "eth0");
      this.#ip(router, "link", "set", `port${index}`, "master", "lan");
      this.#ip(host, "addr", "add", `${network}.${index + 2}/24`, "dev", "eth0");
      this.#route(host, `${network}.1`);
    }
  }

  #uplink(
    provider: Place,
    port: string,
    gateway: string,
    router: Place,
    wan: string,
    length: number,
  ): void {
    this.#wire(provider, port, `${gateway}/${length}`, router, "wan", `${wan}/${length}`);
    this.#route(router, gateway);
  }

  #wire(
    one: Place,
    onePort: string,
    oneAddress: string,
    other: Place,
    otherPort: string,
    otherAddress: string,
  ): void {
    this.#link(one, onePort, other, otherPort);
    const flags = oneAddress.includes(":") ? ["nodad"] : [];
    this.#ip(one, "addr", "add", oneAddress, "dev", onePort, ...flags);
    this.#ip(other, "addr", "add", otherAddress, "dev", otherPort, ...flags);
    if (otherPort === "wan") this.#wan.set(other, otherAddress.replace(/\/.*/, ""));
  }

  #add(place: Place): void {
    const name = this.#name(place);
    execFileSync("ip", ["netns", "add", name]);
    this.#places.add(place);
    this.#ip(place, "link", "set", "lo", "up");
    const settings = [...SETTINGS, ...(isRouter(place) ? ROUTER_SETTINGS : [])];
    execFileSync("ip", ["netns", "exec", name, "sysctl", "-qew", ...settings]);
  }

  #link(one: Place, onePort: string, other: Place, otherPort: string): void {
    const far = ["peer", "name", otherPort, "netns", this.#name(other)];
    execFileSync("ip", [
      ...["link", "add", onePort, "netns", this.#name(one), "type", "veth", ...far],
    ]);
    this.#ip(one, "link", "set", onePort, "up");
    this.#ip(other, "link", "set", otherPort, "up");
  }

  #route(place: Place, gateway: string): void {
    const family = gateway.includes(":") ? "-6" : "-4";
    this.#ip(place, family, "route", "replace", "default", "via", gateway);
  }

  #ip(place: Place, ...args: string[]): void {
    execFileSync("ip", ["-n", this.#name(place), ...args]);
  }

  #nft(place: Place, rules: string): void {
    execFileSync("ip", ["netns", "exec", this.#name(place), "nft", "-f", "-"], { input: rules });
  }

  #name(place: Place): string {
    return `${this.#prefix}-${place}`;
  }
}

function isRouter(place: Place): boolean {
  return place === "core" || place === "carrier" || place.startsWith("router");
}

const SECOND_SERVER = "198.51.100.11";

const SETTINGS = [
  "net.ipv4.conf.all.rp_filter=0",
  "net.ipv4.conf.default.rp_filter=0",
  // Without it the default route goes with the first address of an interface.
  "net.ipv4.conf.all.promote_secondaries=1",
  "net.ipv4.conf.default.promote_secondaries=1",
  "net.ipv6.conf.default.accept_dad=0",
];

const ROUTER_SETTINGS = [
  "net.ipv4.ip_forward=1",
  "net.ipv6.conf.all.forwarding=1",
  // Hairpinned packets are not to be taken for bridged ones.
  "net.bridge.bridge-nf-call-iptables=0",
];

/** RFC 6092: nothing comes in that nobody asked for. */
const FIREWALL = `table ip6 firewall {
  chain forward {
    type filter hook forward priority filter
    iifname "wan" ct state established,related accept
    iifname "wan" meta l4proto icmpv6 accept
    iifname "wan" drop
  }
}
`;
