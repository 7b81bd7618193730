import type { PeerOptions } from "../../peer/options.ts";
import { Peer } from "../../peer/peer.ts";
import type { Identity } from "../../protocol/crypto/identity.ts";
import { createServerIdentity } from "../../rendezvous/identity-file.ts";
import { createLogger, Rendezvous } from "../../rendezvous/index.ts";
import {
  type Host,
  Lab,
  type LabOptions,
  labPrimitives,
  peerPlatform,
  rendezvousPlatform,
} from "../../test/lab/index.ts";

export interface WorldOptions extends LabOptions {
  /**
   * Does the server carry what peers cannot send each other?
   * @default true
   */
  readonly relay?: boolean | undefined;
}

/**
 * A rendezvous server on the internet of a lab, with two addresses and two ports so that peers learn all
 * about their NATs, and peers that are connected to it. All of it is the real program, in virtual time.
 */
export class World {
  readonly lab: Lab;
  readonly serverHost: Host;
  readonly #identity: Identity;
  readonly #relay: false | undefined;
  readonly #peers = new Set<Peer>();
  #server: Rendezvous | undefined;

  private constructor({ relay, ...options }: WorldOptions) {
    this.lab = new Lab(options);
    this.serverHost = this.lab.host(SERVER_IPS[0], { also: SERVER_IPS.slice(1) });
    this.#identity = createServerIdentity(labPrimitives(this.serverHost.io.random));
    this.#relay = relay === false ? false : undefined;
  }

  static async start(options: WorldOptions): Promise<World> {
    const world = new World(options);
    await world.startServer();
    return world;
  }

  /** Undefined while it is not running. */
  get server(): Rendezvous | undefined {
    return this.#server;
  }

  /** Connects a peer on `host`, on the terms of `Peer.connect`. */
  async connect(host: Host, options: Omit<PeerOptions, "platform"> = {}): Promise<Peer> {
    const peer = await Peer.connect(SERVER_URL, { ...options, platform: peerPlatform(host) });
    this.#peers.add(peer);
    return peer;
  }

  /** Starts the server, which is the same one as before: it has the same identity. */
  async startServer(): Promise<Rendezvous> {
    const [first] = SERVER_IPS;
    this.#server = await Rendezvous.listen({
      ...rendezvousPlatform(this.serverHost),
      rtmfp: SERVER_IPS.flatMap((ip) => [`${ip}:1935`, `${ip}:1936`]),
      rtmp: `${first}:1935`,
      identity: this.#identity,
      relay: this.#relay,
      logger: silent,
    });
    return this.#server;
  }

  /** Ends the server in an orderly way; peers that are in session stay so. */
  async stopServer(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    await server?.close();
  }

  /** Ends everybody. */
  async close(): Promise<void> {
    const ends = [...this.#peers].map((peer) => peer.close());
    await this.lab.complete(Promise.all([...ends, this.stopServer()]), CLOSE_MS);
  }
}

const silent = createLogger("silent");
/** RFC 5737's documentation networks: TEST-NET-2 for the server, peers are in TEST-NET-3. */
const SERVER_IPS = ["198.51.100.1", "198.51.100.2"] as const;
const SERVER_URL = `rtmfp://${SERVER_IPS[0]}/lab`;
const CLOSE_MS = 60_000;
