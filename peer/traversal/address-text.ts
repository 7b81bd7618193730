import { MalformedError } from "../../protocol/errors.ts";
import { type Address, formatAddress } from "../../protocol/wire/address.ts";
import { formatIp, parseIp } from "../../protocol/wire/ip.ts";

/**
 * An address that a stranger wrote, `192.0.2.1:1935` or `[2001:db8::1]:1935`, its ip in canonical
 * form. Throws MalformedError on anything else, and on a port of 0 unless `mayLackPort`.
 */
export function parseAddressText(value: unknown, mayLackPort = false): Address {
  if (typeof value !== "string" || value.length > MAX_ADDRESS_TEXT) {
    throw new MalformedError("an address is a short text");
  }
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([0-9.]+)):(\d{1,5})$/.exec(value);
  const port = Number(match?.[3]);
  if (!match || port > 65_535 || (port === 0 && !mayLackPort)) {
    throw new MalformedError(`not an address: ${value}`);
  }
  const bytes = parseIp(match[1] ?? match[2] ?? "");
  // Brackets belong to IPv6 alone.
  if ((bytes.length === 16) !== (match[1] !== undefined)) {
    throw new MalformedError(`not an address: ${value}`);
  }
  return { ip: formatIp(bytes), port };
}

/** The addresses of a stranger's list, at most `limit`. Throws MalformedError if it is none or longer. */
export function parseAddressTexts(value: unknown, limit: number): Address[] {
  if (!Array.isArray(value) || value.length > limit) {
    throw new MalformedError(`not a list of at most ${limit} addresses`);
  }
  return value.map((item: unknown) => parseAddressText(item));
}

export function formatAddresses(addresses: readonly Address[]): string[] {
  return addresses.map(formatAddress);
}

/** The longest IPv6 address in text form has 45 characters, its brackets, colon and port 8 more. */
const MAX_ADDRESS_TEXT = 53;
