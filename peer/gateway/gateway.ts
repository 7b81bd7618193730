import {
  RtmpListener,
  type RtmpListenerOptions,
  type RtmpOrigin,
} from "../../protocol/node/rtmp-listener.ts";
import { rtmpGreeting } from "../../protocol/tc/rtmp-greeting.ts";
import { ServerConnection } from "../../protocol/tc/server-connection.ts";
import type { Transport, TransportHandler } from "../../protocol/tc/transport.ts";
import type { Address } from "../../protocol/wire/address.ts";
import { GatewayClient } from "./gateway-client.ts";
import type { GatewayStreams } from "./gateway-streams.ts";
import { Publications } from "./publications.ts";

export interface GatewayOptions {
  /** Where RTMP clients connect; port 0 lets the system choose. */
  readonly rtmp: Address;
  readonly streams: GatewayStreams;
  readonly limits?: RtmpListenerOptions | undefined;
}

/**
 * The local RTMP face of a peer: OBS and ffmpeg publish into it, any player plays out of it.
 * `rtmp://gateway/local/<stream>` is published here and can be played back,
 * `rtmp://gateway/pair/<stream>` is the current partner's, `rtmp://gateway/<peerId>/<stream>` that
 * peer's, and `rtmp://gateway/server/<stream>` is on the rendezvous server.
 */
export class Gateway {
  readonly #listener: RtmpListener;

  private constructor(listener: RtmpListener) {
    this.#listener = listener;
  }

  /** Rejects with `ADDRESS_IN_USE` or `UNREACHABLE`. */
  static async listen({ rtmp, streams, limits }: GatewayOptions): Promise<Gateway> {
    const publications = new Publications();
    const accept = (transport: Transport, { scheme }: RtmpOrigin): TransportHandler => {
      const disconnect = (now: number): void => connection.net.close(now);
      const client = new GatewayClient(streams, publications, disconnect);
      const greeting = rtmpGreeting(scheme);
      const connection = new ServerConnection(transport, client, { greeting });
      return connection.net;
    };
    return new Gateway(await RtmpListener.listen(rtmp, accept, limits));
  }

  get address(): Address {
    return this.#listener.address;
  }

  /** Ends all connections, then the port. Idempotent. */
  close(): Promise<void> {
    return this.#listener.close();
  }
}
