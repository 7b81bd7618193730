import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { test } from "node:test";
import { selfSigned } from "../../../protocol/node/self-signed.ts";

const DAY_MS = 86_400_000;

test("RFC 5280 §4.1 a certificate that others read", () => {
  const now = new Date("2026-02-03T04:05:06.789Z");
  const { cert, key } = selfSigned("rtmp.example.org", now);
  const read = new X509Certificate(cert);
  assert.equal(read.subject, "CN=rtmp.example.org");
  assert.equal(read.issuer, read.subject);
  assert.equal(read.checkHost("rtmp.example.org"), "rtmp.example.org");
  assert.equal(read.checkHost("example.org"), undefined);
  assert.ok(read.verify(read.publicKey));
  assert.ok(read.checkPrivateKey(createPrivateKey(key)));
  const seconds = Math.trunc(now.getTime() / 1000) * 1000;
  assert.equal(Date.parse(read.validFrom), seconds - DAY_MS);
  assert.equal(Date.parse(read.validTo), seconds + 3_650 * DAY_MS);
});

test("RFC 5280 §4.1.2.5 from 2050 on, years have four digits", () => {
  const read = new X509Certificate(selfSigned("x", new Date("2049-12-31T23:59:59Z")).cert);
  assert.equal(Date.parse(read.validTo), Date.parse("2059-12-29T23:59:59Z"));
});

test("no two are the same, whatever the first bits of their numbers", () => {
  const serials = Array.from({ length: 50 }, () => {
    const read = new X509Certificate(selfSigned("x", new Date()).cert);
    assert.ok(read.verify(read.publicKey));
    assert.doesNotMatch(read.serialNumber, /^-/);
    return read.serialNumber;
  });
  assert.equal(new Set(serials).size, serials.length);
});
