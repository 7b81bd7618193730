/** What `rtmfp nat` says of NATs of the real kernel. Needs root for network namespaces. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { addressOf, Program } from "../support/program.ts";
import { NatNetwork } from "./network.ts";
import { whyNoNamespaces } from "./privilege.ts";
import type { NatKind, NatOptions } from "./rules.ts";

const EIM = "endpoint-independent";
const ADDRESS = "address-dependent";
const PORT = "address-and-port-dependent";

interface Case {
  readonly name: string;
  readonly kind: NatKind;
  readonly options?: NatOptions;
  /** Fields of "ipv4" in the event. */
  readonly says: Readonly<Record<string, unknown>>;
  /** Kind of allocation. */
  readonly allocation?: string;
  /** How a peer behind a common home router is reached. */
  readonly reaches: string;
}

const cases: readonly Case[] = [
  {
    name: "masquerade looks endpoint-independent, preserves ports, filters by address and port",
    kind: "masquerade",
    says: { translated: true, mapping: EIM, filtering: PORT, hairpin: false },
    allocation: "preserving",
    reaches: "direct",
  },
  {
    name: "full cone filters nothing",
    kind: "full-cone",
    says: { translated: true, mapping: EIM, filtering: EIM, hairpin: false },
    allocation: "preserving",
    reaches: "direct",
  },
  {
    name: "address-restricted filters by address",
    kind: "address-restricted",
    says: { translated: true, mapping: EIM, filtering: ADDRESS, hairpin: false },
    allocation: "preserving",
    reaches: "direct",
  },
  {
    name: "random ports are a mapping for each far end",
    kind: "random",
    says: { translated: true, mapping: PORT, filtering: PORT },
    allocation: "random",
    reaches: "birthday",
  },
  {
    name: "sequential ports count",
    kind: "sequential",
    says: { translated: true, mapping: PORT, filtering: PORT },
    allocation: "sequential",
    reaches: "predict",
  },
  {
    name: "hairpinning is seen",
    kind: "masquerade",
    options: { hairpin: true },
    says: { translated: true, mapping: EIM, hairpin: true },
    allocation: "preserving",
    reaches: "direct",
  },
  {
    name: "UDP is blocked, TCP is not",
    kind: "masquerade",
    options: { blocksUdp: true },
    says: { udp: "blocked", translated: null, mapping: "unknown", filtering: "unknown" },
    reaches: "tcp",
  },
];

const skip = whyNoNamespaces();

for (const [index, { name, kind, options, says, allocation, reaches }] of cases.entries()) {
  test(`rtmfp nat: ${name}`, { skip }, async () => {
    const stand = await Stand.build(`n${index}`, kind, options);
    try {
      const startedAt = performance.now();
      const { event, tcp, ...nat } = await stand.survey();
      assert.ok(performance.now() - startedAt < 10_000);
      assert.deepEqual([event, tcp], ["nat", true]);
      const ipv4 = nat.ipv4 as Record<string, unknown>;
      assert.deepEqual(Object.fromEntries(Object.keys(says).map((key) => [key, ipv4[key]])), says);
      if (allocation) assert.equal((ipv4.allocation as { type: string }).type, allocation);
      assert.equal((nat.reaches as Record<string, unknown>)["home-router"], reaches);
    } finally {
      await stand.close();
    }
  });
}

test("rtmfp nat --lifetime: what the kernel's timers say, RFC 4787 §4.3", { skip }, async () => {
  const stand = await Stand.build("life", "masquerade");
  try {
    stand.run("routerA", "sysctl", "-qw", "net.netfilter.nf_conntrack_udp_timeout=4");
    const nat = await stand.survey("--lifetime", "15");
    const { lifetime } = nat.ipv4 as Record<string, unknown>;
    assert.deepEqual(lifetime, { atLeastMs: 2_000, lessThanMs: 5_000 });
  } finally {
    await stand.close();
  }
});

test("rtmfp nat: IPv6 alone, behind a firewall, RFC 6092", { skip }, async () => {
  const network = new NatNetwork("six", "ipv6");
  const listen = ["--rtmfp", "[::]:1935", "--rtmp", "[::]:1935", "--http", "127.0.0.1:0"];
  const server = new Program(["rendezvous", ...listen], { via: network.via("server") });
  try {
    await server.event("ready");
    const url = `rtmfp://[${network.servers[0]}]/chat`;
    const nat = new Program(["nat", "--rendezvous", url], { via: network.via("a") });
    const { ipv4, ipv6, ipv6Addresses, tcp } = await nat.event("nat");
    assert.deepEqual([ipv4, ipv6Addresses, tcp], [null, ["2001:db8:a::2"], true]);
    const { translated, mapping, filtering } = ipv6 as Record<string, unknown>;
    assert.deepEqual([translated, mapping, filtering], [false, EIM, PORT]);
  } finally {
    await server.stop();
    network.close();
  }
});

/** A server with two IP addresses, and a home behind a NAT. */
class Stand {
  readonly #network: NatNetwork;
  readonly #server: Program;
  #url = "";

  static async build(name: string, kind: NatKind, options?: NatOptions): Promise<Stand> {
    const network = new NatNetwork(name);
    const stand = new Stand(network, kind, options);
    stand.#url = `rtmfp://${addressOf(await stand.#server.event("ready"), "rtmfp")}/chat`;
    return stand;
  }

  private constructor(network: NatNetwork, kind: NatKind, options?: NatOptions) {
    this.#network = network;
    network.nat("routerA", kind, options);
    const [server = "", second = ""] = network.servers;
    const sockets = [`${server}:1935`, `${server}:1936`, `${second}:1937`].join(",");
    const listen = ["--rtmfp", sockets, "--rtmp", `${server}:1935`, "--http", "127.0.0.1:0"];
    this.#server = new Program(["rendezvous", ...listen], { via: network.via("server") });
  }

  run(place: "routerA", ...command: string[]): void {
    const [program = "", ...args] = [...this.#network.via(place), ...command];
    execFileSync(program, args);
  }

  /** The event "nat" of a survey in the home. */
  async survey(...args: string[]): Promise<Record<string, unknown>> {
    const command = ["nat", "--rendezvous", this.#url, ...args];
    const nat = new Program(command, { via: this.#network.via("a") });
    const event = await nat.event("nat", 30_000);
    assert.equal(await nat.exit, 0, nat.stderr);
    return event;
  }

  async close(): Promise<void> {
    await this.#server.stop();
    this.#network.close();
  }
}
