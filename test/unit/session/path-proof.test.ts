import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createFlashCrypto } from "../../../protocol/crypto/flash.ts";
import { nodePrimitives } from "../../../protocol/node/primitives.ts";
import type { Path } from "../../../protocol/session/events.ts";
import { PathProof } from "../../../protocol/session/path-proof.ts";
import { pooledIdentity } from "../../support/station.ts";

const crypto = createFlashCrypto(nodePrimitives, pooledIdentity(0));
const there: Path = { link: 1, address: { ip: "10.0.0.2", port: 1935 } };
const others: readonly Path[] = [
  { link: 2, address: there.address },
  { link: 1, address: { ip: "10.0.0.2", port: 1936 } },
  { link: 1, address: { ip: "10.0.0.3", port: 1935 } },
  { link: 1, address: { ip: "::ffff:a00:2", port: 1935 } },
];

test("§3.5.4.2 the message: M, when it was sent, a hash", () => {
  const message = new PathProof(crypto).issue(there, 300.7);
  assert.deepEqual([...message.subarray(0, 3)], [0x4d, 0x82, 0x2c]);
  assert.equal(message.length, 1 + 2 + 32);
});

test("§3.5.4.2 who returns it from where it was sent to has proven to be there", () => {
  const proof = new PathProof(crypto);
  assert.equal(proof.accept(proof.issue(there, 1_000), there, 1_080), 80);
});

test("§3.5.4.2 from another address or over another link it proves nothing", () => {
  const proof = new PathProof(crypto);
  const message = proof.issue(there, 1_000);
  for (const path of others) assert.equal(proof.accept(message, path, 1_050), undefined);
  assert.equal(proof.accept(message, there, 1_050), 50);
});

test("§3.5.4.2 it proves something once, and nothing after a later one", () => {
  const proof = new PathProof(crypto);
  const [first, second] = [proof.issue(there, 1_000), proof.issue(there, 2_000)];
  assert.equal(proof.accept(second, there, 2_050), 50);
  assert.equal(proof.accept(second, there, 2_060), undefined);
  assert.equal(proof.accept(first, there, 2_070), undefined);
});

test("§3.5.4.2 it is good for 120 seconds", () => {
  const proof = new PathProof(crypto);
  const [first, second] = [proof.issue(there, 1_000), proof.issue(there, 2_000)];
  assert.equal(proof.accept(first, there, 121_001), undefined);
  assert.equal(proof.accept(second, there, 122_000), 120_000);
});

test("§3.5.4.2 each session has a secret of its own", () => {
  const message = new PathProof(crypto).issue(there, 1_000);
  assert.equal(new PathProof(crypto).accept(message, there, 1_010), undefined);
});

test("§3.5.4.2 any other message, and each with one byte changed, proves nothing", () => {
  const proof = new PathProof(crypto);
  const message = proof.issue(there, 1_000);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      assert.equal(proof.accept(bytes, there, 1_010), undefined);
    }),
  );
  for (let at = 0; at < message.length; at += 1) {
    assert.equal(proof.accept(message.subarray(0, at), there, 1_010), undefined);
    const forged = Uint8Array.from(message, (byte, index) => (index === at ? byte ^ 1 : byte));
    assert.equal(proof.accept(forged, there, 1_010), undefined, `byte ${at}`);
  }
  assert.equal(proof.accept(message, there, 1_010), 10);
});
