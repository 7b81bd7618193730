import type { Address } from "../../protocol/wire/address.ts";
import {
  Rendezvous,
  type RendezvousLogger,
  type RendezvousOptions,
} from "../../rendezvous/index.ts";
import { Lab, type LabOptions } from "../lab/index.ts";
import { RendezvousClient, type RendezvousClientKind } from "./rendezvous-client.ts";

/** A rendezvous server in a lab, at 10.0.0.1:1935, and clients round it. */
export class RendezvousLab {
  readonly lab: Lab;
  readonly server: Rendezvous;
  readonly clients: RendezvousClient[] = [];

  private constructor(lab: Lab, server: Rendezvous) {
    this.lab = lab;
    this.server = server;
  }

  static async start(
    options: LabOptions,
    more: Partial<RendezvousOptions> = {},
  ): Promise<RendezvousLab> {
    const lab = new Lab(options);
    const { io } = lab.host(SERVER.ip);
    const rtmfp = `${SERVER.ip}:${SERVER.port}`;
    const server = await Rendezvous.listen({ rtmfp, io, logger: silent, ...more });
    return new RendezvousLab(lab, server);
  }

  /** One more client, not connected yet. */
  async client(kind?: RendezvousClientKind): Promise<RendezvousClient> {
    const index = this.clients.length;
    const ip = `10.0.1.${index + 1}`;
    const client = await new RendezvousClient(this.lab.host(ip).io, index, kind).listen(ip);
    this.clients.push(client);
    return client;
  }

  /** One more client, connected and with its addresses told. */
  async connected(app = "chat", kind?: RendezvousClientKind): Promise<RendezvousClient> {
    const client = await this.client(kind);
    client.connect(SERVER, app);
    await this.lab.runUntil(() => client.isConnected, 30_000);
    client.setPeerInfo();
    await this.lab.advance(500);
    return client;
  }

  async close(): Promise<void> {
    const ends = [this.server.close(), ...this.clients.map(({ driver }) => driver.close())];
    await this.lab.complete(Promise.all(ends), 10_000);
  }
}

export const SERVER: Address = { ip: "10.0.0.1", port: 1935 };
export const silent: RendezvousLogger = {
  debug: () => undefined,
  info: () => undefined,
  error: () => undefined,
};
