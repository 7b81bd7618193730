import { MAX_STEP, type PortAllocation } from "./nat-report.ts";

/** One new mapping that a server saw. */
export interface PortSample {
  /** Port of the socket on this host. */
  readonly localPort: number;
  /** External port of its mapping. */
  readonly port: number;
}

/** How a NAT chooses ports, RFC 4787 §4.2, from new mappings in the order in which it made them. */
export function classifyAllocation(samples: readonly PortSample[]): PortAllocation {
  if (samples.length < 2) return { type: "unknown" };
  const preserved = samples.filter(({ localPort, port }) => localPort === port);
  // One may differ: another host had that port.
  if (preserved.length >= Math.max(2, samples.length - 1)) return { type: "preserving" };
  if (samples.length < MIN_SEQUENCE) return { type: "unknown" };
  const ports = samples.map(({ port }) => port);
  const step = stepOf(ports);
  if (step !== undefined) return { type: "sequential", step };
  if (samples.length < BLOCK_SAMPLES) return { type: "random" };
  return blockOf(ports) ?? { type: "random" };
}

/** Are these ports, few as they are, so near to each other that more samples may show a block? */
export function mayBeBlock(ports: readonly number[]): boolean {
  return ports.length >= MIN_SEQUENCE && spanOf(ports) < NARROW_SPAN;
}

/**
 * The step of a counter that other hosts count on as well. Once it may have gone round, or have been
 * far ahead.
 */
function stepOf(ports: readonly number[]): number | undefined {
  const leaps = ports.slice(1).map((port, index) => port - (ports[index] ?? 0));
  const near = leaps.filter((leap) => leap !== 0 && Math.abs(leap) <= MAX_LEAP);
  const spared = leaps.length > MIN_SEQUENCE ? 1 : 0;
  if (near.length < leaps.length - spared) return undefined;
  const step = near.reduce((least, leap) => (Math.abs(leap) < Math.abs(least) ? leap : least));
  const isCounter = near.every((leap) => leap * step > 0 && leap % step === 0);
  return isCounter && Math.abs(step) <= MAX_STEP ? step : undefined;
}

/** The block that ports were drawn from: as much longer at both ends as they lie apart. */
function blockOf(ports: readonly number[]): PortAllocation | undefined {
  const span = spanOf(ports);
  const margin = Math.ceil(span / ports.length);
  const base = Math.max(LOWEST_PORT, Math.min(...ports) - margin);
  const end = Math.min(HIGHEST_PORT, Math.max(...ports) + margin);
  const size = end - base + 1;
  return size <= MAX_BLOCK ? { type: "block", base, size } : undefined;
}

function spanOf(ports: readonly number[]): number {
  return Math.max(...ports) - Math.min(...ports);
}

/** Two leaps of one size are chance no more often than once in thousands. */
const MIN_SEQUENCE = 3;
/** Other hosts may have opened as many mappings between two of ours. */
const MAX_LEAP = 64;
/** As many samples show a block's ends to a few hundredths of its size. */
export const BLOCK_SAMPLES = 16;
/** What providers give a subscriber ends at a few thousand ports (RFC 7422 has examples up to 4,096). */
const MAX_BLOCK = 4_096;
/** Random ports of the full range lie so close together less than once in a hundred. */
const NARROW_SPAN = 8_192;
/** NATs leave the system ports alone, RFC 4787 §4.2.2. */
export const LOWEST_PORT = 1_024;
export const HIGHEST_PORT = 65_535;
