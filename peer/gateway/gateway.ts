import { RtmpListener, type RtmpListenerOptions } from "../../protocol/node/rtmp-listener.ts";
import { BandwidthLimit, encodeControl } from "../../protocol/rtmp/control.ts";
import type { Message } from "../../protocol/rtmp/message.ts";
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
    const accept = (transport: Transport): TransportHandler => {
      const disconnect = (now: number): void => connection.net.close(now);
      const client = new GatewayClient(streams, publications, disconnect);
      const connection = new ServerConnection(transport, client, { greeting: GREETING });
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

/** What servers usually announce; encoders that are never acknowledged stop. */
const WINDOW_BYTES = 2_500_000;

/** Chunks of 64 KB save headers; ffmpeg takes the size over for what it publishes. */
const GREETING: readonly Message[] = [
  encodeControl({ type: "windowAckSize", windowBytes: WINDOW_BYTES }),
  encodeControl({
    type: "setPeerBandwidth",
    windowBytes: WINDOW_BYTES,
    limit: BandwidthLimit.dynamic,
  }),
  encodeControl({ type: "setChunkSize", chunkBytes: 65_536 }),
];
