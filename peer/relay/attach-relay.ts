import { relayAddress } from "../../protocol/wire/relay-address.ts";
import type { Network } from "../network.ts";
import type { PeerPlatform } from "../platform.ts";
import type { ServerLink } from "../server-link.ts";
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
}

/** The server's relay as one more link of the network; undefined where there is no TCP. */
export async function attachRelay(needs: RelayNeeds): Promise<RelayLink | undefined> {
  const { platform, network, server, fingerprint, isNeeded } = needs;
  const { connectRtmp, io } = platform;
  if (!connectRtmp) return undefined;
  let isSaid = true;
  needs.describe(isSaid);
  const onAttempt = (hasTunnel: boolean): void => {
    if (hasTunnel !== isSaid) needs.describe(hasTunnel);
    isSaid = hasTunnel;
  };
  const tickets = new RelayTickets(server, io);
  return network.attachRelay((receive) => {
    const host: RelayHost = {
      io,
      open: async (handler, options) =>
        openTunnel(connectRtmp, await tickets.next(options), handler, options),
      isNeeded,
      onAttempt,
    };
    return new RelayLink(host, relayAddress(fingerprint), receive);
  });
}
