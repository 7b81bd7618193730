import { MalformedError } from "../../protocol/errors.ts";
import type { Address } from "../../protocol/wire/address.ts";
import { formatIp, parseIp } from "../../protocol/wire/ip.ts";

/**
 * An address as `setPeerInfo` lists it, RFC 7425 §5.3.3: `192.0.2.129:50001` or
 * `[2001:db8:1::2]:50002`. Throws MalformedError.
 */
export function parsePeerAddress(text: string): Address {
  const match = text.length > MAX_TEXT_LENGTH ? undefined : SOCKET_ADDRESS.exec(text)?.groups;
  const port = Number(match?.port);
  if (!match || port === 0 || port > 65_535) throw new MalformedError("not a socket address");
  const bytes = unmapped(parseIp(match.v6 ?? match.v4 ?? ""));
  return { ip: formatIp(bytes), port };
}

/**
 * Where is an address valid? RFC 7425 §5.3.3 wants no loopback and link-local ones, and nobody can
 * be reached at the others.
 */
export function scopeOf(ip: string): "routable" | "loopback" | "useless" {
  const bytes = parseIp(ip);
  const [first = 0, second = 0] = bytes;
  if (bytes.length === 4) {
    if (first === 127) return "loopback";
    const isLinkLocal = first === 169 && second === 254;
    return first === 0 || first >= 224 || isLinkLocal ? "useless" : "routable";
  }
  if (bytes.subarray(0, 15).every((byte) => byte === 0)) {
    return bytes[15] === 1 ? "loopback" : "useless";
  }
  const isLinkLocal = first === 0xfe && (second & 0xc0) === 0x80;
  return first === 0xff || isLinkLocal ? "useless" : "routable";
}

/** An IPv4-mapped address is an IPv4 address to everybody else. */
function unmapped(bytes: Uint8Array): Uint8Array {
  const isMapped =
    bytes.length === 16 &&
    bytes.subarray(0, 10).every((byte) => byte === 0) &&
    bytes[10] === 0xff &&
    bytes[11] === 0xff;
  return isMapped ? bytes.subarray(12) : bytes;
}

const SOCKET_ADDRESS = /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<v4>[0-9.]+)):(?<port>\d{1,5})$/;
/** The longest IPv6 address in its longest form, brackets and port. */
const MAX_TEXT_LENGTH = 64;
