import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromHex, toHex } from "../../../protocol/bytes/hex.ts";
import {
  canonicalFingerprint,
  peerDiscriminator,
  readEndpointDiscriminator,
  serverDiscriminator,
  writeEndpointDiscriminator,
} from "../../../protocol/crypto/endpoint-discriminator.ts";
import { MalformedError } from "../../../protocol/errors.ts";
import { orMalformed } from "../../support/errors.ts";

const fingerprint = new Uint8Array(32).fill(0xab);
const optionalBytes = fc.option(fc.uint8Array({ maxLength: 40 }), { nil: undefined });
const discriminators = fc.record(
  {
    hostname: optionalBytes,
    ancillary: optionalBytes,
    fingerprint: fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 }), { nil: undefined }),
  },
  { noNullPrototype: true },
);

test("§4.4.2.2 a server's discriminator is its URI", () => {
  const bytes = serverDiscriminator("rtmfp://127.0.0.1/bench");
  assert.equal(toHex(bytes), "180a72746d66703a2f2f3132372e302e302e312f62656e6368");
  const { ancillary } = readEndpointDiscriminator(bytes);
  assert.equal(new TextDecoder().decode(ancillary), "rtmfp://127.0.0.1/bench");
});

test("§4.4.4 a peer's discriminator is canonical: 21 0f and the fingerprint", () => {
  const bytes = peerDiscriminator(fingerprint);
  assert.equal(toHex(bytes), `210f${toHex(fingerprint)}`);
  assert.deepEqual(canonicalFingerprint(bytes), fingerprint);
});

test("§4.4.4 other encodings of the same fingerprint are read, but not canonical", () => {
  const longer = fromHex(`80210f${toHex(fingerprint)}`);
  assert.deepEqual(readEndpointDiscriminator(longer).fingerprint, fingerprint);
  for (const bytes of [longer, fromHex(`00210f${toHex(fingerprint)}`), new Uint8Array()]) {
    assert.equal(canonicalFingerprint(bytes), undefined);
  }
  const both = writeEndpointDiscriminator({ fingerprint, ancillary: Uint8Array.of(1) });
  assert.equal(canonicalFingerprint(both), undefined);
});

test("§4.4.2 options that are not understood, and Markers, are passed over", () => {
  const bytes = fromHex("00020163020163030a414200");
  assert.deepEqual(readEndpointDiscriminator(bytes), {
    hostname: undefined,
    ancillary: Uint8Array.of(0x41, 0x42),
    fingerprint: undefined,
  });
});

test("§4.4.2 no known option occurs twice, and a fingerprint has 32 bytes", () => {
  for (const hex of ["01000100", "010a020a41", `210f${"ab".repeat(32)}210f${"ab".repeat(32)}`]) {
    assert.throws(() => readEndpointDiscriminator(fromHex(hex)), MalformedError);
  }
  for (const length of [0, 31, 33]) {
    const bytes = Uint8Array.of(length + 1, 0x0f, ...new Uint8Array(length));
    assert.throws(() => readEndpointDiscriminator(bytes), MalformedError);
    assert.throws(() => peerDiscriminator(new Uint8Array(length)), RangeError);
  }
});

test("a discriminator is limited in length, both ways", () => {
  assert.equal(serverDiscriminator("x".repeat(1097)).length, 1100);
  assert.throws(() => serverDiscriminator("x".repeat(1098)), RangeError);
  assert.throws(() => readEndpointDiscriminator(new Uint8Array(1101)), MalformedError);
});

test("§4.4.1 reading is the inverse of writing", () => {
  fc.assert(
    fc.property(discriminators, (discriminator) => {
      const bytes = writeEndpointDiscriminator(discriminator);
      assert.deepEqual(readEndpointDiscriminator(bytes), discriminator);
    }),
  );
});

test("§4.4.1 any bytes are a discriminator or malformed, truncated ones too", () => {
  fc.assert(
    fc.property(
      fc.uint8Array(),
      (bytes) => void orMalformed(() => readEndpointDiscriminator(bytes)),
    ),
  );
  fc.assert(
    fc.property(discriminators, fc.nat(), (discriminator, cut) => {
      const whole = writeEndpointDiscriminator(discriminator);
      const bytes = whole.subarray(0, cut % (whole.length + 1));
      const read = orMalformed(() => readEndpointDiscriminator(bytes));
      // A cut between options leaves a shorter discriminator, never a shorter value.
      if (read === "malformed") return;
      assert.deepEqual(writeEndpointDiscriminator(read), bytes);
    }),
  );
});
