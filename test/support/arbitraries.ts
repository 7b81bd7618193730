import fc from "fast-check";
import { type Address, type CandidateAddress, Origin } from "../../protocol/wire/address.ts";
import { formatIp } from "../../protocol/wire/ip.ts";

/** Objects as literals make them, for `deepEqual`. */
export const PLAIN = { noNullPrototype: true };

const anyIp = fc
  .oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
  )
  .map(formatIp);

/** Where a datagram may come from, of either family. */
export const anySource: fc.Arbitrary<Address> = fc.record(
  { ip: anyIp, port: fc.integer({ min: 1, max: 0xffff }) },
  PLAIN,
);

/** An Address of RFC 7016 §2.1.5, of either family. */
export const anyAddress: fc.Arbitrary<CandidateAddress> = fc.record(
  { ip: anyIp, port: fc.nat(0xffff), origin: fc.constantFrom(...Object.values(Origin)) },
  PLAIN,
);
