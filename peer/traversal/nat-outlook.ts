import type { NatReport } from "./nat-report.ts";
import { type Plan, strategies } from "./strategy.ts";

/** A kind of network that another peer may be in. */
export type FarKind =
  | "no-nat"
  | "full-cone"
  | "home-router"
  | "symmetric-sequential"
  | "symmetric-block"
  | "symmetric-random"
  | "udp-blocked";

/** How a session comes about with a peer in such a network. */
export interface Prospect {
  readonly far: FarKind;
  /** The first plan; others follow if it fails, the relay last. */
  readonly way: Plan["type"];
}

/** What a host behind such a NAT may expect of peers behind others. */
export function outlook(near: NatReport): Prospect[] {
  return Object.entries(FAR).map(([far, report]) => {
    const [plan] = strategies(near, report, "initiator");
    return { far: far as FarKind, way: plan?.type ?? "relay" };
  });
}

const HOME: NatReport = {
  udp: "open",
  isTranslated: true,
  mapping: "endpoint-independent",
  isMappingCertain: true,
  filtering: "address-and-port-dependent",
  allocation: { type: "preserving" },
  hairpin: undefined,
  reflexive: [],
};
const SYMMETRIC: NatReport = { ...HOME, mapping: "address-and-port-dependent" };

const FAR: Readonly<Record<FarKind, NatReport>> = {
  "no-nat": { ...HOME, isTranslated: false, filtering: "endpoint-independent" },
  "full-cone": { ...HOME, filtering: "endpoint-independent" },
  "home-router": HOME,
  "symmetric-sequential": { ...SYMMETRIC, allocation: { type: "sequential", step: 1 } },
  "symmetric-block": { ...SYMMETRIC, allocation: { type: "block", base: 30_000, size: 512 } },
  "symmetric-random": { ...SYMMETRIC, allocation: { type: "random" } },
  "udp-blocked": { ...HOME, udp: "blocked" },
};
