import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { addressQuery, readAddressQuery } from "../../../protocol/crypto/address-query.ts";
import {
  peerDiscriminator,
  readEndpointDiscriminator,
  serverDiscriminator,
} from "../../../protocol/crypto/endpoint-discriminator.ts";

test("an address query says from where it wants its answer", () => {
  for (const answerFrom of ["same", "port", "address"] as const) {
    assert.deepEqual(readAddressQuery(addressQuery(answerFrom)), { answerFrom, replyPort: 0 });
    const elsewhere = readAddressQuery(addressQuery(answerFrom, 40_123));
    assert.deepEqual(elsewhere, { answerFrom, replyPort: 40_123 });
  }
});

test("§4.4 whoever does not know address queries sees a discriminator that selects nobody", () => {
  const { hostname, ancillary, fingerprint } = readEndpointDiscriminator(addressQuery("same"));
  assert.deepEqual([hostname, ancillary, fingerprint], [undefined, undefined, undefined]);
});

test("other discriminators are no address queries", () => {
  assert.equal(readAddressQuery(peerDiscriminator(new Uint8Array(32))), undefined);
  assert.equal(readAddressQuery(serverDiscriminator("rtmfp://example.com/chat")), undefined);
  assert.equal(readAddressQuery(new Uint8Array(0)), undefined);
});

test("any bytes are a query or none", () => {
  const valid = addressQuery("port");
  for (let end = 0; end < valid.length; end += 1) {
    assert.equal(readAddressQuery(valid.subarray(0, end)), undefined);
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const question = readAddressQuery(bytes);
      assert.ok(!question || ["same", "port", "address"].includes(question.answerFrom));
    }),
  );
});
