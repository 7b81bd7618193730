import type { FlashCryptoOptions } from "../protocol/crypto/flash-options.ts";
import type { StoredIdentity } from "../protocol/crypto/stored-identity.ts";
import { DATAGRAM_BYTES, MAX_UDP_PAYLOAD_BYTES } from "../protocol/params.ts";
import type { CongestionMode } from "../protocol/session/congestion.ts";
import type { MediaDeadlines } from "../protocol/tc/stream-sender.ts";
import type { Compat } from "../protocol/wire/compat.ts";
import type { PeerPlatform } from "./platform.ts";
import type { HostPolicy } from "./traversal/candidates.ts";

/** Every wait takes one: it rejects with `signal.reason` when the signal aborts. */
export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface PeerOptions extends WaitOptions {
  /**
   * Who this peer is, as `peer.identity` answered it: the same identity is the same peer ID. A static one.
   * @default a new one
   */
  readonly identity?: StoredIdentity | undefined;
  /**
   * Shown to the server, which may demand one.
   * @default none
   */
  readonly token?: string | undefined;
  /**
   * UDP port, 0 for any.
   * @default 0
   */
  readonly port?: number | undefined;
  /**
   * How long to try to connect to the server, or to reach a peer, ms.
   * @default 15 000
   */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * How to reach the server: "udp" alone (and no relay either), "tcp" alone (RTMP, RTMPS, RTMPT; other
   * peers over the relay), or "auto": TCP as well when UDP is not answered soon.
   * @default "auto"
   */
  readonly transport?: "auto" | "udp" | "tcp" | undefined;
  /**
   * Use the server's relay until there is a direct path, and when that dies.
   * @default true
   */
  readonly relay?: boolean | undefined;
  /**
   * Ask the router for a UDP port (PCP, NAT-PMP, UPnP), in the background.
   * @default true
   */
  readonly portMapping?: boolean | undefined;
  /**
   * Which of this machine's own addresses the server, and the peers it introduces, are told: "all" but
   * loopback and link-local ones, those that are "public", or "none".
   * @default "all"
   */
  readonly hostAddresses?: HostPolicy | undefined;
  /**
   * After so much silence the far end is asked whether it is still there, ms.
   * @default 10 000, or what the server advises
   */
  readonly keepaliveMs?: number | undefined;
  /**
   * How long published media is worth sending, by kind.
   * @default 1 s for audio and dependent pictures, 3 s for keyframes
   */
  readonly deadlines?: MediaDeadlines | undefined;
  /**
   * "delay" keeps queues on the way short, for interactive media; "loss" uses all that the path has.
   * @default "loss"
   */
  readonly congestion?: CongestionMode | undefined;
  /**
   * Up to which size (UDP payload, 1200 to 65 507 bytes) sessions look for the largest datagram that
   * their path carries. What no link carries whole, IP cuts up: raise it only for jumbo frames.
   * @default what Ethernet carries, 1472 or 1452; more to the same machine
   */
  readonly maxDatagramBytes?: number | undefined;
  /**
   * "flash": speak the fixed layouts that librtmfp and MonaServer know, with a 1024-bit key, the
   * checksum of the Flash profile, and no forward secrecy. An `identity` has to be such a one too.
   * @default none: other peers of this library, and all that follow RFC 7425
   */
  readonly compat?: Compat | undefined;
  /**
   * HMAC and sequence numbers of session packets (RFC 7425 §4.6), forward secrecy, a password.
   * @default the first three on, unless the far end cannot; no password
   */
  readonly protection?: Omit<FlashCryptoOptions, "compat"> | undefined;
  /**
   * The world around the peer; a simulation passes its own.
   * @default sockets, clock and cryptography of Node.js
   */
  readonly platform?: PeerPlatform | undefined;
}

/** Throws RangeError naming the first field that is unknown or out of range. */
export function checkPeerOptions(options: PeerOptions): void {
  for (const field of Object.keys(options)) {
    if (!FIELDS.has(field)) throw new RangeError(`unknown option: ${field}`);
  }
  const { port, token, deadlines } = options;
  if (port !== undefined && !Number.isInteger(port)) throw new RangeError(`port: ${port}`);
  checkRange("port", port, 0, 65_535);
  if (token !== undefined && typeof token !== "string") throw new RangeError("token: a text");
  checkRange("connectTimeoutMs", options.connectTimeoutMs, 1, 3_600_000);
  const { transport = "auto", relay = true } = options;
  if (!TRANSPORTS.has(transport)) {
    throw new RangeError(`transport: "auto", "udp" or "tcp", not ${transport}`);
  }
  checkFlag("relay", relay);
  const { portMapping = true, hostAddresses = "all" } = options;
  checkFlag("portMapping", portMapping);
  if (!HOST_POLICIES.has(hostAddresses)) {
    throw new RangeError(`hostAddresses: "all", "public" or "none", not ${hostAddresses}`);
  }
  const { congestion = "loss" } = options;
  if (congestion !== "loss" && congestion !== "delay") {
    throw new RangeError(`congestion: "loss" or "delay", not ${congestion}`);
  }
  const { compat } = options;
  if (compat !== undefined && compat !== "flash") {
    throw new RangeError(`compat: "flash" or nothing, not ${String(compat)}`);
  }
  checkRange("keepaliveMs", options.keepaliveMs, 1, 3_600_000);
  checkRange("maxDatagramBytes", options.maxDatagramBytes, DATAGRAM_BYTES, MAX_UDP_PAYLOAD_BYTES);
  for (const [kind, value] of Object.entries(deadlines ?? {})) {
    if (!DEADLINES.has(kind)) throw new RangeError(`unknown option: deadlines.${kind}`);
    checkRange(`deadlines.${kind}`, value, 0, Number.POSITIVE_INFINITY);
  }
}

/** `value` is what a caller without types may pass. */
function checkRange(field: string, value: unknown, from: number, to: number): void {
  if (value === undefined) return;
  if (typeof value === "number" && value >= from && value <= to) return;
  throw new RangeError(`${field}: ${String(value)} is not a number from ${from} to ${to}`);
}

/** `value` is what a caller without types may pass. */
function checkFlag(field: string, value: unknown): void {
  if (typeof value !== "boolean") {
    throw new RangeError(`${field}: true or false, not ${String(value)}`);
  }
}

/** Typed so that no option can be forgotten here. */
const EVERY_FIELD: Readonly<Record<keyof PeerOptions, true>> = {
  signal: true,
  identity: true,
  token: true,
  port: true,
  connectTimeoutMs: true,
  transport: true,
  relay: true,
  portMapping: true,
  hostAddresses: true,
  keepaliveMs: true,
  deadlines: true,
  congestion: true,
  maxDatagramBytes: true,
  compat: true,
  protection: true,
  platform: true,
};
const FIELDS: ReadonlySet<string> = new Set(Object.keys(EVERY_FIELD));

const HOST_POLICIES: ReadonlySet<string> = new Set<HostPolicy>(["all", "public", "none"]);
const TRANSPORTS: ReadonlySet<string> = new Set(["auto", "udp", "tcp"]);

const EVERY_DEADLINE: Readonly<Record<keyof MediaDeadlines, true>> = {
  audioMs: true,
  interMs: true,
  keyframeMs: true,
};
const DEADLINES: ReadonlySet<string> = new Set(Object.keys(EVERY_DEADLINE));

export const CONNECT_TIMEOUT_MS = 15_000;
