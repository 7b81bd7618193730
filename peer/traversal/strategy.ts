import type { Dependence, NatReport } from "./nat-report.ts";
import { HIGHEST_PORT, LOWEST_PORT } from "./port-samples.ts";

/** Which end of an introduction this is; exactly one is the initiator. */
export type PunchRole = "initiator" | "responder";

export interface PortRange {
  readonly base: number;
  readonly size: number;
}

/** Which end's ports are hit by chance; both do both where nobody knows which one's NAT is the hard. */
type SocketSide = "near" | "far" | "both";

/** How to get through two NATs, as one end sees it. */
export type Plan =
  /** Each sends to where servers see the other. `isFresh`: from a socket that nobody knows yet. */
  | { readonly type: "direct"; readonly isFresh: boolean }
  /** The next ports of these ends are foreseen: the other end sends to all of them. */
  | { readonly type: "predict"; readonly near: boolean; readonly far: boolean }
  /** One end opens many sockets, the other sends to ports in this range until it hits one. */
  | { readonly type: "birthday"; readonly sockets: SocketSide; readonly ports: PortRange }
  /** Both ends send to every port of the other's block, from another port each time. */
  | { readonly type: "scan"; readonly near: PortRange; readonly far: PortRange }
  /** No UDP: simultaneous open of TCP. */
  | { readonly type: "tcp" }
  /** Nothing gets through these two. */
  | { readonly type: "relay" };

/**
 * What to try, one attempt after the other, and from the start again. Both ends come to the same from
 * the same two reports. RFC 4787 calls the properties; what follows from them was found by trying all
 * pairs.
 */
export function strategies(near: NatReport, far: NatReport, role: PunchRole): readonly Plan[] {
  if (role === "responder") return strategies(far, near, "initiator").map(mirrored);
  if (near.udp === "blocked" || far.udp === "blocked") return [{ type: "tcp" }];
  const [one, other] = [sideOf(near), sideOf(far)];
  const plans = [
    // Behind one NAT, its inside addresses are all that is needed, or hairpinning.
    ...(sharesAddress(near, far) ? [DIRECT] : []),
    planFor(one, other),
    ...plansInDoubt(one, other),
  ];
  if (plans.some(({ type }) => type === "direct")) plans.push({ type: "direct", isFresh: true });
  const worthwhile = plans.filter(({ type }) => type !== "relay");
  return worthwhile.length > 0 ? distinct(worthwhile) : [{ type: "relay" }];
}

/** Do servers see both ends at one address? Then they are behind one NAT, or one host. */
export function sharesAddress(near: NatReport, far: NatReport): boolean {
  return near.reflexive.some(({ ip }) => far.reflexive.some((other) => other.ip === ip));
}

/** What counts of a NAT: EIM, ADM, APDM and EIF, ADF, APDF of RFC 4787. */
interface Side {
  readonly mapping: "EIM" | "ADM" | "APDM";
  readonly filtering: "EIF" | "ADF" | "APDF";
  readonly isSequential: boolean;
  readonly ports: PortRange | undefined;
  /** Its mapping may depend on addresses: nobody has seen it from two. */
  readonly isUncertain: boolean;
}

function sideOf(report: NatReport): Side {
  const { allocation, isTranslated, isMappingCertain } = report;
  const mapping = MAPPING[report.mapping];
  return {
    mapping,
    filtering: FILTERING[report.filtering],
    isSequential: allocation.type === "sequential",
    ports:
      allocation.type === "block" ? { base: allocation.base, size: allocation.size } : undefined,
    isUncertain:
      mapping === "EIM" &&
      isTranslated !== false &&
      !isMappingCertain &&
      allocation.type !== "preserving",
  };
}

/**
 * What else there is if the mapping of one or both depends on addresses after all, or if other hosts
 * behind a NAT that counts spoil every prediction.
 */
function plansInDoubt(one: Side, other: Side): Plan[] {
  const [doubtful, otherDoubtful] = [hardened(one), hardened(other)];
  const isForeseen = isSequence(doubtful) || isSequence(otherDoubtful);
  const predicted = isForeseen ? [predict(doubtful, otherDoubtful)] : [];
  const isHard = doubtful.mapping !== "EIM";
  const isOtherHard = otherDoubtful.mapping !== "EIM";
  if (isHard !== isOtherHard)
    return [...predicted, planFor(withRandomPorts(doubtful), withRandomPorts(otherDoubtful))];
  if (one.mapping === "EIM" && other.mapping === "EIM" && isHard) {
    return [...predicted, { type: "birthday", sockets: "both", ports: ALL_PORTS }];
  }
  return isHard ? [planForHard(doubtful, otherDoubtful)] : [];
}

/** The same, should its mapping depend on addresses. */
function hardened(side: Side): Side {
  return side.isUncertain ? { ...side, mapping: "ADM" } : side;
}

function withRandomPorts(side: Side): Side {
  return { ...side, isSequential: false };
}

/** Can its next port be foreseen? */
function isSequence({ mapping, isSequential }: Side): boolean {
  return mapping !== "EIM" && isSequential;
}

function planFor(one: Side, other: Side): Plan {
  const isHard = one.mapping !== "EIM";
  const isOtherHard = other.mapping !== "EIM";
  if (!isHard && !isOtherHard) return DIRECT;
  if (isHard && isOtherHard) return planForHard(one, other);
  const [easy, hard] = isHard ? [other, one] : [one, other];
  // Whoever answers any port of an address that it has sent to can be reached by its own known one.
  if (easy.filtering !== "APDF") return DIRECT;
  return hard.isSequential ? predict(one, other) : birthday(one, other);
}

/** Both ends have another port for each far end: where each can be reached is not known beforehand. */
function planForHard(one: Side, other: Side): Plan {
  return isPredictable(one, other) ?? scan(one, other) ?? { type: "relay" };
}

function isPredictable(one: Side, other: Side): Plan | undefined {
  const strict = [one, other].filter(({ filtering }) => filtering === "APDF");
  const isAnySequential = one.isSequential || other.isSequential;
  const areBothSequential = one.isSequential && other.isSequential;
  if (strict.length === 0) {
    if (one.filtering === "EIF" || other.filtering === "EIF") return DIRECT;
    return isAnySequential ? predict(one, other) : undefined;
  }
  if (areBothSequential) return predict(one, other);
  if (strict.length === 2) return undefined;
  // The strict one has to know from which port the other answers, whatever its own is.
  const loose = one.filtering === "APDF" ? other : one;
  const isAnyByAddress = one.mapping === "ADM" || other.mapping === "ADM";
  return loose.isSequential && isAnyByAddress ? predict(one, other) : undefined;
}

function predict(one: Side, other: Side): Plan {
  return { type: "predict", near: isSequence(one), far: isSequence(other) };
}

function birthday(one: Side, other: Side): Plan {
  const sockets = one.mapping === "EIM" ? "far" : "near";
  const { ports } = sockets === "near" ? one : other;
  return { type: "birthday", sockets, ports: ports ?? ALL_PORTS };
}

function scan(one: Side, other: Side): Plan | undefined {
  if (!one.ports || !other.ports) return undefined;
  if (one.ports.size * other.ports.size > MAX_SCAN_PAIRS) return undefined;
  return { type: "scan", near: one.ports, far: other.ports };
}

/** The plan as the other end sees it. */
function mirrored(plan: Plan): Plan {
  switch (plan.type) {
    case "predict":
      return { type: "predict", near: plan.far, far: plan.near };
    case "scan":
      return { type: "scan", near: plan.far, far: plan.near };
    case "birthday":
      return { ...plan, sockets: MIRRORED[plan.sockets] };
    default:
      return plan;
  }
}

function distinct(plans: readonly Plan[]): Plan[] {
  const texts = plans.map((plan) => JSON.stringify(plan));
  return plans.filter((_, index) => texts.indexOf(texts[index] ?? "") === index);
}

const MIRRORED: Readonly<Record<SocketSide, SocketSide>> = {
  near: "far",
  far: "near",
  both: "both",
};

/** How a direct path to a far end was found: by a plan, or at a port that its router gave it. */
export type DirectWay = "direct" | "mapped" | "predict" | "birthday" | "scan";

/** The other plans look only where nobody stands between. */
export function wayOf({ type }: Plan): DirectWay {
  return type === "relay" || type === "tcp" ? "direct" : type;
}

/** Attempts are counted on and on; after as many, more than any two NATs have plans, the first is next. */
export const ATTEMPTS_A_LAP = 8;

const DIRECT: Plan = { type: "direct", isFresh: false };

/** Until the contrary is known, a mapping is taken to be the usual one. */
const MAPPING: Readonly<Record<Dependence, Side["mapping"]>> = {
  "endpoint-independent": "EIM",
  "address-dependent": "ADM",
  "address-and-port-dependent": "APDM",
  unknown: "EIM",
};
/** And a filter to be the strictest. */
const FILTERING: Readonly<Record<Dependence, Side["filtering"]>> = {
  "endpoint-independent": "EIF",
  "address-dependent": "ADF",
  "address-and-port-dependent": "APDF",
  unknown: "APDF",
};

const ALL_PORTS: PortRange = { base: LOWEST_PORT, size: HIGHEST_PORT - LOWEST_PORT + 1 };
/**
 * With 2,048 probes of each end, two ports meet in a product of this size nine times in ten, and in a
 * greater one less often than it is worth.
 */
const MAX_SCAN_PAIRS = 1_400 ** 2;
