import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { toHex } from "../../../protocol/bytes/hex.ts";
import { createFlashCrypto } from "../../../protocol/crypto/flash.ts";
import { createIdentity } from "../../../protocol/crypto/identity.ts";
import { deriveKeys } from "../../../protocol/crypto/key-derivation.ts";
import {
  readKeyingComponent,
  writeInitiatorComponent,
} from "../../../protocol/crypto/keying-component.ts";
import type { KeyPair, Primitives } from "../../../protocol/crypto/primitives.ts";
import { nodePrimitives } from "../../../protocol/node/primitives.ts";
import {
  assertJoined,
  cryptoOf,
  handshake,
  identityOf,
  kinds,
} from "../../support/flash-handshake.ts";

const groups = [31];

/** The secret of the certificates alone, which whoever steals a private key can compute. */
function staticSecret(near: readonly number[], far: readonly number[], group: number): Uint8Array {
  const pair = identityOf("static", near).keyPairs.get(group);
  const key = identityOf("static", far).certificate.content.staticKeys.get(group);
  assert.ok(pair && key);
  return pair.agree(key);
}

describe("docs/forward-secrecy.md: two static certificates", () => {
  test("both ends send an X25519 key, last and under type 0x2519", () => {
    const { initiatorComponent, responderComponent } = handshake(
      cryptoOf("static", groups),
      cryptoOf("static", [31, 14]),
    );
    for (const component of [initiatorComponent, responderComponent]) {
      const { forwardSecrecyKey } = readKeyingComponent(component);
      assert.equal(forwardSecrecyKey?.length, 32);
      const option = `22ca19${toHex(forwardSecrecyKey)}`;
      assert.equal(toHex(component.subarray(-option.length / 2)), option);
    }
  });

  for (const group of [31, 14, 2]) {
    test(`a recorded session does not open with the static keys, group ${group}`, () => {
      const [near, far] = [[group], [group, 5]];
      const joined = handshake(cryptoOf("static", near), cryptoOf("static", far));
      assertJoined(joined);
      const { initiatorComponent, responderComponent, initiator } = joined;
      const stolen = staticSecret(near, far, group);
      const keys = deriveKeys(nodePrimitives, stolen, initiatorComponent, responderComponent);
      assert.notDeepEqual(keys.nearNonce, initiator.nearNonce);
      assert.notDeepEqual(keys.farNonce, initiator.farNonce);
    });
  }

  test("the secret is HMAC-SHA256 under the ephemeral one, over that of the certificates", () => {
    const pairs: KeyPair[] = [];
    const x25519 = nodePrimitives.group(31);
    assert.ok(x25519);
    const generate = (): KeyPair => {
      const pair = x25519.generate();
      pairs.push(pair);
      return pair;
    };
    const watched: Primitives = { ...nodePrimitives, group: () => ({ ...x25519, generate }) };
    const crypto = createFlashCrypto(watched, identityOf("static", groups));
    const far = cryptoOf("static", [31, 14]);
    const { initiator, initiatorComponent, responderComponent } = handshake(crypto, far);
    const { forwardSecrecyKey } = readKeyingComponent(responderComponent);
    const [pair] = pairs;
    assert.ok(pair && forwardSecrecyKey);
    const ephemeral = pair.agree(forwardSecrecyKey);
    const secret = nodePrimitives.hmacSha256(ephemeral)(staticSecret(groups, [31, 14], 31));
    const keys = deriveKeys(nodePrimitives, secret, initiatorComponent, responderComponent);
    assert.deepEqual(keys.nearNonce, initiator.nearNonce);
    assert.deepEqual(keys.farNonce, initiator.farNonce);
  });

  test("with one end that knows nothing of it, the session is as RFC 7425 has it", () => {
    const [knows, strange] = [
      cryptoOf("static", groups),
      cryptoOf("static", [31, 14], { forwardSecrecy: "off" }),
    ];
    for (const [initiator, responder] of [
      [knows, strange],
      [strange, knows],
    ] as const) {
      const joined = handshake(initiator, responder);
      assertJoined(joined);
      const { initiatorComponent, responderComponent } = joined;
      assert.equal(readKeyingComponent(responderComponent).forwardSecrecyKey, undefined);
      const keys = deriveKeys(
        nodePrimitives,
        staticSecret(groups, [31, 14], 31),
        initiatorComponent,
        responderComponent,
      );
      assert.deepEqual(keys.nearNonce, joined.initiator.nearNonce);
    }
  });

  test("an initiator that requires it refuses an answer without, and so does a responder", () => {
    const strict = cryptoOf("static", groups, { forwardSecrecy: "require" });
    const strange = cryptoOf("static", groups, { forwardSecrecy: "off" });
    assert.throws(() => handshake(strict, strange), { code: "CRYPTO" });
    assert.throws(() => handshake(strange, strict), { code: "CRYPTO" });
    assertJoined(handshake(strict, cryptoOf("static", groups)));
    assertJoined(handshake(cryptoOf("static", groups), strict));
    assertJoined(handshake(strict, cryptoOf("ephemeral", groups)));
  });
});

test("an ephemeral certificate on either end: nothing is added", () => {
  for (const [near, far] of kinds.flatMap((one) => kinds.map((other) => [one, other] as const))) {
    if (near === "static" && far === "static") continue;
    const joined = handshake(cryptoOf(near, groups), cryptoOf(far, groups));
    for (const component of [joined.initiatorComponent, joined.responderComponent]) {
      assert.equal(readKeyingComponent(component).forwardSecrecyKey, undefined);
    }
  }
});

test("whoever strips the option on the way breaks the session: it is part of the derivation", () => {
  const [one, other] = [cryptoOf("static", groups), cryptoOf("static", [31, 14])];
  const initiating = one.initiate(other.certificate);
  const sent = readKeyingComponent(initiating.component);
  const stripped = writeInitiatorComponent({ ...sent, forwardSecrecyKey: undefined });
  const { component, keys } = other.respond(one.certificate, stripped);
  const { cipher } = initiating.finish(component);
  cipher.begin(1200).u8(1);
  assert.equal(keys.cipher.unseal(cipher.seal(1)), undefined);
  keys.cipher.begin(1200).u8(1);
  assert.equal(cipher.unseal(keys.cipher.seal(1)), undefined);
});

test("whoever replaces a key on the way breaks the session as well", () => {
  const [one, other] = [cryptoOf("static", groups), cryptoOf("static", [31, 14])];
  const initiating = one.initiate(other.certificate);
  const sent = readKeyingComponent(initiating.component);
  const forwardSecrecyKey = nodePrimitives.group(31)?.generate().publicKey;
  const replaced = writeInitiatorComponent({ ...sent, forwardSecrecyKey });
  const { component, keys } = other.respond(one.certificate, replaced);
  const { cipher } = initiating.finish(component);
  cipher.begin(1200).u8(1);
  assert.equal(keys.cipher.unseal(cipher.seal(1)), undefined);
});

test("a key of another length or of small order is refused, in both roles", () => {
  const [one, other] = [cryptoOf("static", groups), cryptoOf("static", [31, 14])];
  for (const length of [0, 31, 32, 33]) {
    const forwardSecrecyKey = new Uint8Array(length);
    const initiating = one.initiate(other.certificate);
    const sent = readKeyingComponent(initiating.component);
    const bad = writeInitiatorComponent({ ...sent, forwardSecrecyKey });
    assert.throws(() => other.respond(one.certificate, bad), { code: "CRYPTO" });
    const answer = readKeyingComponent(
      other.respond(one.certificate, initiating.component).component,
    );
    const badAnswer = writeInitiatorComponent({ ...answer, forwardSecrecyKey });
    assert.throws(() => initiating.finish(badAnswer), { code: "CRYPTO" });
  }
});

test("cryptography without X25519 goes without", () => {
  const primitives: Primitives = {
    ...nodePrimitives,
    group: (id) => (id === 31 ? undefined : nodePrimitives.group(id)),
  };
  const identity = createIdentity(primitives, { kind: "static", groups: [2] });
  const joined = handshake(createFlashCrypto(primitives, identity), cryptoOf("static", [2]));
  assertJoined(joined);
  assert.equal(readKeyingComponent(joined.initiatorComponent).forwardSecrecyKey, undefined);
});

test("forwardSecrecy out of range is refused by name", () => {
  const forwardSecrecy = "yes" as "offer";
  assert.throws(() => cryptoOf("static", groups, { forwardSecrecy }), /RangeError: forwardSecrecy/);
});
