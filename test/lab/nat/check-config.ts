import type { NatConfig, NatTimers, PortAllocation } from "./config.ts";

/** Throws RangeError naming a field that makes no sense: settings may come out of a file. */
export function checkNat(config: NatConfig): void {
  checkWords(config);
  for (const field of FLAGS) {
    if (typeof config[field] !== "boolean")
      throw new RangeError(`${field}: neither true nor false`);
  }
  checkPorts(config);
  checkAllocation(config.allocation, config.lastPort - config.firstPort + 1);
  checkTimers("udp", config.udp);
  checkTimers("tcp", config.tcp);
  checkNumber("maxMappings", config.maxMappings);
}

function checkWords(config: NatConfig): void {
  for (const [field, words] of Object.entries(WORDS)) {
    const value: unknown = config[field as keyof NatConfig];
    if (!words.includes(String(value))) throw new RangeError(`unknown ${field}: ${value}`);
  }
}

function checkPorts({ firstPort, lastPort, tcpPorts }: NatConfig): void {
  if (!isPort(firstPort) || !isPort(lastPort) || firstPort > lastPort) {
    throw new RangeError(`firstPort and lastPort are no range of ports: ${firstPort}-${lastPort}`);
  }
  if (tcpPorts !== undefined && !(Array.isArray(tcpPorts) && tcpPorts.every(isPort))) {
    throw new RangeError("tcpPorts: no list of ports");
  }
}

/** `count`: of the ports that there are. */
function checkAllocation(allocation: PortAllocation, count: number): void {
  if (!ALLOCATIONS.includes(allocation.kind)) {
    throw new RangeError(`unknown allocation: ${allocation.kind}`);
  }
  if (allocation.kind === "block" && !(allocation.size >= 1 && allocation.size <= count)) {
    throw new RangeError(`allocation: a block of ${allocation.size} does not fit ${count} ports`);
  }
  if (allocation.kind !== "sequential") return;
  const { step = 1, startPort, busyPerSecond } = allocation;
  if (!Number.isInteger(step)) throw new RangeError(`allocation: step is no whole number: ${step}`);
  if (startPort !== undefined && !isPort(startPort)) {
    throw new RangeError(`allocation: startPort is no port: ${startPort}`);
  }
  checkNumber("allocation: busyPerSecond", busyPerSecond ?? 0);
}

function checkTimers(field: string, timers: NatTimers): void {
  for (const [name, value] of Object.entries(timers)) {
    if (!TIMERS.includes(name)) throw new RangeError(`${field}: unknown timer: ${name}`);
    checkNumber(`${field}: ${name}`, value);
  }
}

function checkNumber(what: string, value: unknown): void {
  if (typeof value === "number" && value >= 0) return;
  throw new RangeError(`${what} is no number from 0 on: ${value}`);
}

function isPort(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 65_535;
}

const DEPENDENCES: readonly string[] = [
  "endpoint-independent",
  "address-dependent",
  "address-and-port-dependent",
];
const ALLOCATIONS: readonly string[] = ["preserving", "sequential", "random", "block"];
const TIMERS: readonly string[] = ["unrepliedMs", "repliedMs", "repliedAfterMs"];
const FLAGS = ["parity", "overloading", "blocksUdp"] as const;
const WORDS: Readonly<Record<string, readonly string[]>> = {
  mapping: [...DEPENDENCES, "none"],
  filtering: DEPENDENCES,
  unsolicited: ["drop", "reject", "accept"],
  hairpin: ["none", "internal-source", "external-source"],
  refresh: ["outbound", "both"],
};
