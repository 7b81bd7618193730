import { type AmfObject, type AmfValue, isAmfObject } from "../../protocol/amf/value.ts";
import { unlessMalformed } from "../../protocol/errors.ts";
import { type Address, sameAddress } from "../../protocol/wire/address.ts";
import { scopeOf } from "../../protocol/wire/ip.ts";
import { type Candidate, isFar, parseCandidates } from "../traversal/candidates.ts";
import { decodeNatReport, type NatReport } from "../traversal/nat-report.ts";

/** What is known of how to get to a far end. */
export interface FarContact {
  readonly nat: NatReport;
  readonly candidates: readonly Candidate[];
  /** IP addresses at which it is, on the word of the server; undefined: the server does not say. */
  readonly verifiedIps: readonly string[] | undefined;
}

/** What a server says of a peer, besides what the peer says of itself. */
export interface Witness {
  /** Where the server sees it. */
  readonly seenAt: Address;
  /** It is seen over UDP, so that others may reach it there, too. */
  readonly hasUdp: boolean;
}

/**
 * `contact` is what the far end has told of itself. Answers undefined if that makes no sense: then it
 * is none that signals are for.
 */
export function readFarContact(contact: AmfValue, witness?: Witness): FarContact | undefined {
  const told = isAmfObject(contact)
    ? unlessMalformed(() => decodeContact(contact, witness))
    : undefined;
  if (!told) return undefined;
  const { nat, candidates } = told;
  return {
    nat,
    candidates: [...candidates, ...(witness?.hasUdp ? seenBy(witness, nat, candidates) : [])],
    verifiedIps: witness && [witness.seenAt.ip],
  };
}

function decodeContact(
  { nat, candidates }: AmfObject,
  witness: Witness | undefined,
): Pick<FarContact, "nat" | "candidates"> {
  const report = decodeNatReport(nat);
  const reflexive = report.reflexive.filter(({ ip }) => isFar(ip) || isNearAs(ip, witness));
  return { nat: { ...report, reflexive }, candidates: parseCandidates(candidates ?? []) };
}

/** Where the server sees it on its own host, or link, it may well be there. */
function isNearAs(ip: string, witness: Witness | undefined): boolean {
  return witness !== undefined && scopeOf(ip) === scopeOf(witness.seenAt.ip);
}

/** A peer that has just come knows less of where it is than the server. */
function seenBy(
  { seenAt }: Witness,
  nat: NatReport,
  candidates: readonly Candidate[],
): readonly Candidate[] {
  const known = [...nat.reflexive, ...candidates.map(({ address }) => address)];
  const isKnown = known.some((address) => sameAddress(address, seenAt));
  return isKnown ? [] : [{ kind: "reflexive", address: seenAt }];
}
