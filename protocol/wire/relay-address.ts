import type { Address } from "./address.ts";
import { formatIp } from "./ip.ts";

/**
 * Where a peer is for those who reach it over a relay: a unique-local IPv6 address (RFC 4193) out of
 * the first 15 bytes of its fingerprint, and port 0. It fits into whatever carries addresses, and no
 * socket sends there.
 */
export function relayAddress(fingerprint: Uint8Array): Address {
  const bytes = new Uint8Array(RELAY_IP_BYTES);
  bytes[0] = UNIQUE_LOCAL;
  bytes.set(fingerprint.subarray(0, RELAY_IP_BYTES - 1), 1);
  return { ip: formatIp(bytes), port: 0 };
}

/** Other unique-local addresses have a port. */
export function isRelayAddress({ ip, port }: Address): boolean {
  return port === 0 && /^fd[0-9a-f]{2}:/.test(ip);
}

export const RELAY_IP_BYTES = 16;
/** fd00::/8 */
export const UNIQUE_LOCAL = 0xfd;
