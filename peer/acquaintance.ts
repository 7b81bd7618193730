import { type AmfObject, type AmfValue, isAmfObject } from "../protocol/amf/value.ts";
import { fromHex } from "../protocol/bytes/hex.ts";
import { MalformedError } from "../protocol/errors.ts";
import type { Address } from "../protocol/wire/address.ts";
import { parseIp } from "../protocol/wire/ip.ts";
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
      typeof certificate === "string" ? unlessMalformed(fromHex, certificate) : undefined,
    contact,
    hasRelay: isAmfObject(contact) && contact.relay === true,
    witness: seen && { seenAt: seen, hasUdp: Array.isArray(addresses) && addresses[0] === seenAt },
  };
}

/** The first `limit` of a list, without what is no address. */
export function readAddresses(values: AmfValue, limit: number): Address[] {
  return Array.isArray(values) ? values.slice(0, limit).flatMap(readText) : [];
}

function readText(value: AmfValue): Address[] {
  const address = typeof value === "string" ? unlessMalformed(readAddressText, value) : undefined;
  return address ? [address] : [];
}

function readAddressText(text: string): Address {
  const parts = SOCKET_ADDRESS.exec(text)?.groups;
  const ip = parts?.v6 ?? parts?.v4 ?? "";
  const port = Number(parts?.port);
  parseIp(ip);
  if (port === 0 || port > 65_535) throw new MalformedError("not a port");
  return { ip, port };
}

function unlessMalformed<Value>(read: (text: string) => Value, text: string): Value | undefined {
  try {
    return read(text);
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    return undefined;
  }
}

const SOCKET_ADDRESS = /^(?:\[(?<v6>[0-9a-f:.]+)\]|(?<v4>[0-9.]+)):(?<port>\d{1,5})$/;
