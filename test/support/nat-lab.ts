import { Peer, type PeerSession } from "../../peer/index.ts";
import type { PeerOptions } from "../../peer/options.ts";
import type { PeerPlatform } from "../../peer/platform.ts";
import { nodePrimitives } from "../../protocol/node/primitives.ts";
import type { RtmpSocket } from "../../protocol/node/rtmp-socket.ts";
import { createLogger, Rendezvous } from "../../rendezvous/index.ts";
import {
  type ConditionChange,
  type Host,
  Lab,
  natClass,
  placeBehind,
  type Router,
} from "../lab/index.ts";
import { labConnectRtmp, labListenRtmp } from "../lab/node/rtmp.ts";
import { labConnectTcp } from "../lab/node/tcp.ts";

const SERVER = "198.51.100.1";
const SECOND = "198.51.100.2";
const SERVER_V6 = "2001:db8:ffff::1";

/** A peer in the lab. */
export interface Resident {
  readonly peer: Peer;
  readonly host: Host;
  /** The NATs before it, from the internet inwards. */
  readonly routers: readonly Router[];
  /** What it has decided. */
  readonly decisions: string[];
}

/** Two peers that are paired. */
export interface Couple {
  readonly one: Resident;
  readonly other: Resident;
  readonly near: PeerSession;
  readonly far: PeerSession;
  /** When the server paired them, ms. */
  readonly pairedAt: number;
}

/** A rendezvous server with a relay and two addresses, and peers behind NATs, in virtual time. */
export class NatLab {
  readonly lab: Lab;
  readonly #host: Host;
  readonly #sockets = new Set<RtmpSocket>();
  readonly #residents: Resident[] = [];
  #server: Rendezvous | undefined;
  #pairedAt = 0;

  private constructor(lab: Lab) {
    this.lab = lab;
    this.#host = lab.host(SERVER, { also: [SECOND, SERVER_V6] });
  }

  static async start(seed: number, conditions: ConditionChange = { delayMs: 20 }): Promise<NatLab> {
    const world = new NatLab(new Lab({ seed, conditions }));
    await world.listen();
    return world;
  }

  async listen(): Promise<void> {
    this.#server = await Rendezvous.listen({
      rtmfp: [SERVER, SECOND, `[${SERVER_V6}]`].flatMap((ip) => [`${ip}:1935`, `${ip}:1936`]),
      rtmp: `${SERVER}:1935`,
      io: this.#host.io,
      listenRtmp: labListenRtmp(this.#host, this.#sockets),
      logger: createLogger("silent"),
      secret: "the same after a restart",
    });
    this.#server.on("pair", () => {
      this.#pairedAt = this.lab.now;
    });
  }

  /** The server ends, and another takes its place. */
  async restart(): Promise<void> {
    await this.stop();
    await this.listen();
  }

  /** The server ends. */
  async stop(): Promise<void> {
    await this.lab.complete(this.#server?.close() ?? Promise.resolve(), 60_000);
    this.#server = undefined;
  }

  /** The server ends without a word, and another takes its place. */
  async crash(): Promise<void> {
    const lines = [this.#host.up, this.#host.down];
    for (const line of lines) line.set({ loss: 1 });
    await this.stop();
    for (const line of lines) line.set({ loss: 0 });
    await this.listen();
  }

  /** IDs of the peers that the server knows. */
  get registered(): string[] {
    return this.#server?.status.peers.map(({ id }) => id) ?? [];
  }

  /** A peer behind the NATs of a class, seen from an address of its own. */
  async behind(key: string, options: PeerOptions = {}): Promise<Resident> {
    const ip = `203.0.113.${this.#residents.length + 1}`;
    const { host, routers } = placeBehind(this.lab, natClass(key), ip);
    return this.at(host, routers, options);
  }

  /** A peer on a host. */
  async at(
    host: Host,
    routers: readonly Router[] = [],
    options: PeerOptions = {},
    change: Partial<PeerPlatform> = {},
  ): Promise<Resident> {
    const isV6Only = host.ips.every((ip) => ip.includes(":"));
    const url = `rtmfp://${isV6Only ? `[${SERVER_V6}]` : SERVER}/chat`;
    const connecting = Peer.connect(url, {
      platform: { ...platformOf(host), ...change },
      ...options,
    });
    const peer = await this.lab.complete(connecting, 60_000);
    const decisions: string[] = [];
    peer.on("debug", (what) => decisions.push(`${Math.round(this.lab.now)} ${what}`));
    peer.handle("echo", (_, text) => String(text));
    const resident = { peer, host, routers, decisions };
    this.#residents.push(resident);
    return resident;
  }

  /** Both know their NATs, stand in line, and meet. */
  async couple(one: Resident, other: Resident): Promise<Couple> {
    const waiting = one.peer.pair();
    await this.lab.advance(3_500);
    const both = Promise.all([waiting, other.peer.pair()]);
    const [near, far] = await this.lab.complete(both, 30_000);
    return { one, other, near, far, pairedAt: this.#pairedAt };
  }

  /** How long it took from the pairing until both talk on a path of this kind; undefined: too long. */
  async until(
    { near, far, pairedAt }: Couple,
    kind: PeerSession["path"]["kind"],
    limitMs: number,
  ): Promise<number | undefined> {
    const isSo = (): boolean => near.path.kind === kind && far.path.kind === kind;
    const end = pairedAt + limitMs;
    await this.lab.runUntil(() => isSo() || this.lab.now > end, limitMs + 1_000);
    return isSo() ? this.lab.now - pairedAt : undefined;
  }

  async close(): Promise<void> {
    const all = this.#residents.map(({ peer }) => peer.close());
    await this.lab.complete(Promise.all(all), 60_000);
    await this.stop();
  }
}

function platformOf(host: Host): PeerPlatform {
  return {
    io: host.io,
    primitives: nodePrimitives,
    resolve: async (name) => [name],
    interfaces: () => host.ips,
    connectRtmp: labConnectRtmp(host),
    connectTcp: labConnectTcp(host),
  };
}
