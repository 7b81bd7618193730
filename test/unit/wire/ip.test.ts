import assert from "node:assert/strict";
import { isIP } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { MalformedError } from "../../../protocol/errors.ts";
import {
  formatIp,
  type IpScope,
  isLoopback,
  parseIp,
  scopeOf,
  unmapped,
} from "../../../protocol/wire/ip.ts";

const v4 = fc.uint8Array({ minLength: 4, maxLength: 4 });
/** Words of which many are zero, as in real addresses. */
const v6 = fc
  .array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8 })
  .map((words) => Uint8Array.from(words.flatMap((word) => [word >> 8, word & 0xff])));

test("text and bytes of IPv4 and IPv6", () => {
  const cases: readonly [string, readonly number[]][] = [
    ["127.0.0.1", [127, 0, 0, 1]],
    ["255.255.255.255", [255, 255, 255, 255]],
    ["::", new Array(16).fill(0)],
    ["::1", [...new Array(15).fill(0), 1]],
    ["2001:db8::a:0", [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x0a, 0, 0]],
    ["1:2:3:4:5:6:7:8", [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]],
    ["::ffff:102:304", [...new Array(10).fill(0), 0xff, 0xff, 1, 2, 3, 4]],
  ];
  for (const [text, bytes] of cases) {
    assert.deepEqual(parseIp(text), Uint8Array.from(bytes));
    assert.equal(formatIp(Uint8Array.from(bytes)), text);
  }
});

test("other ways to write an IPv6 address are read", () => {
  const cases: readonly [string, string][] = [
    ["::FFFF:1.2.3.4", "::ffff:102:304"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
    ["0000:0000:0000:0000:0000:0000:0000:0001", "::1"],
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
    ["fe80::1%eth0", "fe80::1"],
  ];
  for (const [text, canonical] of cases) assert.equal(formatIp(parseIp(text)), canonical);
});

test("RFC 5952 §4.2 the first of the longest runs of zeros is shortened, a single one never", () => {
  const format = (...words: number[]): string =>
    formatIp(Uint8Array.from(words.flatMap((word) => [word >> 8, word & 0xff])));
  assert.equal(format(0x2001, 0xdb8, 0, 0, 1, 0, 0, 1), "2001:db8::1:0:0:1");
  assert.equal(format(0x2001, 0, 0, 1, 0, 0, 0, 1), "2001:0:0:1::1");
  assert.equal(format(0x2001, 0xdb8, 0, 1, 1, 1, 1, 1), "2001:db8:0:1:1:1:1:1");
  assert.equal(format(1, 0, 0, 0, 0, 0, 0, 0), "1::");
});

test("bytes become text and the same bytes again", () => {
  fc.assert(
    fc.property(fc.oneof(v4, v6), (bytes) => assert.deepEqual(parseIp(formatIp(bytes)), bytes)),
  );
});

test("IPv6 text is what the URL standard makes of it", () => {
  fc.assert(
    fc.property(v6, (bytes) => {
      const text = formatIp(bytes);
      assert.equal(new URL(`http://[${text}]/`).hostname, `[${text}]`);
    }),
  );
});

test("text is read if and only if Node takes it for an IP address", () => {
  const piece = fc.constantFrom(":", "::", ".", "0", "1", "01", "ffff", "10000", "256", "1.2.3.4");
  const text = fc.oneof(
    fc.string({ unit: fc.constantFrom(..."0123456789abcdefg:. -+"), maxLength: 40 }),
    fc.array(piece, { maxLength: 17 }).map((pieces) => pieces.join("")),
    fc
      .array(fc.constantFrom("", "0", "1", "ff", "1.2.3.4"), { maxLength: 9 })
      .map((groups) => groups.join(":")),
    fc.oneof(v4, v6).map(formatIp),
  );
  const read = (input: string): boolean => {
    try {
      return [4, 16].includes(parseIp(input).length);
    } catch (error) {
      assert.ok(error instanceof MalformedError);
      return false;
    }
  };
  fc.assert(
    fc.property(text, (input) => assert.equal(read(input), isIP(input) !== 0)),
    {
      numRuns: 2000,
      examples: [
        ["1.2.3.4::"],
        ["1:1.2.3.4::1"],
        ["01.2.3.4"],
        ["1::2::3"],
        [":::"],
        [""],
        ["::1 "],
      ],
    },
  );
});

test("RFC 6890, RFC 4291 §2.4 where an address means somebody; IPv4 within IPv6 is IPv4", () => {
  const scopes: readonly [IpScope, readonly string[]][] = [
    [
      "global",
      ["192.0.2.1", "100.63.0.1", "100.128.0.1", "172.32.0.1", "223.1.1.1", "2001:db8::1"],
    ],
    ["global", ["::ffff:192.0.2.1", "::1:0"]],
    ["private", ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "100.64.0.1"]],
    ["private", ["fc00::1", "fd00::1", "::ffff:10.0.0.1"]],
    ["link", ["169.254.1.1", "fe80::1", "febf::1", "::ffff:169.254.1.1"]],
    ["host", ["127.0.0.1", "127.255.0.1", "::1", "::ffff:127.0.0.1", "::ffff:7f00:1"]],
    ["nobody", ["0.0.0.0", "0.1.2.3", "224.0.0.1", "255.255.255.255", "::", "::2", "ff02::1"]],
  ];
  for (const [scope, ips] of scopes) for (const ip of ips) assert.equal(scopeOf(ip), scope, ip);
  assert.throws(() => scopeOf("localhost"), MalformedError);
  for (const ip of ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"]) assert.ok(isLoopback(ip));
  for (const ip of ["128.0.0.1", "0.0.0.0", "::", "::2", "2001:db8::127.0.0.1"]) {
    assert.ok(!isLoopback(ip), ip);
  }
  assert.deepEqual(unmapped(parseIp("::ffff:192.0.2.1")), parseIp("192.0.2.1"));
  assert.deepEqual(unmapped(parseIp("::fffe:192.0.2.1")), parseIp("::fffe:192.0.2.1"));
});
