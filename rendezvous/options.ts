import type { Identity } from "../protocol/crypto/identity.ts";
import type { Io } from "../protocol/io.ts";
import type { KeepaliveAdvice } from "../protocol/tc/server-connection.ts";
import type { Address } from "../protocol/wire/address.ts";
import { isServerIdentity } from "./identity-file.ts";
import { parseListenAddress } from "./listen-address.ts";
import type { RendezvousLogger } from "./logger.ts";
import type { Matchmaker } from "./matchmaker/matchmaker.ts";
import type { Registry } from "./registry/registry.ts";

export interface RendezvousOptions {
  /**
   * Where to listen for RTMFP, UDP: `host:port` each, port 0 for any. For both address families name
   * both: `["0.0.0.0:1935", "[::]:1935"]`. A family with one address only gets a second socket on the
   * next port, with which peers find out what kind of NAT they are behind.
   */
  readonly rtmfp: string | readonly string[];
  /**
   * Where to serve the status page, TCP: `host:port`. It shows addresses of peers: it is for the
   * server's operator.
   * @default nowhere
   */
  readonly http?: string | undefined;
  /**
   * Who the server is.
   * @default the one in `data`, else a new one with each start
   */
  readonly identity?: Identity | undefined;
  /**
   * A folder for what has to survive a restart: the identity, and with it the fingerprint.
   * @default nothing survives
   */
  readonly data?: string | undefined;
  /**
   * The world: clock, random numbers, datagrams. Simulations bring their own.
   * @default that of Node.js
   */
  readonly io?: Io | undefined;
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
   * Where to log.
   * @default pino on standard error, level "info"
   */
  readonly logger?: RendezvousLogger | undefined;
  /**
   * RTMFP sessions that may be open, at least 1; more are not answered.
   * @default 65 536
   */
  readonly maxSessions?: number | undefined;
  /**
   * Advice for clients: how long their sessions may be silent before they ask whether the far end is
   * still there, `{ serverMs, peerMs }`, 5 000 to 3 600 000 ms each.
   * @default none: they do as they are used to
   */
  readonly keepalive?: KeepaliveAdvice | undefined;
  /**
   * How long `close` waits for orderly ends, ms.
   * @default 500
   */
  readonly graceMs?: number | undefined;
}

/** The addresses to listen on. */
export interface ListenAddresses {
  readonly rtmfp: readonly Address[];
  readonly http: Address | undefined;
}

/** Throws RangeError naming the first field that is unknown or not as it should be. */
export function checkOptions(options: RendezvousOptions): ListenAddresses {
  for (const field of Object.keys(options)) {
    if (!FIELDS.has(field)) throw new RangeError(`unknown option: ${field}`);
  }
  checkInteger("maxSessions", options.maxSessions, 1, 1_048_576);
  const { keepalive } = options;
  if (keepalive) {
    checkInteger("keepalive.serverMs", keepalive.serverMs, 5_000, 3_600_000);
    checkInteger("keepalive.peerMs", keepalive.peerMs, 5_000, 3_600_000);
  }
  checkInteger("graceMs", options.graceMs, 0, 60_000);
  if (options.data !== undefined && (typeof options.data !== "string" || options.data === "")) {
    throw new RangeError("data: the path of a folder");
  }
  if (options.identity && !isServerIdentity(options.identity)) {
    throw new RangeError("identity: not that of a server (acceptsAncillary)");
  }
  const rtmfp = Array.isArray(options.rtmfp) ? options.rtmfp : [options.rtmfp];
  if (rtmfp.length === 0) throw new RangeError("rtmfp: at least one address");
  const { http } = options;
  return {
    rtmfp: rtmfp.map((text) => parseListenAddress(text, "rtmfp")),
    http: http === undefined ? undefined : parseListenAddress(http, "http"),
  };
}

function checkInteger(field: string, value: number | undefined, from: number, to: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= from && value <= to)) return;
  throw new RangeError(`${field}: ${value} is not a whole number from ${from} to ${to}`);
}

/** Typed so that no option can be forgotten here. */
const EVERY_FIELD: Readonly<Record<keyof RendezvousOptions, true>> = {
  rtmfp: true,
  http: true,
  identity: true,
  data: true,
  io: true,
  registry: true,
  matchmaker: true,
  logger: true,
  maxSessions: true,
  keepalive: true,
  graceMs: true,
};
const FIELDS: ReadonlySet<string> = new Set(Object.keys(EVERY_FIELD));
