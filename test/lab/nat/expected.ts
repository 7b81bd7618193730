import type { NatClass } from "./classes.ts";
import { type Dependence, type NatConfig, natConfig } from "./config.ts";

/**
 * How two peers can meet at best, if one knows no more than their NATs tell. `D`: direct, by packets to
 * the addresses that the server sees. `P`: by predicting the next ports. `B`: birthday, many ports of
 * one side against many probes of the other. `scan`: both try each port of a small block. `R`: relay.
 */
export type Meeting = "D" | "P" | "B" | "scan" | "R";

/** What matters about a peer's access: the strictest of its layers. */
interface Traits {
  /** `easy`: the address that the server sees is the one that the other peer sees. */
  readonly mapping: "easy" | "address-dependent" | "address-and-port-dependent";
  readonly filtering: Dependence;
  readonly ports: "sequential" | "random" | "block";
  readonly hasUdp: boolean;
}

/** The theoretical result for a pair of classes that are not behind the same NAT; symmetric. */
export function expected(one: NatClass, other: NatClass): Meeting {
  const [a, b] = [traits(one), traits(other)];
  if (!a.hasUdp || !b.hasUdp) return "R";
  if (a.mapping === "easy" && b.mapping === "easy") return "D";
  if (a.mapping === "easy") return easyAgainstHard(a, b);
  if (b.mapping === "easy") return easyAgainstHard(b, a);
  return hardAgainstHard(a, b);
}

/** One side is where it is seen. If it lets the other's unknown port in, that port is known. */
function easyAgainstHard(easy: Traits, hard: Traits): Meeting {
  if (!isPortDependent(easy)) return "D";
  return hard.ports === "sequential" ? "P" : "B";
}

/** Neither is where it is seen. */
function hardAgainstHard(a: Traits, b: Traits): Meeting {
  const opens = a.filtering === "endpoint-independent" || b.filtering === "endpoint-independent";
  if (opens && !isPortDependent(a) && !isPortDependent(b)) return "D";
  if (isPortDependent(a) && isPortDependent(b)) return bothPortDependent(a, b);
  if (isPortDependent(a)) return predictable(b, a);
  if (isPortDependent(b)) return predictable(a, b);
  return a.ports === "sequential" || b.ports === "sequential" ? "P" : "R";
}

/** `strict` hears only the port that it has sent to, so that `loose` must have a port to predict. */
function predictable(loose: Traits, strict: Traits): Meeting {
  if (loose.ports !== "sequential") return "R";
  const isLost = bothMapPorts(loose, strict) && strict.ports !== "sequential";
  return isLost ? "R" : "P";
}

function bothPortDependent(a: Traits, b: Traits): Meeting {
  if (a.ports === "sequential" && b.ports === "sequential") return "P";
  return a.ports === "block" && b.ports === "block" ? "scan" : "R";
}

/** Then a new port on one side changes that of the other: there is nothing that stays to be found. */
function bothMapPorts(a: Traits, b: Traits): boolean {
  return a.mapping === "address-and-port-dependent" && b.mapping === "address-and-port-dependent";
}

function isPortDependent({ filtering }: Traits): boolean {
  return filtering === "address-and-port-dependent";
}

function traits({ layers }: NatClass): Traits {
  let strictest: Traits = {
    mapping: "easy",
    filtering: "endpoint-independent",
    ports: "random",
    hasUdp: true,
  };
  for (const layer of layers) strictest = stricter(strictest, natConfig(layer));
  return strictest;
}

function stricter(outer: Traits, config: NatConfig): Traits {
  const mapping = isEasy(config) ? "easy" : config.mapping;
  const isHarder = rank(mapping) > rank(outer.mapping);
  const { kind } = config.allocation;
  const ports = kind === "preserving" ? "random" : kind;
  return {
    mapping: isHarder ? (mapping as Traits["mapping"]) : outer.mapping,
    filtering: rank(config.filtering) > rank(outer.filtering) ? config.filtering : outer.filtering,
    ports: isHarder ? ports : outer.ports,
    hasUdp: outer.hasUdp && !config.blocksUdp,
  };
}

/** Overloaded ports that are kept look endpoint-independent to all but a crowd. */
function isEasy({ mapping, allocation, overloading }: NatConfig): boolean {
  if (mapping === "none" || mapping === "endpoint-independent") return true;
  return overloading && allocation.kind === "preserving";
}

function rank(dependence: string): number {
  return ["address-dependent", "address-and-port-dependent"].indexOf(dependence);
}
