import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  decodeNatPmpResponse,
  encodeNatPmpAddressRequest,
  encodeNatPmpMapRequest,
} from "../../../peer/traversal/port-mapping/nat-pmp-message.ts";
import { Writer } from "../../../protocol/bytes/writer.ts";
import { MalformedError } from "../../../protocol/errors.ts";
import { hex } from "../../support/bytes.ts";
import { orMalformed } from "../../support/errors.ts";

test("§3.2 §3.3 requests, byte for byte", () => {
  assert.deepEqual(encodeNatPmpAddressRequest(), hex("00 00"));
  const request = { internalPort: 40_000, suggestedPort: 45_678, lifetimeSeconds: 120 };
  assert.deepEqual(encodeNatPmpMapRequest(request), hex("00 01 0000 9c40 b26e 00000078"));
});

const address = "00 80 0000 00000007 cb007109";
const map = "00 81 0000 00000007 9c40 b26e 00000078";

test("§3.2 the external address", () => {
  assert.deepEqual(decodeNatPmpResponse(hex(address)), {
    ...{ type: "address", epochSeconds: 7, externalIp: "203.0.113.9" },
  });
});

test("§3.3 a mapping", () => {
  assert.deepEqual(decodeNatPmpResponse(hex(map)), {
    ...{ type: "map", epochSeconds: 7 },
    ...{ internalPort: 40_000, externalPort: 45_678, lifetimeSeconds: 120 },
  });
});

test("§3.5 a refusal may be short", () => {
  assert.deepEqual(decodeNatPmpResponse(hex("00 81 0002 00000007")), {
    ...{ type: "refusal", operation: 1, result: 2, epochSeconds: 7 },
  });
});

test("§3.5 requests, other versions and operations are malformed", () => {
  for (const bytes of ["00 01 0000 00000007", "02 81 0000 00000007", "00 82 0000 00000007"]) {
    assert.throws(() => decodeNatPmpResponse(hex(bytes)), MalformedError);
  }
});

test("§3.3 every mapping is read back", () => {
  const port = fc.integer({ min: 0, max: 65_535 });
  const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
  fc.assert(
    fc.property(
      u32,
      port,
      port,
      u32,
      (epochSeconds, internalPort, externalPort, lifetimeSeconds) => {
        const writer = new Writer().u8(0).u8(129).u16(0).u32(epochSeconds);
        const bytes = writer.u16(internalPort).u16(externalPort).u32(lifetimeSeconds).finish();
        const expected = { type: "map", epochSeconds, internalPort, externalPort, lifetimeSeconds };
        assert.deepEqual(decodeNatPmpResponse(bytes), expected);
      },
    ),
  );
});

test("§3.5 any bytes are a response or malformed", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
      orMalformed(() => decodeNatPmpResponse(bytes));
    }),
  );
  for (const full of [hex(address), hex(map)]) {
    for (let length = 0; length < full.length; length += 1) {
      assert.throws(() => decodeNatPmpResponse(full.subarray(0, length)), MalformedError);
    }
  }
});
