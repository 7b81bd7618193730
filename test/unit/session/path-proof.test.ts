import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createFlashCrypto } from "../../../protocol/crypto/flash.ts";
import { nodePrimitives } from "../../../protocol/node/primitives.ts";
import { MAX_PATH_QUESTIONS } from "../../../protocol/params.ts";
import type { Path } from "../../../protocol/session/events.ts";
import { PathProof } from "../../../protocol/session/path-proof.ts";
import { pooledIdentity } from "../../support/station.ts";

const crypto = createFlashCrypto(nodePrimitives, pooledIdentity(0));
const there: Path = { link: 1, address: { ip: "10.0.0.2", port: 1935 } };
const otherPort: Path = { link: 1, address: { ip: "10.0.0.2", port: 1936 } };
const others: readonly Path[] = [
  { link: 2, address: there.address },
  { link: 1, address: { ip: "10.0.0.3", port: 1935 } },
  { link: 1, address: { ip: "::ffff:a00:2", port: 1935 } },
];

test("§3.5.4.2 the message: M, and what nobody can guess: 128 bits", () => {
  const proof = new PathProof(crypto);
  const messages = [1, 2].map(() => proof.issue(there, 300.7));
  for (const message of messages) assert.deepEqual([message[0], message.length], [0x4d, 17]);
  assert.notDeepEqual(messages[0], messages[1]);
});

test("§3.5.4.2 who returns it from where it was sent to has proven to be there", () => {
  const proof = new PathProof(crypto);
  const proven = { path: there, roundTripMs: 80 };
  assert.deepEqual(proof.accept(proof.issue(there, 1_000), there, 1_080), proven);
});

test("§3.5.4.2 who returns it from another port of the same host was there as well", () => {
  const proof = new PathProof(crypto);
  const proven = { path: there, roundTripMs: 80 };
  assert.deepEqual(proof.accept(proof.issue(there, 1_000), otherPort, 1_080), proven);
});

test("§3.5.4.2 from another address or over another link it proves nothing", () => {
  const proof = new PathProof(crypto);
  const message = proof.issue(there, 1_000);
  for (const path of others) assert.equal(proof.accept(message, path, 1_050), undefined);
  assert.ok(proof.accept(message, there, 1_050));
});

test("§3.5.4.2 it proves something once, and nothing after a later one", () => {
  const proof = new PathProof(crypto);
  const [first, second, third] = [0, 0, 1].map((ms) => proof.issue(there, 1_000 + ms));
  assert.ok(first && second && third);
  assert.ok(proof.accept(second, there, 1_050));
  assert.equal(proof.accept(second, there, 1_060), undefined);
  assert.equal(proof.accept(first, there, 1_070), undefined);
  assert.ok(proof.accept(third, there, 1_080));
});

test("§3.5.4.2 it is good for 120 seconds", () => {
  const proof = new PathProof(crypto);
  const [first, second] = [proof.issue(there, 1_000), proof.issue(there, 2_000)];
  assert.equal(proof.accept(first, there, 121_001), undefined);
  assert.equal(proof.accept(second, there, 122_000)?.roundTripMs, 120_000);
});

test("§3.5.4.2 each session has messages of its own", () => {
  const message = new PathProof(crypto).issue(there, 1_000);
  const other = new PathProof(crypto);
  other.issue(there, 1_000);
  assert.equal(other.accept(message, there, 1_010), undefined);
});

test("§3.5.4.2 so many questions are remembered, the latest", () => {
  const proof = new PathProof(crypto);
  const messages = Array.from({ length: MAX_PATH_QUESTIONS + 1 }, () => proof.issue(there, 0));
  const isProof = (message: Uint8Array): boolean => proof.accept(message, there, 9) !== undefined;
  assert.deepEqual(messages.slice(0, 2).map(isProof), [false, true]);
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
  assert.equal(proof.accept(message, there, 1_010)?.roundTripMs, 10);
});
