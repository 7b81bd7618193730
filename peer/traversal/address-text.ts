import { MalformedError } from "../../protocol/errors.ts";
import {
  type Address,
  formatAddress,
  isNowhere,
  parseAddress,
} from "../../protocol/wire/address.ts";

/**
 * An address that a stranger wrote, see `parseAddress`. Throws MalformedError on anything else, and on a
 * port of 0 unless `mayLackPort`.
 */
export function parseAddressText(value: unknown, mayLackPort = false): Address {
  if (typeof value !== "string") throw new MalformedError("an address is a text");
  const address = parseAddress(value);
  if (address.port === 0 && !mayLackPort) throw new MalformedError(`no port: ${value}`);
  return address;
}

/**
 * The addresses of a stranger's list, at most `limit`, without those where nobody can be. Throws
 * MalformedError if it is none or longer.
 */
export function parseAddressTexts(value: unknown, limit: number): Address[] {
  if (!Array.isArray(value) || value.length > limit) {
    throw new MalformedError(`not a list of at most ${limit} addresses`);
  }
  const addresses = value.map((item: unknown) => parseAddressText(item));
  return addresses.filter((address) => !isNowhere(address));
}

export function formatAddresses(addresses: readonly Address[]): string[] {
  return addresses.map(formatAddress);
}
