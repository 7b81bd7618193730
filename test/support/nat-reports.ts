import fc from "fast-check";
import type { NatReport, PortAllocation } from "../../peer/traversal/nat-report.ts";
import { isNowhere } from "../../protocol/wire/address.ts";
import { anySource, PLAIN } from "./arbitraries.ts";

const dependence = fc.constantFrom(
  "endpoint-independent" as const,
  "address-dependent" as const,
  "address-and-port-dependent" as const,
  "unknown" as const,
);

const udpAddresses = anySource.filter((address) => !isNowhere(address));

const allocations: fc.Arbitrary<PortAllocation> = fc.oneof(
  fc.record({ type: fc.constantFrom("unknown", "preserving", "random") }, PLAIN),
  fc.record(
    {
      type: fc.constant("sequential" as const),
      step: fc.integer({ min: -16, max: 16 }).filter((step) => step !== 0),
    },
    PLAIN,
  ),
  fc.record(
    {
      type: fc.constant("block" as const),
      base: fc.integer({ min: 1, max: 60_000 }),
      size: fc.integer({ min: 1, max: 4_096 }),
    },
    PLAIN,
  ),
);

/** Any report that there can be. */
export const natReports: fc.Arbitrary<NatReport> = fc.record(
  {
    udp: fc.constantFrom("open", "blocked", "unknown"),
    isTranslated: fc.constantFrom(true, false, undefined),
    mapping: dependence,
    isMappingCertain: fc.boolean(),
    filtering: dependence,
    allocation: allocations,
    hairpin: fc.constantFrom(true, false, undefined),
    reflexive: fc.array(udpAddresses, { maxLength: 8 }),
  },
  PLAIN,
);
