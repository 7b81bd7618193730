import type { Dependence, NatSettings, PortAllocation } from "./config.ts";

/** One kind of access that a peer may have, as a row of the matrix of NAT pairs. */
export interface NatClass {
  readonly key: string;
  /** In the words of RFC 4787. */
  readonly words: string;
  /** NATs from the internet inwards: none for a public address, two for a home behind a carrier's. */
  readonly layers: readonly NatSettings[];
}

const NAMES: Readonly<
  Record<Dependence, { readonly mapping: string; readonly filtering: string }>
> = {
  "endpoint-independent": { mapping: "eim", filtering: "eif" },
  "address-dependent": { mapping: "adm", filtering: "adf" },
  "address-and-port-dependent": { mapping: "apdm", filtering: "apdf" },
};

/** A class of RFC 4787: how it maps, how it filters, and how it chooses ports. */
function rfc4787(mapping: Dependence, filtering: Dependence, allocation: PortAllocation): NatClass {
  const { kind } = allocation;
  const ports =
    kind === "block" ? `random ports from a block of ${allocation.size}` : `${kind} ports`;
  const suffix = mapping === "endpoint-independent" ? "" : `-${kind}`;
  return {
    key: `${NAMES[mapping].mapping}-${NAMES[filtering].filtering}${suffix}`,
    words: `${mapping} mapping, ${filtering} filtering, ${ports}`,
    layers: [{ mapping, filtering, allocation }],
  };
}

/** A small block would soon be exhausted if each far end took a port of its own. */
function overloaded({ key, words, layers }: NatClass): NatClass {
  return {
    key,
    words: `${words}, overloaded`,
    layers: layers.map((layer) => ({ ...layer, overloading: true })),
  };
}

/**
 * Linux's `masquerade`: looks endpoint-independent, because it keeps ports; in truth every flow has its
 * own mapping, and two hosts may share a port toward different far ends. Timers of nf_conntrack.
 */
export const LINUX_NAT: NatSettings = {
  mapping: "address-and-port-dependent",
  filtering: "address-and-port-dependent",
  allocation: { kind: "preserving" },
  overloading: true,
  unsolicited: "drop",
  refresh: "both",
  udp: { unrepliedMs: 30_000, repliedMs: 120_000, repliedAfterMs: 2_000 },
  tcp: { unrepliedMs: 120_000, repliedMs: 432_000_000, repliedAfterMs: 0 },
};

const RANDOM: PortAllocation = { kind: "random" };
const SEQUENTIAL: PortAllocation = { kind: "sequential" };
const BLOCK: PortAllocation = { kind: "block", size: 512 };
const ALL: readonly Dependence[] = [
  "endpoint-independent",
  "address-dependent",
  "address-and-port-dependent",
];
const [, ADDRESS, PORT] = ALL as readonly [Dependence, Dependence, Dependence];

const PURE: readonly NatClass[] = [
  ...ALL.map((filtering) => rfc4787("endpoint-independent", filtering, RANDOM)),
  ...[ADDRESS, PORT].flatMap((mapping) =>
    ALL.flatMap((filtering) =>
      [SEQUENTIAL, RANDOM].map((allocation) => rfc4787(mapping, filtering, allocation)),
    ),
  ),
];

/** Every class by its key: the 15 of RFC 4787's choices, and those that one meets besides. */
export const NAT_CLASSES: ReadonlyMap<string, NatClass> = new Map(
  [
    { key: "open", words: "no NAT, public address", layers: [] },
    {
      key: "firewall",
      words: "no NAT, stateful firewall: address-and-port-dependent filtering",
      layers: [{ mapping: "none" }] satisfies NatSettings[],
    },
    ...PURE,
    overloaded(rfc4787(PORT, PORT, BLOCK)),
    {
      key: "linux",
      words: "Linux masquerade: port-preserving, overloaded ports; drops what nobody asked for",
      layers: [LINUX_NAT],
    },
    {
      key: "linux-accept",
      words: "Linux masquerade that takes unsolicited packets for its own: early packets poison",
      layers: [{ ...LINUX_NAT, unsolicited: "accept" }] satisfies NatSettings[],
    },
    {
      key: "linux-random",
      words: "Linux masquerade with random ports",
      layers: [{ ...LINUX_NAT, allocation: RANDOM }],
    },
    {
      key: "cgn",
      words: "Linux masquerade behind a carrier's endpoint-independent NAT that hairpins",
      layers: [{ hairpin: "external-source" }, LINUX_NAT] satisfies NatSettings[],
    },
    {
      key: "udp-blocked",
      words: "Linux masquerade that lets no UDP pass",
      layers: [{ ...LINUX_NAT, blocksUdp: true }],
    },
  ].map((natClass) => [natClass.key, natClass]),
);

/** The classes of the matrix that is run by default: every kind of pair is in it. */
export const MATRIX_CLASSES: readonly NatClass[] = [
  "open",
  "firewall",
  "eim-eif",
  "eim-adf",
  "eim-apdf",
  "linux",
  "linux-accept",
  "cgn",
  "adm-apdf-sequential",
  "apdm-eif-random",
  "apdm-adf-random",
  "apdm-apdf-sequential",
  "apdm-apdf-block",
  "apdm-apdf-random",
  "udp-blocked",
].map(natClass);

/** The class of this key. Throws RangeError if there is none. */
export function natClass(key: string): NatClass {
  const found = NAT_CLASSES.get(key);
  if (!found) throw new RangeError(`unknown NAT class: ${key}`);
  return found;
}
