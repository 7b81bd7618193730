import type { Reader } from "../bytes/reader.ts";
import type { Writer } from "../bytes/writer.ts";
import { MalformedError } from "../errors.ts";
import { formatIp, parseIp, scopeOf } from "./ip.ts";

/**
 * Where a datagram comes from or goes to. `ip` is in canonical text form; what a link says of a link-local
 * source may have a zone (`%eth0`), which never goes out in a packet.
 */
export interface Address {
  readonly ip: string;
  readonly port: number;
}

/** How the one who speaks of an address knows it, RFC 7016 §2.1.5. */
export const Origin = { unknown: 0, reported: 1, observed: 2, relay: 3 } as const;
export type Origin = (typeof Origin)[keyof typeof Origin];

export interface CandidateAddress extends Address {
  readonly origin: Origin;
}

/** RFC 7016 §2.1.5: `flags(1) ip(4|16) port(2)`, flags: 0x80 IPv6, 0x03 origin. */
export function readAddress(reader: Reader): CandidateAddress {
  const flags = reader.u8();
  const ip = formatIp(reader.bytes(flags & IPV6 ? 16 : 4));
  const port = reader.u16();
  return { ip, port, origin: (flags & ORIGIN) as Origin };
}

export function writeAddress(writer: Writer, address: CandidateAddress): void {
  const ip = parseIp(address.ip);
  writer.u8((ip.length === 16 ? IPV6 : 0) | address.origin);
  writer.put(ip).u16(address.port);
}

export function sameAddress(one: Address, other: Address): boolean {
  return one.port === other.port && one.ip === other.ip;
}

/** Nobody can be there: MonaServer2 says so of a peer that it does not know. */
export function isNowhere({ ip, port }: Address): boolean {
  return port === 0 || scopeOf(ip) === "nobody";
}

/** `127.0.0.1:1935` or `[::1]:1935`. */
export function formatAddress(address: Address): string {
  return address.ip.includes(":")
    ? `[${address.ip}]:${address.port}`
    : `${address.ip}:${address.port}`;
}

/**
 * Reads what `formatAddress` writes: the ip in any form, without a zone, IPv6 alone in brackets; the
 * port may be 0. Throws MalformedError on anything else.
 */
export function parseAddress(text: string): Address {
  const parts = text.length > MAX_TEXT_LENGTH ? undefined : SOCKET_ADDRESS.exec(text)?.groups;
  const port = Number(parts?.port);
  if (!parts || port > 65_535) throw new MalformedError("not an IP address and a port");
  const { v6, v4 = "" } = parts;
  const bytes = parseIp(v6 ?? v4);
  if (v6 !== undefined && bytes.length === 4) throw new MalformedError("IPv4 in brackets");
  return { ip: formatIp(bytes), port };
}

const SOCKET_ADDRESS = /^(?:\[(?<v6>[0-9a-fA-F:.]+)\]|(?<v4>[0-9.]+)):(?<port>\d{1,5})$/;
/** The longest IPv6 address in text form has 45 characters, its brackets, colon and port 8 more. */
const MAX_TEXT_LENGTH = 53;

const IPV6 = 0x80;
const ORIGIN = 0x03;
