import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import type { Primitives } from "../protocol/crypto/primitives.ts";
import { RtmfpError } from "../protocol/errors.ts";
import type { Io } from "../protocol/io.ts";
import { connectRtmp } from "../protocol/node/connect-rtmp.ts";
import { nodeIo } from "../protocol/node/io.ts";
import { nodePrimitives } from "../protocol/node/primitives.ts";
import type { Transport, TransportHandler } from "../protocol/tc/transport.ts";
import { nodeRouter } from "./node-router.ts";
import type { WaitOptions } from "./options.ts";
import type { RouterAccess } from "./traversal/port-mapping/port-mapping.ts";

/** The world around a peer: the real one, or that of a simulation. */
export interface PeerPlatform {
  readonly io: Io;
  readonly primitives: Primitives;
  /** IP addresses of a host. Rejects with `NOT_FOUND`. */
  resolve(host: string): Promise<readonly string[]>;
  /** IP addresses of this machine where others might reach it. */
  interfaces(): readonly string[];
  /** Undefined: there is no TCP here, and so no relay. */
  readonly connectRtmp?: ConnectRtmp | undefined;
  /** The way to the router's port mappings; left out where there is none. */
  readonly router?: RouterAccess | undefined;
}

/** A connection to an RTMP server. */
export interface RtmpWay {
  /** Resolves when it is gone, with what broke it. */
  readonly closed: Promise<RtmfpError | undefined>;
  /** Delivers what was sent, then ends it. */
  close(): void;
}

/**
 * Connects to the RTMP server of a URL; `accept` is called once messages can be sent, and answers who
 * hears of what the server sends. Rejects with an RtmfpError, RangeError for a URL whose scheme is not
 * known, or the signal's reason.
 */
export type ConnectRtmp = (
  url: string,
  accept: (transport: Transport) => TransportHandler,
  options: WaitOptions & { readonly handshakeTimeoutMs?: number | undefined },
) => Promise<RtmpWay>;

export const nodePlatform: PeerPlatform = {
  io: nodeIo,
  primitives: nodePrimitives,
  connectRtmp,
  router: nodeRouter,
  async resolve(host) {
    if (isIP(host)) return [host];
    try {
      return (await lookup(host, { all: true })).map(({ address }) => address);
    } catch (error) {
      throw new RtmfpError("NOT_FOUND", `there is no host ${host}`, { cause: error });
    }
  },
  /** RFC 7425 §5.3.3: neither loopback nor link-local. */
  interfaces() {
    const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
    return all
      .filter(({ internal, address }) => !internal && !isLinkLocal(address))
      .map(({ address }) => address);
  },
};

function isLinkLocal(ip: string): boolean {
  return ip.startsWith("169.254.") || /^fe[89ab]/i.test(ip);
}
