import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAddress } from "../../../bin/address.ts";

test("host:port, [v6]:port, localhost, and a port alone", () => {
  for (const [text, ip, port] of [
    ["127.0.0.1:1935", "127.0.0.1", 1935],
    ["0.0.0.0:0", "0.0.0.0", 0],
    ["[::1]:1935", "::1", 1935],
    ["[::]:65535", "::", 65_535],
    ["localhost:80", "127.0.0.1", 80],
    ["1936", "10.0.0.1", 1936],
  ] as const) {
    assert.deepEqual(parseAddress("rtmp", text, "10.0.0.1"), { ip, port }, text);
  }
});

test("anything else is a usage error that names the option", () => {
  const noAddress = [
    "",
    "x",
    ":1936",
    "127.0.0.1",
    "127.0.0.1:",
    "127.0.0.1:65536",
    "1:2:3",
    "::1:80",
  ];
  const noIp = [
    "[fe80::1%lo]:80",
    "[127.0.0.1]:80",
    "host:80",
    "[host]:80",
    "256.1.1.1:80",
    "1.2.3:80",
    "[1::2::3]:80",
  ];
  for (const text of [...noAddress, ...noIp, "127.0.0.1:-1", "127.0.0.1:80 ", "a:b", "[]:80"]) {
    assert.throws(
      () => parseAddress("rtmp", text, "10.0.0.1"),
      { name: "UsageError", message: /^--rtmp: .* is not / },
      text,
    );
  }
});
