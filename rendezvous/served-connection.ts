import type { RtmpOrigin } from "../protocol/node/rtmp-listener.ts";
import { rtmpGreeting } from "../protocol/tc/rtmp-greeting.ts";
import type { Transport, TransportHandler } from "../protocol/tc/transport.ts";
import { Client, type ClientOwner, type ClientServices } from "./client.ts";

/** An RTMP connection. Who is at its far end is unknown: it publishes and plays, and is no peer. */
export class ServedConnection implements ClientOwner {
  readonly handler: TransportHandler;
  readonly #transport: Transport;

  constructor(transport: Transport, { scheme }: RtmpOrigin, services: ClientServices) {
    this.#transport = transport;
    this.handler = new Client(transport, services, this, rtmpGreeting(scheme)).handler;
  }

  connected(): undefined {}

  peerInfoChanged(): void {}

  ended(): void {}

  abort(): void {
    this.#transport.close();
  }
}
