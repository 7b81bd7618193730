import assert from "node:assert/strict";
import { test } from "node:test";
import { createIdentity } from "../../../protocol/crypto/identity.ts";
import { challengeIdentity, proveIdentity } from "../../../protocol/crypto/identity-proof.ts";
import { MalformedError } from "../../../protocol/errors.ts";
import { nodePrimitives } from "../../../protocol/node/primitives.ts";
import { isCryptoError } from "../../support/errors.ts";

const context = { app: "chat", url: "rtmp://192.0.2.1/chat" };

for (const groups of [[31, 14, 2], [14, 2], [2]]) {
  test(`the owner of a certificate proves that it is theirs, groups ${groups}`, () => {
    const identity = createIdentity(nodePrimitives, { kind: "static", groups });
    const pending = challengeIdentity(nodePrimitives, identity.certificate.bytes);
    assert.equal(pending.challenge.group, groups[0]);
    assert.deepEqual(pending.certificate.fingerprint, identity.certificate.fingerprint);
    const proof = proveIdentity(nodePrimitives, identity, pending.challenge, context);
    assert.equal(proof.length, 32);
    assert.equal(pending.check(proof, context), true);
    assert.equal(pending.check(proof, context), false, "good for one answer");
  });
}

test("who has another key cannot, whatever certificate is shown", () => {
  const [mine, theirs] = [1, 2].map(() => createIdentity(nodePrimitives, { kind: "static" }));
  assert.ok(mine && theirs);
  const pending = challengeIdentity(nodePrimitives, theirs.certificate.bytes);
  const stolen = { certificate: theirs.certificate, keyPairs: mine.keyPairs };
  const proof = proveIdentity(nodePrimitives, stolen, pending.challenge, context);
  assert.equal(pending.check(proof, context), false);
});

test("a proof is good for its challenge, application and URL alone", () => {
  const identity = createIdentity(nodePrimitives, { kind: "static" });
  const { bytes } = identity.certificate;
  const first = challengeIdentity(nodePrimitives, bytes);
  const proof = proveIdentity(nodePrimitives, identity, first.challenge, context);
  assert.equal(challengeIdentity(nodePrimitives, bytes).check(proof, context), false, "replayed");
  for (const change of [{ app: "other" }, { url: "rtmp://evil.example/chat" }]) {
    const pending = challengeIdentity(nodePrimitives, bytes);
    const own = proveIdentity(nodePrimitives, identity, pending.challenge, {
      ...context,
      ...change,
    });
    assert.equal(pending.check(own, context), false);
  }
  // Where one part ends and the next begins is part of it.
  const pending = challengeIdentity(nodePrimitives, bytes);
  const shifted = { app: "chatr", url: "tmp://192.0.2.1/chat" };
  const own = proveIdentity(nodePrimitives, identity, pending.challenge, shifted);
  assert.equal(pending.check(own, context), false);
});

test("every bit of the challenge and of the proof counts", () => {
  const identity = createIdentity(nodePrimitives, { kind: "static" });
  const { bytes } = identity.certificate;
  for (const part of ["publicKey", "nonce"] as const) {
    const pending = challengeIdentity(nodePrimitives, bytes);
    const changed = pending.challenge[part].map((byte, index) => byte ^ (index === 3 ? 1 : 0));
    const challenge = { ...pending.challenge, [part]: changed };
    const proof = proveIdentity(nodePrimitives, identity, challenge, context);
    assert.equal(pending.check(proof, context), false, part);
  }
  for (const length of [0, 31, 33]) {
    const pending = challengeIdentity(nodePrimitives, bytes);
    assert.equal(pending.check(new Uint8Array(length), context), false);
  }
});

test("an ephemeral certificate is nobody's, and neither is a key of small order", () => {
  const ephemeral = createIdentity(nodePrimitives, { kind: "ephemeral" });
  const refuse = (bytes: Uint8Array): void => {
    assert.throws(() => challengeIdentity(nodePrimitives, bytes), isCryptoError);
  };
  refuse(ephemeral.certificate.bytes);
  // Option 0x1d, group 31, the point 0.
  refuse(Uint8Array.of(34, 0x1d, 31, ...new Uint8Array(32)));
  assert.throws(() => challengeIdentity(nodePrimitives, Uint8Array.of(9)), MalformedError);
});

test("a challenge of another length is refused, whatever a server makes of it", () => {
  const identity = createIdentity(nodePrimitives, { kind: "static", groups: [2] });
  const { challenge } = challengeIdentity(nodePrimitives, identity.certificate.bytes);
  const { nonce, publicKey } = challenge;
  for (const change of [
    ...[0, 31, 33, 20_000].map((length) => ({ nonce: new Uint8Array(length) })),
    // Zeros before a number change nothing of it.
    { publicKey: Uint8Array.from([...new Uint8Array(20_000), ...publicKey]) },
  ]) {
    const changed = { ...challenge, ...change };
    assert.throws(() => proveIdentity(nodePrimitives, identity, changed, context), isCryptoError);
  }
  assert.equal(nonce.length, 32);
});

test("an identity without a key of the group cannot meet the challenge", () => {
  const identity = createIdentity(nodePrimitives, { kind: "static", groups: [31] });
  const { challenge } = challengeIdentity(nodePrimitives, identity.certificate.bytes);
  const other = { ...challenge, group: 14 };
  assert.throws(() => proveIdentity(nodePrimitives, identity, other, context), isCryptoError);
});
