import { type AmfObject, type AmfValue, isAmfObject } from "../../protocol/amf/value.ts";
import { fromHex } from "../../protocol/bytes/hex.ts";
import { unlessMalformed } from "../../protocol/errors.ts";
import { type Address, isNowhere } from "../../protocol/wire/address.ts";
import { parseAddressText } from "../traversal/address-text.ts";
import type { Witness } from "./far-contact.ts";

/** What the server tells of another peer, docs/relay.md. All of it may be missing. */
export interface Acquaintance {
  readonly certificate: Uint8Array | undefined;
  /** What it has told of itself. */
  readonly contact: AmfValue;
  /** It can be reached over the relay. */
  readonly hasRelay: boolean;
  /** What the server says of where it is. */
  readonly witness: Witness | undefined;
}

/** Whatever makes no sense is left out: a session proves who is at its far end. */
export function readAcquaintance(info: AmfValue): Acquaintance {
  const { certificate, contact, addresses, seenAt }: AmfObject = isAmfObject(info) ? info : {};
  const [seen] = readText(seenAt);
  return {
    certificate:
      typeof certificate === "string" ? unlessMalformed(() => fromHex(certificate)) : undefined,
    contact,
    hasRelay: isAmfObject(contact) && contact.relay === true,
    witness: seen && { seenAt: seen, hasUdp: Array.isArray(addresses) && addresses[0] === seenAt },
  };
}

/** The first `limit` of a list, without what is no address, or one where nobody can be. */
export function readAddresses(values: AmfValue, limit: number): Address[] {
  return Array.isArray(values) ? values.slice(0, limit).flatMap(readText) : [];
}

function readText(value: AmfValue): Address[] {
  const address = unlessMalformed(() => parseAddressText(value));
  return address && !isNowhere(address) ? [address] : [];
}
