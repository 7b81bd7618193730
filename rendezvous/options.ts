import { createSecureContext } from "node:tls";
import type { Identity } from "../protocol/crypto/identity.ts";
import type { Io } from "../protocol/io.ts";
import type { ConnectRtmp } from "../protocol/node/connect-rtmp.ts";
import type { AcceptRtmpClient, RtmpListenerOptions } from "../protocol/node/rtmp-listener.ts";
import type { ServerTlsOptions } from "../protocol/node/tls-options.ts";
import type { KeepaliveAdvice } from "../protocol/tc/server-connection.ts";
import type { Address } from "../protocol/wire/address.ts";
import { checkFolder, checkInteger, checkSecret } from "./check-option.ts";
import { checkDrain, type DrainOptions } from "./drain.ts";
import { type ForwardKind, parseRoute, type Route } from "./forward/route.ts";
import { isServerIdentity } from "./identity-file.ts";
import { parseListenAddress } from "./listen-address.ts";
import type { RendezvousLogger } from "./logger.ts";
import type { Matchmaker } from "./matchmaker/matchmaker.ts";
import { checkMediaOptions, type MediaOptions } from "./media/media-options.ts";
import type { Registry } from "./registry/registry.ts";
import { fullRelayLimits, type RelayOptions } from "./relay/relay-limits.ts";
import {
  fullSharedObjectLimits,
  type SharedObjectOptions,
} from "./shared-objects/shared-object-limits.ts";

/** A port where RTMP clients are served. */
export interface RtmpPort {
  readonly address: Address;
  /** Ends all connections after what was sent to them, and the port. */
  close(): Promise<void>;
}

/** Listens at `local`; rejects with `ADDRESS_IN_USE` or `UNREACHABLE`. */
export type ListenRtmp = (
  local: Address,
  accept: AcceptRtmpClient,
  options: RtmpListenerOptions,
) => Promise<RtmpPort>;

export interface RendezvousOptions extends MediaOptions {
  /**
   * Where to listen for RTMFP, UDP: `host:port` each, port 0 for any. For both address families name
   * both: `["0.0.0.0:1935", "[::]:1935"]`. A family with one address only gets a second socket on the
   * next port, with which peers find out what kind of NAT they are behind.
   */
  readonly rtmfp: string | readonly string[];
  /**
   * Where to serve RTMP clients, TCP: `host:port` each, port 0 for any. All that RTMP comes in is told
   * apart there: plain, RTMPE, RTMPT, RTMPS.
   * @default nowhere
   */
  readonly rtmp?: string | readonly string[] | undefined;
  /**
   * Where to serve RTMP clients within TLS alone (RTMPS, RTMPTS): `host:port` each.
   * @default nowhere
   */
  readonly rtmps?: string | readonly string[] | undefined;
  /**
   * The certificate for RTMPS, its key, and which versions of TLS to speak.
   * @default one that is made at the first start and kept in `data`; TLS 1.2 and 1.3
   */
  readonly tls?: Partial<ServerTlsOptions> | undefined;
  /**
   * Where to serve HTTP, TCP: `host:port`. Live streams as `/app/name.flv`, over WebSocket as well, and
   * the status page, which shows addresses of peers: it is for the server's operator, and anywhere but
   * at a loopback address a warning is logged.
   * @default nowhere
   */
  readonly http?: string | undefined;
  /**
   * Who the server is.
   * @default the one in `data`, else a new one with each start
   */
  readonly identity?: Identity | undefined;
  /**
   * A folder for what has to survive a restart: the identity, and with it the fingerprint, the
   * certificate, and persistent shared objects. One server of this machine has it at a time.
   * @default nothing survives
   */
  readonly data?: string | undefined;
  /**
   * The world: clock, random numbers, datagrams. Simulations bring their own.
   * @default that of Node.js
   */
  readonly io?: Io | undefined;
  /**
   * How to listen for RTMP clients. Simulations bring their own.
   * @default TCP
   */
  readonly listenRtmp?: ListenRtmp | undefined;
  /**
   * Streams to pass on to other RTMP servers while they are published: `APP/NAME=URL`, `NAME=URL` for
   * application "live", or `APP/*=URL` with a "*" at the end of the URL. Any of RTMP's schemes will do.
   * @default none
   */
  readonly push?: string | readonly string[] | undefined;
  /**
   * Streams to get from other RTMP servers while somebody plays them, written like `push`.
   * @default none
   */
  readonly pull?: string | readonly string[] | undefined;
  /**
   * Get the streams of `pull` also when nobody plays them, but for those with a "*".
   * @default false
   */
  readonly pullAlways?: boolean | undefined;
  /**
   * How to connect for `push` and `pull`. Simulations bring their own.
   * @default TCP, and TLS with the certificates that Node.js trusts
   */
  readonly connectRtmp?: ConnectRtmp | undefined;
  /**
   * Who is connected.
   * @default a registry in memory
   */
  readonly registry?: Registry | undefined;
  /**
   * Who meets whom.
   * @default everybody somebody at random
   */
  readonly matchmaker?: Matchmaker | undefined;
  /**
   * Carry datagrams of peers that cannot reach each other, within limits; it needs `rtmp`. False: no.
   * @default on, with the limits' defaults
   */
  readonly relay?: false | RelayOptions | undefined;
  /**
   * Keep shared objects for clients, within limits; persistent ones, if they are allowed, survive a
   * restart in `data`. False: no.
   * @default temporary ones, with the limits' defaults
   */
  readonly sharedObjects?: false | SharedObjectOptions | undefined;
  /**
   * Signs the tokens of the relay and of streams (`tokensFor`), at least 16 bytes of UTF-8; servers
   * that share it take each other's.
   * @default a random one with each start
   */
  readonly secret?: string | undefined;
  /**
   * Where to log.
   * @default pino on standard error, level "info"
   */
  readonly logger?: RendezvousLogger | undefined;
  /**
   * RTMFP sessions that may be open, at least 1. Where there are so many, a newcomer takes the place of one
   * of whoever has most by far (docs/limits.md), or is not answered.
   * @default 65 536
   */
  readonly maxSessions?: number | undefined;
  /**
   * How many of them may be opened from one IPv4 address, or one /64 of IPv6, at least 1: whoever serves
   * more clients behind one NAT needs more. This machine itself has no such limit.
   * @default 4 096
   */
  readonly maxSessionsPerAddress?: number | undefined;
  /**
   * Connections that may be open at each port for RTMP, and as many tunnels through HTTP; as many at
   * the port for HTTP. At least 1; more are hung up on.
   * @default 1 024
   */
  readonly maxConnections?: number | undefined;
  /**
   * How many of them from one IPv4 address, or one /64 of IPv6: whoever serves many clients behind one
   * NAT, or through a proxy on another machine, needs more. This machine itself has no such limit.
   * @default 256
   */
  readonly maxConnectionsPerAddress?: number | undefined;
  /**
   * Advice for clients: how long their sessions may be silent before they ask whether the far end is
   * still there, `{ serverMs, peerMs }`, 5 000 to 3 600 000 ms each.
   * @default none: they do as they are used to
   */
  readonly keepalive?: KeepaliveAdvice | undefined;
  /**
   * On `close`, first ask clients that know how (Enhanced RTMP) to connect anew, and serve them until
   * they have: see `Rendezvous.drain`.
   * @default undefined: end all connections at once
   */
  readonly drain?: DrainOptions | undefined;
  /**
   * How long `close` waits for orderly ends, ms.
   * @default 500
   */
  readonly graceMs?: number | undefined;
}

/** The addresses to listen on. */
export interface ListenAddresses {
  readonly rtmfp: readonly Address[];
  readonly rtmp: readonly Address[];
  readonly rtmps: readonly Address[];
  readonly http: Address | undefined;
}

/** Streams that go to other servers, and come from them. Throws RangeError. */
export function routesOf({ push = [], pull = [] }: RendezvousOptions): readonly Route[] {
  const read = (kind: ForwardKind, texts: string | readonly string[]): readonly Route[] =>
    [texts].flat().map((text) => parseRoute(kind, text));
  return [...read("push", push), ...read("pull", pull)];
}

/** Throws RangeError naming the first field that is unknown or not as it should be. */
export function checkOptions(options: RendezvousOptions): ListenAddresses {
  for (const field of Object.keys(options)) {
    if (!FIELDS.has(field)) throw new RangeError(`unknown option: ${field}`);
  }
  checkInteger("maxSessions", options.maxSessions, 1, 1_048_576);
  checkInteger("maxSessionsPerAddress", options.maxSessionsPerAddress, 1, 1_048_576);
  checkInteger("maxConnections", options.maxConnections, 1, 1_048_576);
  checkInteger("maxConnectionsPerAddress", options.maxConnectionsPerAddress, 1, 1_048_576);
  const { keepalive } = options;
  if (keepalive) {
    checkInteger("keepalive.serverMs", keepalive.serverMs, 5_000, 3_600_000);
    checkInteger("keepalive.peerMs", keepalive.peerMs, 5_000, 3_600_000);
  }
  checkInteger("graceMs", options.graceMs, 0, 60_000);
  checkFolder("data", options.data);
  if (options.secret !== undefined) checkSecret(options.secret);
  if (options.drain) checkDrain(options.drain);
  checkMediaOptions(options);
  if (options.relay) fullRelayLimits(options.relay);
  routesOf(options);
  if (options.sharedObjects) fullSharedObjectLimits(options.sharedObjects);
  if (options.identity && !isServerIdentity(options.identity)) {
    throw new RangeError("identity: not that of a server (acceptsAncillary)");
  }
  const rtmfp = listed(options.rtmfp, "rtmfp");
  if (rtmfp.length === 0) throw new RangeError("rtmfp: at least one address");
  if (options.tls) checkTls(options.tls);
  const { rtmp = [], rtmps = [], http } = options;
  return {
    rtmfp,
    rtmp: listed(rtmp, "rtmp"),
    rtmps: listed(rtmps, "rtmps"),
    http: http === undefined ? undefined : parseListenAddress(http, "http"),
  };
}

function listed(texts: string | readonly string[], field: string): readonly Address[] {
  const list: readonly unknown[] = Array.isArray(texts) ? texts : [texts];
  return list.map((text) => parseListenAddress(text, field));
}

function checkTls(tls: Partial<ServerTlsOptions>): void {
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    throw new RangeError("tls: cert and key belong together");
  }
  try {
    createSecureContext({ ...tls });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RangeError(`tls: ${why}`, { cause });
  }
}

/** Typed so that no option can be forgotten here. */
const EVERY_FIELD: Readonly<Record<keyof RendezvousOptions, true>> = {
  rtmfp: true,
  rtmp: true,
  rtmps: true,
  tls: true,
  http: true,
  identity: true,
  data: true,
  io: true,
  listenRtmp: true,
  push: true,
  pull: true,
  pullAlways: true,
  connectRtmp: true,
  registry: true,
  matchmaker: true,
  relay: true,
  sharedObjects: true,
  drain: true,
  secret: true,
  media: true,
  record: true,
  takeover: true,
  tokensFor: true,
  publishers: true,
  authmod: true,
  swf: true,
  logger: true,
  maxSessions: true,
  maxSessionsPerAddress: true,
  maxConnections: true,
  maxConnectionsPerAddress: true,
  keepalive: true,
  graceMs: true,
};
const FIELDS: ReadonlySet<string> = new Set(Object.keys(EVERY_FIELD));
