import { toHex } from "../bytes/hex.ts";
import type { Address } from "./address.ts";
import { formatIp, parseIp, unmapped } from "./ip.ts";

/**
 * Who is counted as one source: an IPv6 host has a whole /64 to choose its addresses from. A socket that
 * serves both families shows IPv4 addresses within IPv6. For what one host may keep or ask: neighbours,
 * who may be strangers to it, have their own share.
 */
export function sourceOf({ ip }: Address): string {
  return v4Of(ip) ?? toHex(parseIp(ip).subarray(0, 8));
}

/**
 * Whom a flood of answers to forged addresses would hurt: a /24, or an IPv6 /56, which is what one line
 * has. Servers of the DNS limit their answers to the same. For what all sources of one line could do
 * together, 256 of them in IPv6: fill a table that others need, have us compute.
 */
export function networkOf({ ip }: Address): string {
  const v4 = v4Of(ip);
  return v4?.slice(0, v4.lastIndexOf(".")) ?? toHex(parseIp(ip).subarray(0, 7));
}

/** As IPv4 text, if that is what it is. What is not parsed costs a stranger's packet least. */
function v4Of(ip: string): string | undefined {
  if (!ip.includes(":")) return ip;
  const bytes = unmapped(parseIp(ip));
  return bytes.length === 4 ? formatIp(bytes) : undefined;
}
