import assert from "node:assert/strict";
import { test } from "node:test";
import { createFlashCrypto } from "../../../protocol/crypto/flash.ts";
import { nodePrimitives } from "../../../protocol/node/primitives.ts";
import { COOKIE_LIFETIME_MS } from "../../../protocol/params.ts";
import { Cookies } from "../../../protocol/session/cookies.ts";
import { pooledIdentity } from "../../support/station.ts";

const crypto = createFlashCrypto(nodePrimitives, pooledIdentity(0));
const here = { ip: "192.0.2.1", port: 1935 };

test("§3.5.1.1.2 a cookie is valid for its address, for 95 seconds", () => {
  const cookies = new Cookies(crypto);
  const cookie = cookies.issue(here, 12_000);
  assert.equal(cookies.check(cookie, here, 12_000), "valid");
  assert.equal(cookies.check(cookie, here, 12_000 + COOKIE_LIFETIME_MS), "valid");
  assert.equal(cookies.check(cookie, here, 12_001 + COOKIE_LIFETIME_MS), "invalid");
});

test("librtmfp and MonaServer take no cookie but one of 64 bytes", () => {
  assert.equal(new Cookies(crypto).issue(here, 0).length, 64);
});

test("librtmfp misreads a Cookie Change: a cookie lasts as long as it repeats its IIKeying", () => {
  const cookies = new Cookies(crypto);
  const cookie = cookies.issue(here, 0);
  let repeatedAt = 0;
  for (let attempt = 1; attempt <= 10; attempt += 1) repeatedAt += attempt * 1_500 + 500;
  assert.equal(cookies.check(cookie, here, repeatedAt), "valid");
});

test("§3.5.1.2 at another address or port it is recognised as ours, but moved", () => {
  const cookies = new Cookies(crypto);
  const cookie = cookies.issue(here, 1_500);
  assert.equal(cookies.check(cookie, { ...here, port: 1936 }, 2_000), "moved");
  assert.equal(cookies.check(cookie, { ...here, ip: "192.0.2.2" }, 2_000), "moved");
  assert.equal(cookies.check(cookie, { ...here, ip: "2001:db8::1" }, 2_000), "moved");
  assert.equal(cookies.check(cookie, { ...here, port: 1 }, 1_500 + 97_000), "invalid");
});

test("§3.5.1.1.2 a change of any bit is noticed", () => {
  const cookies = new Cookies(crypto);
  const cookie = cookies.issue(here, 5_000);
  assert.equal(cookie.length, 64);
  for (let bit = 0; bit < 512; bit += 1) {
    const forged = cookie.slice();
    forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    const verdict = cookies.check(forged, here, 5_000);
    assert.equal(verdict, bit < 256 ? "invalid" : "moved", `bit ${bit}`);
  }
});

test("§3.5.1.1.2 cookies of others, of other lengths and from the future are not ours", () => {
  const cookies = new Cookies(crypto);
  const cookie = cookies.issue(here, 5_000);
  assert.equal(new Cookies(crypto).check(cookie, here, 5_000), "invalid");
  assert.equal(cookies.check(cookie.subarray(1), here, 5_000), "invalid");
  assert.equal(cookies.check(new Uint8Array(0), here, 5_000), "invalid");
  assert.equal(cookies.check(new Uint8Array([...cookie, 0]), here, 5_000), "invalid");
  assert.equal(cookies.check(cookie, here, 4_999), "invalid");
});

test("§3.5.1.1.2 the same question has the same answer: nothing is remembered", () => {
  const cookies = new Cookies(crypto);
  assert.deepEqual(cookies.issue(here, 5_000), cookies.issue(here, 5_999));
  assert.notDeepEqual(cookies.issue(here, 5_000), cookies.issue(here, 6_000));
});
