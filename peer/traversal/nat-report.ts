import { MalformedError } from "../../protocol/errors.ts";
import type { Address } from "../../protocol/wire/address.ts";
import { formatAddresses, parseAddressTexts } from "./address-text.ts";

/** On what of the far end a mapping, or a filter, depends: RFC 4787 §4.1 and §5. */
export type Dependence =
  | "endpoint-independent"
  | "address-dependent"
  | "address-and-port-dependent"
  | "unknown";

/** Which external port a new mapping gets, RFC 4787 §4.2. */
export type PortAllocation =
  | { readonly type: "unknown" }
  /** The port of the inside host. */
  | { readonly type: "preserving" }
  /** That of the mapping made before, and `step` more (or less: it may be negative). */
  | { readonly type: "sequential"; readonly step: number }
  /** Any of the `size` ports from `base` on. */
  | { readonly type: "block"; readonly base: number; readonly size: number }
  /** Any port at all. */
  | { readonly type: "random" };

/** What is known of the NAT in front of a peer, in the words of RFC 4787. */
export interface NatReport {
  /** Do UDP datagrams get out, and answers back? */
  readonly udp: "open" | "blocked" | "unknown";
  /** Is there a NAT at all? Behind none there may still be a firewall: see `filtering`. */
  readonly isTranslated: boolean | undefined;
  readonly mapping: Dependence;
  /**
   * Was the mapping seen from two IP addresses? From two ports of one address,
   * "address-dependent" looks "endpoint-independent".
   */
  readonly isMappingCertain: boolean;
  readonly filtering: Dependence;
  readonly allocation: PortAllocation;
  /** Can two hosts behind it reach each other's external addresses? RFC 4787 §6. */
  readonly hairpin: boolean | undefined;
  /** The main socket as servers see it: several where the mapping depends on the destination. */
  readonly reflexive: readonly Address[];
}

/** Before anything is known. */
export const UNKNOWN_NAT: NatReport = Object.freeze<NatReport>({
  udp: "unknown",
  isTranslated: undefined,
  mapping: "unknown",
  isMappingCertain: false,
  filtering: "unknown",
  allocation: { type: "unknown" },
  hairpin: undefined,
  reflexive: [],
});

/** A report as AMF and JSON carry it. */
export interface NatReportObject {
  [key: string]: string | boolean | string[] | { [key: string]: string | number };
}

export function encodeNatReport(report: NatReport): NatReportObject {
  const { udp, isTranslated, mapping, isMappingCertain, filtering, hairpin } = report;
  return {
    udp,
    ...(isTranslated === undefined ? {} : { translated: isTranslated }),
    mapping,
    certain: isMappingCertain,
    filtering,
    allocation: { ...report.allocation },
    ...(hairpin === undefined ? {} : { hairpin }),
    reflexive: formatAddresses(report.reflexive.slice(0, MAX_REFLEXIVE)),
  };
}

/** A stranger's report. Throws MalformedError if it is none; what it lacks is unknown. */
export function decodeNatReport(value: unknown): NatReport {
  const fields = fieldsOf(value);
  return {
    udp: oneOf(UDP, fields.udp),
    isTranslated: flag(fields.translated),
    mapping: oneOf(DEPENDENCE, fields.mapping),
    isMappingCertain: flag(fields.certain) ?? false,
    filtering: oneOf(DEPENDENCE, fields.filtering),
    allocation: decodeAllocation(fields.allocation),
    hairpin: flag(fields.hairpin),
    reflexive: parseAddressTexts(fields.reflexive ?? [], MAX_REFLEXIVE),
  };
}

function decodeAllocation(value: unknown): PortAllocation {
  if (value === undefined) return { type: "unknown" };
  const { type, step, base, size } = fieldsOf(value);
  switch (type) {
    case "unknown":
    case "preserving":
    case "random":
      return { type };
    case "sequential": {
      const by = whole(step, -MAX_STEP, MAX_STEP);
      if (by === 0) throw new MalformedError("a sequence has a step");
      return { type, step: by };
    }
    case "block": {
      const from = whole(base, 1, MAX_PORT);
      return { type, base: from, size: whole(size, 1, MAX_PORT + 1 - from) };
    }
    default:
      throw new MalformedError("no kind of port allocation");
  }
}

/** The fields of an object that a stranger sent. Throws MalformedError if it is none. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new MalformedError("not an object");
  }
  return value as Record<string, unknown>;
}

/** A whole number that a stranger sent. Throws MalformedError if it is none, or out of range. */
export function whole(value: unknown, from: number, to: number): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < from || value > to) {
    throw new MalformedError(`not a whole number from ${from} to ${to}`);
  }
  return value;
}

function flag(value: unknown): boolean | undefined {
  if (value === undefined || typeof value === "boolean") return value;
  throw new MalformedError("neither true nor false");
}

function oneOf<Word extends string>(words: readonly Word[], value: unknown): Word | "unknown" {
  if (value === undefined) return "unknown";
  const word = words.find((known) => known === value);
  if (word === undefined) throw new MalformedError("an unknown word in a NAT report");
  return word;
}

const UDP = ["open", "blocked", "unknown"] as const;
const DEPENDENCE = [
  "endpoint-independent",
  "address-dependent",
  "address-and-port-dependent",
  "unknown",
] as const;

/** A report is made from a handful of answers; each may name another address. */
export const MAX_REFLEXIVE = 8;
/** NATs that count count by 1 or 2; further apart than this is no sequence. */
export const MAX_STEP = 16;
const MAX_PORT = 65_535;
