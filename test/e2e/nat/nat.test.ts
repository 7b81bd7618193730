/**
 * The whole chain through NATs of the real kernel: rendezvous, two peers, ffmpeg in at one and out of
 * the other. Needs root for network namespaces.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { type Outcome, run } from "../../support/run.ts";
import { findFfmpeg, makeClip, packetHashes } from "../support/ffmpeg.ts";
import { addressOf, Program, type ProgramEvent } from "../support/program.ts";
import { NatNetwork, type Place, type Topology } from "./network.ts";
import { whyNoNamespaces } from "./privilege.ts";
import type { NatKind, NatOptions } from "./rules.ts";

type Nat = NatKind | readonly [NatKind, NatOptions];

interface Case {
  readonly name: string;
  readonly topology?: Topology;
  /** The NATs of the two homes, and of the carrier between one of them and the others. */
  readonly nats?: { readonly a: Nat; readonly b: Nat; readonly carrier?: Nat };
  /** Where the two peers are. */
  readonly places?: readonly [Place, Place];
  /** The two of one home reach each other by the outside alone. */
  readonly areApart?: boolean;
  /** Which one they take sooner or later. */
  readonly path: "direct" | "relay" | "tcp";
}

const UDP_BLOCKED: Nat = ["masquerade", { blocksUdp: true }];
const POISONED: Nat = ["masquerade", { unsolicited: "accept" }];
const HAIRPIN: Nat = ["masquerade", { hairpin: true }];

const cases: readonly Case[] = [
  { name: "masquerade", nats: { a: "masquerade", b: "masquerade" }, path: "direct" },
  { name: "random ports on one side", nats: { a: "random", b: "full-cone" }, path: "direct" },
  { name: "random against masquerade", nats: { a: "random", b: "masquerade" }, path: "direct" },
  { name: "random ports on both sides", nats: { a: "random", b: "random" }, path: "relay" },
  { name: "full cone", nats: { a: "full-cone", b: "full-cone" }, path: "direct" },
  {
    name: "address-restricted",
    nats: { a: "address-restricted", b: "masquerade" },
    path: "direct",
  },
  { name: "sequential ports", nats: { a: "sequential", b: "masquerade" }, path: "direct" },
  { name: "poisoning routers", nats: { a: POISONED, b: POISONED }, path: "direct" },
  {
    name: "a carrier's NAT before one home",
    topology: "carrier",
    nats: { a: "masquerade", b: "masquerade", carrier: "masquerade" },
    path: "direct",
  },
  {
    name: "the same home",
    nats: { a: "masquerade", b: "masquerade" },
    places: ["a", "a2"],
    path: "direct",
  },
  { name: "UDP blocked on one side", nats: { a: UDP_BLOCKED, b: "masquerade" }, path: "tcp" },
  { name: "UDP blocked on both sides", nats: { a: UDP_BLOCKED, b: UDP_BLOCKED }, path: "tcp" },
  {
    name: "hairpin",
    nats: { a: HAIRPIN, b: "masquerade" },
    places: ["a", "a2"],
    areApart: true,
    path: "direct",
  },
  { name: "IPv6 only, behind firewalls", topology: "ipv6", path: "direct" },
];

const skip = whyNoNamespaces();
const folder = mkdtempSync(join(tmpdir(), "rtmfp-nat-"));
const clip = join(folder, "clip.flv");
const longClip = join(folder, "long.flv");
let ffmpeg = "";

before(async () => {
  if (skip) return;
  ffmpeg = await findFfmpeg();
  await makeClip(clip, { seconds: 3 });
  await makeClip(longClip, { seconds: 10 });
});
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

// Most of the time is spent waiting: for clips that play in real time, and for NATs.
describe("through NATs of the real kernel", { concurrency: 2, skip }, () => {
  for (const [index, one] of cases.entries()) {
    test(`media crosses: ${one.name}`, async () => {
      const stand = await Stand.build(`c${index}`, one);
      try {
        const { played, published } = await stand.stream(clip);
        assert.equal(published.code, 0, published.stderr);
        assert.equal(played.code, 0, played.stderr);
        await stand.expectShare(clip, 0.5);
        await stand.untilPath(({ kind }) => kind === one.path);
      } finally {
        await stand.close();
      }
    });
  }

  for (const [name, what, nats, change] of [
    [
      "readdress",
      "the provider gives a home another address",
      { a: "masquerade", b: "masquerade" },
      (network: NatNetwork) => network.readdress(),
    ],
    [
      "restart",
      "a router forgets its mappings",
      { a: "random", b: "full-cone" },
      (network: NatNetwork) => network.restart("routerA"),
    ],
  ] as const) {
    test(`${what} in mid-stream: the stream goes on`, async () => {
      const stand = await Stand.build(name, { nats });
      try {
        await stand.untilPath(({ kind }) => kind === "direct");
        const changing = setTimeout(() => change(stand.network), 4_000);
        const { played } = await stand.stream(longClip);
        clearTimeout(changing);
        assert.equal(played.code, 0, played.stderr);
        await stand.expectShare(longClip, 0.8);
        const { a } = stand.peers;
        assert.ok(!a.events.some(({ event }) => event === "ended"), "one session all the way");
      } finally {
        await stand.close();
      }
    });
  }

  test("the direct path dies in mid-stream and comes back: the stream goes on", async () => {
    const stand = await Stand.build("death", { nats: { a: "masquerade", b: "masquerade" } });
    try {
      await stand.untilPath(({ kind }) => kind === "direct");
      const changes = [
        setTimeout(() => stand.network.blockUdp("routerA"), 4_000),
        setTimeout(() => stand.network.unblockUdp("routerA"), 8_000),
      ];
      const { played } = await stand.stream(longClip);
      for (const change of changes) clearTimeout(change);
      assert.equal(played.code, 0, played.stderr);
      await stand.expectShare(longClip, 0.8);
      await stand.untilPath(({ kind }) => kind === "relay");
      const since = stand.peers.b.events.findIndex(({ kind }) => kind === "relay");
      await stand.untilPath((event) => event.kind === "direct", since);
    } finally {
      await stand.close();
    }
  });
});

/** A server and two paired peers, each with a gateway, somewhere in a network of NATs. */
class Stand {
  readonly network: NatNetwork;
  readonly #places: readonly [Place, Place];
  readonly #programs: Program[] = [];
  readonly #received: string;
  #peers: { readonly a: Program; readonly b: Program } | undefined;

  static async build(name: string, options: Partial<Case>): Promise<Stand> {
    const stand = new Stand(name, options);
    try {
      await stand.#start();
      return stand;
    } catch (error) {
      await stand.close();
      throw error;
    }
  }

  private constructor(
    name: string,
    { topology, nats, places = ["a", "b"], areApart }: Partial<Case>,
  ) {
    this.network = new NatNetwork(name, topology);
    this.#received = join(folder, `${name}.flv`);
    this.#places = places;
    if (!nats) return;
    this.network.nat("routerA", ...both(nats.a));
    this.network.nat("routerB", ...both(nats.b));
    if (nats.carrier) this.network.nat("carrier", ...both(nats.carrier));
    if (areApart) this.network.separate();
  }

  get peers(): { readonly a: Program; readonly b: Program } {
    assert.ok(this.#peers);
    return this.#peers;
  }

  /** ffmpeg publishes `file` at the one peer, in real time, and records it at the other. */
  async stream(file: string): Promise<{ played: Outcome; published: Outcome }> {
    const { a, b } = this.peers;
    const target = `rtmp://${addressOf(await a.event("ready"), "rtmp")}/local/cam`;
    const source = `rtmp://${addressOf(await b.event("ready"), "rtmp")}/pair/cam`;
    const playing = this.#ffmpeg(1, ["-i", source, "-c", "copy", this.#received]);
    const publishing = this.#ffmpeg(0, ["-re", "-i", file, "-c", "copy", "-f", "flv", target]);
    const [played, published] = await Promise.all([playing, publishing]);
    return { played, published };
  }

  /** So much of what was sent has arrived, unharmed and in order. */
  async expectShare(file: string, share: number): Promise<void> {
    const sent = (await packetHashes(file)).map(({ hash }) => hash);
    const received = (await packetHashes(this.#received)).map(({ hash }) => hash);
    const known = new Set(sent);
    assert.ok(
      received.every((hash) => known.has(hash)),
      "nothing that was not sent",
    );
    assert.ok(
      received.length >= share * sent.length,
      `${received.length} of ${sent.length} packets`,
    );
  }

  /** Until the second peer says that its session takes such a path, now or after its `since`-th event. */
  async untilPath(isWanted: (event: ProgramEvent) => boolean, since = 0): Promise<void> {
    const { b } = this.peers;
    await b.event((event) => {
      return event.event === "path" && b.events.indexOf(event) >= since && isWanted(event);
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.stop()));
    this.network.close();
  }

  async #start(): Promise<void> {
    const [server = "", ...more] = this.network.servers.map((ip) => {
      return ip.includes(":") ? `[${ip}]` : ip;
    });
    const sockets = [server, ...more].flatMap((ip) => [`${ip}:1935`, `${ip}:1936`]);
    const listen = ["--rtmfp", sockets.join(","), "--rtmp", `${server}:1935`];
    await this.#program("server", "rendezvous", ...listen, "--http", "127.0.0.1:0").event("ready");
    const url = `rtmfp://${server}/chat`;
    const args = ["peer", "--rendezvous", url, "--pair", "--rtmp", "127.0.0.1:0", "--debug"];
    const [a, b] = this.#places.map((place) => this.#program(place, ...args));
    assert.ok(a && b);
    this.#peers = { a, b };
    await Promise.all([a.event("paired"), b.event("paired")]);
  }

  #program(place: Place, ...args: string[]): Program {
    const program = new Program(args, { via: this.network.via(place) });
    this.#programs.push(program);
    return program;
  }

  #ffmpeg(place: 0 | 1, args: readonly string[]): Promise<Outcome> {
    const [command = "", ...via] = this.network.via(this.#places[place]);
    return run(command, [...via, ffmpeg, "-nostdin", "-v", "error", "-y", ...args]);
  }
}

function both(nat: Nat): readonly [NatKind, NatOptions?] {
  return typeof nat === "string" ? [nat] : nat;
}
