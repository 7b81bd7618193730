import fc from "fast-check";
import { type CandidateAddress, Origin } from "../../protocol/wire/address.ts";
import { formatIp } from "../../protocol/wire/ip.ts";

/** An Address of RFC 7016 §2.1.5, of either family. */
export const anyAddress: fc.Arbitrary<CandidateAddress> = fc.record(
  {
    ip: fc
      .oneof(
        fc.uint8Array({ minLength: 4, maxLength: 4 }),
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
      )
      .map(formatIp),
    port: fc.nat(0xffff),
    origin: fc.constantFrom(...Object.values(Origin)),
  },
  { noNullPrototype: true },
);
