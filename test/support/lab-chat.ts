import { Peer } from "../../peer/index.ts";
import type { PeerOptions } from "../../peer/options.ts";
import type { PeerPlatform } from "../../peer/platform.ts";
import { nodePrimitives } from "../../protocol/node/primitives.ts";
import { createLogger, Rendezvous } from "../../rendezvous/index.ts";
import type { ConditionChange, Host } from "../lab/index.ts";
import { Lab } from "../lab/index.ts";

const SERVER = "10.0.0.1";

/** A rendezvous server and any number of peers of the library, in virtual time. */
export class LabChat {
  readonly lab: Lab;
  readonly #server: Rendezvous;
  readonly #peers: Peer[] = [];

  private constructor(lab: Lab, server: Rendezvous) {
    this.lab = lab;
    this.#server = server;
  }

  static async start(seed: number, conditions: ConditionChange = {}): Promise<LabChat> {
    const lab = new Lab({ seed, conditions });
    const { io } = lab.host(SERVER);
    const logger = createLogger("silent");
    return new LabChat(lab, await Rendezvous.listen({ rtmfp: `${SERVER}:1935`, io, logger }));
  }

  /** Connects a peer on a host of its own. */
  async peer(options: PeerOptions = {}): Promise<Peer> {
    const host = this.lab.host(`10.0.1.${this.#peers.length + 1}`);
    const connecting = Peer.connect(`rtmfp://${SERVER}/chat`, {
      platform: platformOf(host),
      ...options,
    });
    const peer = await this.lab.complete(connecting, 60_000);
    this.#peers.push(peer);
    return peer;
  }

  async close(): Promise<void> {
    const all = [...this.#peers, this.#server].map((one) => one.close());
    await this.lab.complete(Promise.all(all), 60_000);
  }
}

function platformOf(host: Host): PeerPlatform {
  return {
    io: host.io,
    primitives: nodePrimitives,
    resolve: async (name) => [name],
    interfaces: () => [host.ip],
  };
}
