import { isIP } from "node:net";
import type { PeerPlatform } from "../../../peer/platform.ts";
import { RtmfpError } from "../../../protocol/errors.ts";
import type { RendezvousOptions } from "../../../rendezvous/options.ts";
import type { Host } from "../host.ts";
import { labPrimitives } from "./primitives.ts";
import { labConnectRtmp, labListenRtmp } from "./rtmp.ts";
import { labConnectTcp } from "./tcp.ts";

/**
 * The world of a peer on a host of the lab, for the option `platform` of `Peer.connect`: its sockets
 * and TCP, virtual time, no name service, no port mappings. Peers of one seed do the same in every run.
 */
export function peerPlatform(host: Host): PeerPlatform {
  return {
    io: host.io,
    primitives: labPrimitives(host.io.random),
    connectRtmp: labConnectRtmp(host),
    connectTcp: labConnectTcp(host),
    async resolve(name) {
      if (isIP(name)) return [name];
      throw new RtmfpError("NOT_FOUND", `there are no names in the lab: ${name}`);
    },
    interfaces: () => host.ips,
  };
}

/** The world of a rendezvous server on a host of the lab, for `Rendezvous.listen`. */
export function rendezvousPlatform(host: Host): Pick<RendezvousOptions, "io" | "listenRtmp"> {
  return { io: host.io, listenRtmp: labListenRtmp(host) };
}
