import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromHex, toHex } from "../../../protocol/bytes/hex.ts";
import { Reader } from "../../../protocol/bytes/reader.ts";
import { Writer } from "../../../protocol/bytes/writer.ts";
import { MalformedError, unlessMalformed } from "../../../protocol/errors.ts";
import {
  type CandidateAddress,
  formatAddress,
  isNowhere,
  Origin,
  parseAddress,
  readAddress,
  sameAddress,
  writeAddress,
} from "../../../protocol/wire/address.ts";
import { formatIp } from "../../../protocol/wire/ip.ts";

const ip = fc.oneof(
  fc.uint8Array({ minLength: 4, maxLength: 4 }),
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
);
const address = fc.record(
  {
    ip: ip.map(formatIp),
    port: fc.nat(0xffff),
    origin: fc.constantFrom(...Object.values(Origin)),
  },
  { noNullPrototype: true },
);

function encode(value: CandidateAddress): Uint8Array {
  const writer = new Writer();
  writeAddress(writer, value);
  return writer.finish();
}

test("§2.1.5 flags, IP address and port; each origin has its number", () => {
  const cases: readonly [string, CandidateAddress][] = [
    ["000102030407d0", { ip: "1.2.3.4", port: 2000, origin: Origin.unknown }],
    ["01c0a80101078f", { ip: "192.168.1.1", port: 1935, origin: Origin.reported }],
    ["02c0000201ffff", { ip: "192.0.2.1", port: 65_535, origin: Origin.observed }],
    ["83fd0000000000000000000000000000010000", { ip: "fd00::1", port: 0, origin: Origin.relay }],
  ];
  for (const [hex, value] of cases) {
    assert.equal(toHex(encode(value)), hex);
    assert.deepEqual(readAddress(new Reader(fromHex(hex))), value);
  }
});

test("§2.1.5 reserved flags are ignored", () => {
  const read = readAddress(new Reader(fromHex("7e01020304078f")));
  assert.deepEqual(read, { ip: "1.2.3.4", port: 1935, origin: Origin.observed });
});

test("§2.1.5 an address is read back, and every truncation of it is malformed", () => {
  fc.assert(
    fc.property(address, (value) => {
      const bytes = encode(value);
      const reader = new Reader(bytes);
      assert.deepEqual(readAddress(reader), value);
      assert.equal(reader.remaining, 0);
      for (let end = 0; end < bytes.length; end += 1) {
        assert.throws(() => readAddress(new Reader(bytes, 0, end)), MalformedError);
      }
    }),
  );
});

test("§2.1.5 any bytes are an address that is written the same again, or malformed", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 24 }), (bytes) => {
      const reader = new Reader(bytes);
      try {
        const value = readAddress(reader);
        const written = encode(value);
        assert.equal(written[0], (bytes[0] ?? 0) & 0x83);
        assert.deepEqual(written.subarray(1), bytes.subarray(1, reader.position));
      } catch (error) {
        assert.ok(error instanceof MalformedError);
      }
    }),
  );
});

test("§2.1.5 an address whose IP is no IP is not written", () => {
  assert.throws(() => encode({ ip: "localhost", port: 1, origin: Origin.unknown }), MalformedError);
});

test("two addresses are the same if IP and port are, whatever their origins", () => {
  const one = { ip: "10.0.0.1", port: 1935, origin: Origin.reported };
  assert.ok(sameAddress(one, { ip: "10.0.0.1", port: 1935 }));
  assert.ok(!sameAddress(one, { ip: "10.0.0.1", port: 1936 }));
  assert.ok(!sameAddress(one, { ip: "10.0.0.2", port: 1935 }));
});

test("port 0 is nowhere, and so are addresses of nobody and of everybody", () => {
  for (const text of ["10.0.0.1:0", "[2001:db8::1]:0", ...["0.0.0.0", "0.1.2.3"].map(at)]) {
    assert.ok(isNowhere(parseAddress(text)), text);
  }
  for (const ip of ["224.0.0.1", "255.255.255.255", "[::]", "[ff02::1]", "[::ffff:0.0.0.0]"]) {
    assert.ok(isNowhere(parseAddress(at(ip))), ip);
  }
  for (const ip of ["10.0.0.1", "127.0.0.1", "169.254.0.1", "8.8.8.8", "[::1]", "[fd00::1]"]) {
    assert.ok(!isNowhere(parseAddress(at(ip))), ip);
  }
});

function at(ip: string): string {
  return `${ip}:1935`;
}

test("text of an address puts IPv6 into brackets", () => {
  assert.equal(formatAddress({ ip: "127.0.0.1", port: 1935 }), "127.0.0.1:1935");
  assert.equal(formatAddress({ ip: "::1", port: 1935 }), "[::1]:1935");
});

test("text of an address is read back, canonical whatever its spelling", () => {
  fc.assert(
    fc.property(address, ({ ip, port }) => {
      assert.deepEqual(parseAddress(formatAddress({ ip, port })), { ip, port });
    }),
  );
  assert.deepEqual(parseAddress("[2001:DB8:0:0::1]:0"), { ip: "2001:db8::1", port: 0 });
});

test("text that is no address is malformed, and any text is an address or malformed", () => {
  for (const text of [
    ...["", "1.2.3.4", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:-1", "1.2.3.4:1 ", "01.2.3.4:1"],
    ...["::1:80", "[::1]", "[1.2.3.4]:1", "[fe80::1%eth0]:1", "example.org:80", "localhost:80"],
    `[${"0".repeat(60)}::]:1`,
  ]) {
    assert.throws(() => parseAddress(text), MalformedError, text);
  }
  const likely = fc.string({ unit: fc.constantFrom(..."0123456789abf:.[]%") });
  fc.assert(
    fc.property(fc.oneof(fc.string(), likely), (text) => {
      const found = unlessMalformed(() => parseAddress(text));
      if (found) assert.deepEqual(parseAddress(formatAddress(found)), found);
    }),
  );
});
