import type { FlashCryptoOptions } from "../protocol/crypto/flash-options.ts";
import type { StoredIdentity } from "../protocol/crypto/stored-identity.ts";
import type { CongestionMode } from "../protocol/session/congestion.ts";
import type { MediaDeadlines } from "../protocol/tc/stream-sender.ts";
import type { PeerPlatform } from "./platform.ts";

/** Every wait takes one: it rejects with `signal.reason` when the signal aborts. */
export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface PeerOptions extends WaitOptions {
  /**
   * Who this peer is, as `peer.identity` answered it: the same identity is the same peer ID.
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
   * How long to try to reach the server or a peer, ms.
   * @default 15 000
   */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * After so much silence the far end is asked whether it is still there, ms.
   * @default 10 000
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
   * HMAC and sequence numbers of session packets, RFC 7425 §4.6.
   * @default both on, unless the far end cannot
   */
  readonly protection?: FlashCryptoOptions | undefined;
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
  checkRange("port", options.port, 0, 65_535);
  checkRange("connectTimeoutMs", options.connectTimeoutMs, 1, 3_600_000);
  const { congestion = "loss" } = options;
  if (congestion !== "loss" && congestion !== "delay") {
    throw new RangeError(`congestion: "loss" or "delay", not ${congestion}`);
  }
  checkRange("keepaliveMs", options.keepaliveMs, 1, 3_600_000);
}

function checkRange(field: string, value: number | undefined, from: number, to: number): void {
  if (value === undefined || (value >= from && value <= to)) return;
  throw new RangeError(`${field}: ${value} is not within ${from} and ${to}`);
}

const FIELDS: ReadonlySet<string> = new Set([
  "signal",
  "identity",
  "token",
  "port",
  "connectTimeoutMs",
  "keepaliveMs",
  "deadlines",
  "congestion",
  "protection",
  "platform",
]);

export const CONNECT_TIMEOUT_MS = 15_000;
