import { MalformedError } from "../../protocol/errors.ts";
import { type Address, formatAddress, sameAddress } from "../../protocol/wire/address.ts";
import { scopeOf } from "../../protocol/wire/ip.ts";
import { parseAddressText } from "./address-text.ts";

/**
 * How an address of a peer became known, RFC 8445 §5.1.1: an interface of its own, what a server
 * sees, what the far end sees, a mapping that its router made on request, or the relay.
 */
type CandidateKind = "host" | "reflexive" | "peer-reflexive" | "mapped" | "relay";

/** An address where a peer may be reached. */
export interface Candidate {
  readonly kind: CandidateKind;
  readonly address: Address;
}

/** Which of a host's own addresses are told to others. */
export type HostPolicy =
  /** All but loopback and link-local ones. */
  | "all"
  /** Those that are unique in the internet. */
  | "public"
  | "none";

/** The host candidates of sockets on these ports. `ips`: of all interfaces. */
export function hostCandidates(
  ips: readonly string[],
  ports: { readonly v4?: number | undefined; readonly v6?: number | undefined },
  policy: HostPolicy,
): Candidate[] {
  if (policy === "none") return [];
  return ips.flatMap((ip) => {
    const port = ip.includes(":") ? ports.v6 : ports.v4;
    const scope = scopeOf(ip);
    const isTold = scope === "global" || (scope === "private" && policy === "all");
    return isTold && port !== undefined ? [{ kind: "host" as const, address: { ip, port } }] : [];
  });
}

/** Each address once, the best first, and no more than may be sent. */
export function chosenCandidates(candidates: readonly Candidate[]): Candidate[] {
  const best = candidates.toSorted((one, other) => priority(other) - priority(one));
  return best
    .filter(
      ({ address }, index) =>
        best.findIndex((other) => sameAddress(other.address, address)) === index,
    )
    .slice(0, MAX_FAR_CANDIDATES);
}

/** `host 192.0.2.1:1935`. */
export function formatCandidate({ kind, address }: Candidate): string {
  return `${kind} ${formatAddress(address)}`;
}

/**
 * The candidates that a stranger names, in order of priority. Those that nobody can be reached at are
 * left out. Throws MalformedError if it is no list of candidates, or too long.
 */
export function parseCandidates(value: unknown): Candidate[] {
  if (!Array.isArray(value) || value.length > MAX_FAR_CANDIDATES) {
    throw new MalformedError(`not a list of at most ${MAX_FAR_CANDIDATES} candidates`);
  }
  const candidates = value.map((item: unknown) => parseCandidate(item));
  return chosenCandidates(candidates.filter(isReachable));
}

/** Is it where a peer is seen from outside of its network? */
export function isOutside({ kind }: Candidate): boolean {
  return kind === "reflexive" || kind === "mapped" || kind === "peer-reflexive";
}

/** Does the address belong to a private network, or to this host alone? */
export function isLocalScope(ip: string): boolean {
  return scopeOf(ip) !== "global";
}

/** Whatever a stranger names, it is not this host, nor somebody on a link of ours. */
export function isFar(ip: string): boolean {
  const scope = scopeOf(ip);
  return scope === "global" || scope === "private";
}

function parseCandidate(value: unknown): Candidate {
  const [word, text, ...rest] = typeof value === "string" ? value.split(" ", 3) : [];
  const kind = KINDS.find((known) => known === word);
  if (kind === undefined || rest.length > 0) throw new MalformedError("not a candidate");
  return { kind, address: parseAddressText(text, kind === "relay") };
}

/** The relay has an address of its own form. */
function isReachable({ kind, address }: Candidate): boolean {
  return kind === "relay" || isFar(address.ip);
}

/** Hosts on the same network first, then what costs the least on the way; IPv6 before IPv4. */
function priority({ kind, address }: Candidate): number {
  return PREFERENCE[kind] * 2 + (address.ip.includes(":") ? 1 : 0);
}

/** The type preferences of RFC 8445 §5.1.2.2; a mapping made on request is better than one by chance. */
const PREFERENCE: Readonly<Record<CandidateKind, number>> = {
  host: 126,
  "peer-reflexive": 110,
  mapped: 105,
  reflexive: 100,
  relay: 0,
};
const KINDS = Object.keys(PREFERENCE) as CandidateKind[];

/** Candidates of one peer: a far end decides how many it names, and each costs probes. */
export const MAX_FAR_CANDIDATES = 16;
