import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  decodePcpResponse,
  encodePcpMapRequest,
  type PcpMapResponse,
} from "../../../peer/traversal/port-mapping/pcp-message.ts";
import { Writer } from "../../../protocol/bytes/writer.ts";
import { MalformedError } from "../../../protocol/errors.ts";
import { parseIp } from "../../../protocol/wire/ip.ts";
import { hex } from "../../support/bytes.ts";
import { orMalformed } from "../../support/errors.ts";

const nonce = hex("000102030405060708090a0b");

test("§7.1 §11.1 a MAP request for UDP, byte for byte", () => {
  const bytes = encodePcpMapRequest({
    ...{ lifetimeSeconds: 600, clientIp: "10.0.1.2", nonce },
    ...{ internalPort: 40_001, suggestedPort: 45_679 },
  });
  const expected = `02 01 0000 00000258 00000000000000000000ffff0a000102
    000102030405060708090a0b 11 000000 9c41 b26f 00000000000000000000ffff00000000`;
  assert.deepEqual(bytes, hex(expected));
});

const example = `02 81 00 00 00000078 00000007 000000000000000000000000
  000102030405060708090a0b 11 000000 9c41 b26f 00000000000000000000ffffcb007109`;

test("§7.2 §11.1 a MAP response", () => {
  assert.deepEqual(decodePcpResponse(hex(example)), {
    ...{ type: "map", result: 0, lifetimeSeconds: 120, epochSeconds: 7, nonce, protocol: 17 },
    ...{ internalPort: 40_001, externalPort: 45_679, externalIp: "203.0.113.9" },
  });
});

test("§9 a server of another version says so, in its own format or in ours", () => {
  assert.deepEqual(decodePcpResponse(hex("00 81 0001 00000007")), { type: "version" });
  const refusal = hex(example);
  refusal[3] = 1;
  assert.deepEqual(decodePcpResponse(refusal), { type: "version" });
});

test("§8.3 requests, odd lengths and too long ones are malformed", () => {
  const request = hex(example);
  request[1] = 1;
  assert.throws(() => decodePcpResponse(request), MalformedError);
  assert.throws(() => decodePcpResponse(hex(`${example} 00`)), MalformedError);
  const long = new Uint8Array(1_104);
  long.set(hex(example));
  assert.throws(() => decodePcpResponse(long), MalformedError);
});

test("§7.3 options behind the mapping are skipped", () => {
  assert.equal(decodePcpResponse(hex(`${example} 80 00 0000`)).type, "map");
});

test("§14.1 an ANNOUNCE tells the epoch", () => {
  const bytes = hex("02 80 00 00 00000000 00000009 000000000000000000000000");
  assert.deepEqual(decodePcpResponse(bytes), { type: "other", epochSeconds: 9 });
});

const port = fc.integer({ min: 0, max: 65_535 });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });

test("§11.1 every MAP response is read back", () => {
  const response = fc.record(
    {
      type: fc.constant("map" as const),
      result: fc.constantFrom(0, 2, 8, 13, 255),
      lifetimeSeconds: u32,
      epochSeconds: u32,
      nonce: fc.uint8Array({ minLength: 12, maxLength: 12 }),
      protocol: fc.integer({ min: 0, max: 255 }),
      internalPort: port,
      externalPort: port,
      externalIp: fc.ipV4(),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(response, (value) => assert.deepEqual(decodePcpResponse(encode(value)), value)),
  );
});

test("§7.2 any bytes are a response or malformed", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 80 }),
      (bytes) => void orMalformed(() => decodePcpResponse(bytes)),
    ),
  );
  const full = hex(example);
  for (let length = 0; length < full.length; length += 1) {
    assert.throws(() => decodePcpResponse(full.subarray(0, length)), MalformedError);
  }
});

function encode(response: PcpMapResponse): Uint8Array {
  const { result, lifetimeSeconds, epochSeconds, protocol } = response;
  const writer = new Writer(60).u8(2).u8(0x81).u8(0).u8(result).u32(lifetimeSeconds);
  writer.u32(epochSeconds).put(new Uint8Array(12)).put(response.nonce).u8(protocol).u24(0);
  writer.u16(response.internalPort).u16(response.externalPort).put(new Uint8Array(10));
  return writer.u16(0xffff).put(parseIp(response.externalIp)).finish();
}
