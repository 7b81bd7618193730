import { RtmfpError } from "../../protocol/errors.ts";
import type { Io } from "../../protocol/io.ts";
import { relayAddress } from "../../protocol/wire/relay-address.ts";
import type { Network } from "../network.ts";
import type { PeerPlatform } from "../platform.ts";
import type { ServerLink } from "../server/server-link.ts";
import { type RelayHost, RelayLink } from "./relay-link.ts";
import { RelayTickets } from "./relay-tickets.ts";
import { openTunnel } from "./tunnel.ts";

export interface RelayNeeds {
  readonly platform: PeerPlatform;
  readonly network: Network;
  readonly server: ServerLink;
  /** Of this peer. */
  readonly fingerprint: Uint8Array;
  /** Are there sessions that may need the relay? */
  isNeeded(): boolean;
  /**
   * Others should know whether the relay reaches us: it is taken for granted until an attempt to get
   * into it has failed.
   */
  describe(hasRelay: boolean): void;
  /** There is a tunnel again. */
  onOpen(): void;
}

/** The server's relay as one more link of the network; undefined where there is no TCP. */
export async function attachRelay(needs: RelayNeeds): Promise<RelayLink | undefined> {
  const { platform, network, server, fingerprint, isNeeded, onOpen } = needs;
  const { connectRtmp, connectTcp, io } = platform;
  if (!connectRtmp) return undefined;
  let isSaid = true;
  needs.describe(isSaid);
  const onAttempt = (hasTunnel: boolean): void => {
    if (hasTunnel !== isSaid) needs.describe(hasTunnel);
    isSaid = hasTunnel;
    if (hasTunnel) onOpen();
  };
  const tickets = new RelayTickets(server, io);
  return network.attachRelay((receive) => {
    const host: RelayHost = {
      io,
      open: async (handler, options) => {
        const from = connectTcp && { localPort: dynamicPort(io) };
        const { onFault } = network;
        const ticket = await tickets.next(options);
        try {
          return await openTunnel(connectRtmp, ticket, handler, { ...options, ...from, onFault });
        } catch (error) {
          if (error instanceof RtmfpError && error.code === "REJECTED") tickets.forget();
          throw error;
        }
      },
      isNeeded,
      onAttempt,
    };
    return new RelayLink(host, relayAddress(fingerprint), receive);
  });
}

/**
 * A port that was chosen can be shared with connections to peers; one that the system chose cannot.
 * Should somebody have it, the tunnel is soon opened again, from another.
 */
function dynamicPort(io: Io): number {
  const [high = 0, low = 0] = io.random(2);
  return FIRST_DYNAMIC_PORT + (((high << 8) | low) & 0x3fff);
}

/** RFC 6335 §6: from there to the end, that is 2^14 ports. */
const FIRST_DYNAMIC_PORT = 49_152;
