import assert from "node:assert/strict";
import { test } from "node:test";
import { networkOf, sourceOf } from "../../../protocol/wire/source.ts";

const at = (ip: string): { ip: string; port: number } => ({ ip, port: 1935 });

test("an IPv4 address is a source, and an IPv6 /64; its port does not matter", () => {
  assert.equal(sourceOf(at("192.0.2.1")), sourceOf({ ip: "192.0.2.1", port: 1 }));
  assert.notEqual(sourceOf(at("192.0.2.1")), sourceOf(at("192.0.2.2")));
  assert.equal(sourceOf(at("192.0.2.1")), sourceOf(at("::ffff:192.0.2.1")));
  assert.equal(sourceOf(at("2001:db8:1:2::1")), sourceOf(at("2001:db8:1:2:3::")));
  assert.notEqual(sourceOf(at("2001:db8:1:2::1")), sourceOf(at("2001:db8:1:3::1")));
});

test("a network is a /24, or an IPv6 /56", () => {
  assert.equal(networkOf(at("192.0.2.1")), networkOf(at("192.0.2.255")));
  assert.equal(networkOf(at("192.0.2.1")), networkOf(at("::ffff:192.0.2.255")));
  assert.notEqual(networkOf(at("192.0.2.1")), networkOf(at("192.0.3.1")));
  assert.equal(networkOf(at("2001:db8:1:2::1")), networkOf(at("2001:db8:1:ff::")));
  assert.notEqual(networkOf(at("2001:db8:1:2::1")), networkOf(at("2001:db8:1:100::1")));
});
