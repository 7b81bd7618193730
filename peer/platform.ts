import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { networkInterfaces } from "node:os";
import type { Primitives } from "../protocol/crypto/primitives.ts";
import { RtmfpError } from "../protocol/errors.ts";
import type { Io } from "../protocol/io.ts";
import { type ConnectRtmp, connectRtmp } from "../protocol/node/connect-rtmp.ts";
import { connectTcp } from "../protocol/node/connect-tcp.ts";
import { nodeIo } from "../protocol/node/io.ts";
import { nodePrimitives } from "../protocol/node/primitives.ts";
import { scopeOf } from "../protocol/wire/ip.ts";
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
  /** Undefined: peers do not connect to each other over TCP. */
  readonly connectTcp?: ConnectTcp | undefined;
  /** The way to the router's port mappings; left out where there is none. */
  readonly router?: RouterAccess | undefined;
}

/** A TCP connection. */
export interface TcpStream {
  /** Bytes that the system has not taken yet. */
  readonly unsentBytes: number;
  /** Who hears of it; to be called once, in the turn in which the connection is there. */
  listen(handler: TcpStreamHandler): void;
  /** Takes over the bytes; what the connection cannot take any more is lost. */
  send(bytes: Uint8Array): void;
  /** Ends it at once; the handler hears no more. Idempotent. */
  close(): void;
}

export interface TcpStreamHandler {
  onBytes(bytes: Uint8Array): void;
  /** The far end has ended it, or it broke. */
  onClosed(): void;
}

/**
 * Connects over TCP to an IP address, from a local port that other connections may have, too. When
 * both ends dial each other from the ports at which they are dialled, one connection comes of it.
 * Rejects with `UNREACHABLE`, or the signal's reason.
 */
export type ConnectTcp = (
  to: { readonly host: string; readonly port: number; readonly localPort: number },
  options: WaitOptions,
) => Promise<TcpStream>;

export const nodePlatform: PeerPlatform = {
  io: nodeIo,
  primitives: nodePrimitives,
  connectRtmp,
  connectTcp,
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
      .filter(({ internal, address }) => !internal && scopeOf(address) !== "link")
      .map(({ address }) => address);
  },
};
