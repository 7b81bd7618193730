import assert from "node:assert/strict";
import { Peer, type PeerSession } from "../../peer/index.ts";
import type { PeerOptions } from "../../peer/options.ts";
import type { PeerPlatform } from "../../peer/platform.ts";
import { nodePrimitives } from "../../protocol/node/primitives.ts";
import { createLogger, Rendezvous, type RendezvousOptions } from "../../rendezvous/index.ts";
import type { ConditionChange, Host } from "../lab/index.ts";
import { Lab } from "../lab/index.ts";

const SERVER = "10.0.0.1";
/** What the peers connect to. */
export const SERVER_URL: string = `rtmfp://${SERVER}/chat`;

export interface Met {
  readonly one: Peer;
  readonly other: Peer;
  /** At `one`, which opened the session. */
  readonly near: PeerSession;
  /** At `other`. */
  readonly far: PeerSession;
}

/** A rendezvous server and any number of peers of the library, in virtual time. */
export class LabChat {
  readonly lab: Lab;
  readonly #serverHost: Host;
  #server: Rendezvous;
  #hosts = 0;
  readonly #peers = new Map<Peer, Host>();

  private constructor(lab: Lab, host: Host, server: Rendezvous) {
    this.lab = lab;
    this.#serverHost = host;
    this.#server = server;
  }

  static async start(
    seed: number,
    conditions: ConditionChange = {},
    options: Pick<RendezvousOptions, "keepalive" | "takeover"> = {},
  ): Promise<LabChat> {
    const lab = new Lab({ seed, conditions });
    const host = lab.host(SERVER);
    return new LabChat(lab, host, await listen(host, options));
  }

  get server(): Rendezvous {
    return this.#server;
  }

  /** One more host. */
  host(): Host {
    this.#hosts += 1;
    return this.lab.host(`10.0.1.${this.#hosts}`);
  }

  /** Connects a peer from `host`; what comes of it, the caller waits for. */
  async connect(host: Host, options: PeerOptions = {}): Promise<Peer> {
    const peer = await Peer.connect(SERVER_URL, { platform: platformOf(host), ...options });
    this.#peers.set(peer, host);
    return peer;
  }

  /** Connects a peer on a host of its own. */
  peer(options: PeerOptions = {}): Promise<Peer> {
    return this.lab.complete(this.connect(this.host(), options), 60_000);
  }

  /** Two peers and the two ends of the session between them. */
  async met(options: PeerOptions = {}): Promise<Met> {
    const one = await this.peer(options);
    const other = await this.peer(options);
    const near = await this.lab.complete(one.session(other.id), 60_000);
    await this.lab.runUntil(() => other.sessions.length > 0, 5_000);
    const [far = near] = other.sessions;
    await this.lab.advance(500);
    return { one, other, near, far };
  }

  /** From now on nothing gets to the peer, or from it. */
  cut(peer: Peer): void {
    const host = this.#peers.get(peer);
    host?.up.set({ loss: 1 });
    host?.down.set({ loss: 1 });
  }

  /** The server ends in an orderly way, and another takes its place. */
  async restart(): Promise<void> {
    await this.lab.complete(this.#server.close(), 60_000);
    this.#server = await listen(this.#serverHost);
  }

  /** Closes everything. Nothing may be left that would still happen. */
  async close(): Promise<void> {
    const all = [...this.#peers.keys(), this.#server].map((one) => one.close());
    await this.lab.complete(Promise.all(all), 60_000);
    const closedAt = this.lab.now;
    await this.lab.run(Number.POSITIVE_INFINITY);
    assert.ok(this.lab.now - closedAt < 1_000, `something was left for ${this.lab.now} ms`);
  }
}

export function platformOf(host: Host): PeerPlatform {
  return {
    io: host.io,
    primitives: nodePrimitives,
    resolve: async (name) => [name],
    interfaces: () => [host.ip],
  };
}

function listen(
  host: Host,
  options: Pick<RendezvousOptions, "keepalive" | "takeover"> = {},
): Promise<Rendezvous> {
  const logger = createLogger("silent");
  return Rendezvous.listen({ rtmfp: `${SERVER}:1935`, io: host.io, logger, ...options });
}
