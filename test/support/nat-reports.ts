import fc from "fast-check";
import type { NatReport, PortAllocation } from "../../peer/traversal/nat-report.ts";
import { type Address, isNowhere } from "../../protocol/wire/address.ts";
import { formatIp } from "../../protocol/wire/ip.ts";

/** Objects as literals make them, for `deepEqual`. */
const PLAIN = { noNullPrototype: true };

const dependence = fc.constantFrom(
  "endpoint-independent" as const,
  "address-dependent" as const,
  "address-and-port-dependent" as const,
  "unknown" as const,
);

const udpAddresses: fc.Arbitrary<Address> = fc
  .record(
    {
      ip: fc
        .oneof(
          fc.uint8Array({ minLength: 4, maxLength: 4 }),
          fc.uint8Array({ minLength: 16, maxLength: 16 }),
        )
        .map(formatIp),
      port: fc.integer({ min: 1, max: 65_535 }),
    },
    PLAIN,
  )
  .filter((address) => !isNowhere(address));

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
