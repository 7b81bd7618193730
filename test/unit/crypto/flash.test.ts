import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Crypto, PacketCipher } from "../../../protocol/crypto/crypto.ts";
import { createFlashCrypto } from "../../../protocol/crypto/flash.ts";
import type { FlashCryptoOptions } from "../../../protocol/crypto/flash-options.ts";
import { createIdentity } from "../../../protocol/crypto/identity.ts";
import { readKeyingComponent } from "../../../protocol/crypto/keying-component.ts";
import type { Group, Primitives } from "../../../protocol/crypto/primitives.ts";
import { nodePrimitives } from "../../../protocol/node/primitives.ts";
import {
  assertJoined,
  assertTalks,
  cryptoOf,
  handshake,
  type Kind,
  kinds,
} from "../../support/flash-handshake.ts";
import { privateKeyOf, shortKeys } from "../../support/group-cases.ts";

describe("§4.6.1 public key selection", () => {
  for (const initiatorKind of kinds) {
    for (const responderKind of kinds) {
      for (const group of [31, 14, 2, 5, 16]) {
        test(`${initiatorKind} to ${responderKind} in group ${group}`, () => {
          const initiator = cryptoOf(initiatorKind, [group]);
          const responder = cryptoOf(responderKind, [group]);
          const joined = handshake(initiator, responder);
          assertJoined(joined);
          const request = readKeyingComponent(joined.initiatorComponent);
          const answer = readKeyingComponent(joined.responderComponent);
          const isStatic = initiatorKind === "static";
          assert.equal(request.groupSelect, isStatic ? group : undefined);
          assert.equal(request.ephemeralKey?.group, isStatic ? undefined : group);
          assert.equal(request.extraRandomness?.length, isStatic ? 64 : undefined);
          assert.equal(answer.groupSelect, undefined);
          assert.equal(answer.ephemeralKey?.group, responderKind === "static" ? undefined : group);
          assert.equal(answer.extraRandomness?.length, responderKind === "static" ? 64 : undefined);
        });
      }
    }
  }

  test("the initiator takes the first of its groups that the far certificate lists", () => {
    const chosen = (near: number[], far: number[]): number | undefined => {
      const joined = handshake(cryptoOf("ephemeral", near), cryptoOf("static", far));
      return readKeyingComponent(joined.initiatorComponent).ephemeralKey?.group;
    };
    assert.equal(chosen([31, 14, 2], [2, 14, 31]), 31);
    assert.equal(chosen([31, 14, 2], [2, 14]), 14);
    assert.equal(chosen([14, 5, 2], [31, 2]), 2);
  });

  test("two handshakes of the same ends share no key", () => {
    for (const kind of kinds) {
      const one = cryptoOf(kind, [31]);
      const other = cryptoOf("static", [31]);
      const first = handshake(one, other);
      const second = handshake(one, other);
      assert.notDeepEqual(first.initiator.nearNonce, second.initiator.nearNonce);
      first.initiator.cipher.begin(1200).u8(1);
      assert.equal(second.responder.cipher.unseal(first.initiator.cipher.seal(1)), undefined);
    }
  });

  test("a component that does not finish leaves the initiator able to", () => {
    const responder = cryptoOf("ephemeral", [31]);
    const initiator = cryptoOf("static", [31]);
    const initiating = initiator.initiate(initiator.readCertificate(responder.certificate.bytes));
    assert.throws(() => initiating.finish(Uint8Array.of(9)), { code: "MALFORMED" });
    assert.throws(() => initiating.finish(new Uint8Array()), { code: "CRYPTO" });
    const far = responder.readCertificate(initiator.certificate.bytes);
    const { component, keys } = responder.respond(far, initiating.component);
    assertTalks(initiating.finish(component).cipher, keys.cipher);
  });
});

describe("§4.6.2 a secret or a key with a leading zero byte joins both ends", () => {
  for (const id of [2, 5, 14, 16]) {
    const fixed = (privateKey: Uint8Array): Primitives => {
      const group = nodePrimitives.group(id);
      assert.ok(group !== undefined);
      const always: Group = { ...group, generate: () => group.restore(privateKey) };
      const groupOf: Primitives["group"] = (wanted) =>
        wanted === id ? always : nodePrimitives.group(wanted);
      return { ...nodePrimitives, group: groupOf };
    };
    const { exponentLength, shortSecret, shortPublicKey } = shortKeys(id);
    const plain = new Uint8Array(exponentLength).fill(0x11);
    for (const short of [shortSecret, shortPublicKey]) {
      const what = short === shortSecret ? "secret" : "public key";
      for (const [near, far] of kinds.flatMap((one) => kinds.map((two) => [one, two] as const))) {
        test(`${what} of group ${id}, ${near} to ${far}`, () => {
          const end = (kind: Kind, privateKey: Uint8Array): Crypto => {
            const primitives = fixed(privateKey);
            const identity = createIdentity(primitives, { kind, groups: [id] });
            return createFlashCrypto(primitives, identity);
          };
          const shortKey = privateKeyOf(short, exponentLength);
          assertJoined(handshake(end(near, plain), end(far, shortKey)));
          assertJoined(handshake(end(near, shortKey), end(far, plain)));
        });
      }
    }
  }
});

test("§4.6.4 §4.6.6 protection is negotiated by each direction", () => {
  const off = { willSendAlways: false, willSendOnRequest: false, request: false };
  const onRequest = { ...off, willSendOnRequest: true };
  const requesting = { ...off, request: true };
  const overhead = (cipher: PacketCipher): number => {
    cipher.begin(1200).put(new Uint8Array(12));
    return cipher.seal(1).length - 4;
  };
  // One block of packet, whatever precedes it, and the HMAC of that direction.
  const cases: [FlashCryptoOptions, FlashCryptoOptions, number, number][] = [
    [{}, {}, 32, 32],
    [{ hmac: { length: 4 } }, { hmac: { length: 32 } }, 20, 48],
    [{ hmac: off }, { hmac: off }, 16, 16],
    [{ hmac: off }, {}, 16, 32],
    [{ hmac: onRequest }, { hmac: off }, 16, 16],
    [{ hmac: onRequest }, { hmac: requesting }, 32, 16],
    [{ hmac: requesting }, { hmac: onRequest }, 16, 32],
    [{ hmac: off, sequenceNumbers: off }, { hmac: off, sequenceNumbers: off }, 16, 16],
    [{ sequenceNumbers: off }, {}, 32, 32],
    [{ sequenceNumbers: requesting }, { sequenceNumbers: onRequest }, 32, 32],
  ];
  for (const [one, other, sent, received] of cases) {
    const joined = handshake(cryptoOf("static", [31], one), cryptoOf("ephemeral", [31], other));
    assertJoined(joined);
    const sizes = [overhead(joined.initiator.cipher), overhead(joined.responder.cipher)];
    assert.deepEqual(sizes, [sent, received], JSON.stringify([one, other]));
  }
});

test("§4.6.6 without sequence numbers a packet opens again, with them it does not", () => {
  const off = { willSendAlways: false, willSendOnRequest: false, request: false };
  for (const [sequenceNumbers, again] of [
    [off, true],
    [undefined, false],
  ] as const) {
    const ends = kinds.map((kind) => cryptoOf(kind, [31], { sequenceNumbers }));
    const [one, other] = ends;
    assert.ok(one && other);
    const { initiator, responder } = handshake(one, other);
    initiator.cipher.begin(1200).u8(1);
    const datagram = initiator.cipher.seal(1);
    assert.ok(responder.cipher.unseal(datagram));
    assert.equal(responder.cipher.unseal(datagram) !== undefined, again);
  }
});

test("§4.6.4 an end that requires what the other never sends refuses, in either role", () => {
  const off = { willSendAlways: false, willSendOnRequest: false, request: false };
  for (const what of ["hmac", "sequenceNumbers"] as const) {
    const strict = cryptoOf("static", [31], { [what]: { require: true } });
    const lax = cryptoOf("static", [31], { [what]: off });
    assert.throws(() => handshake(strict, lax), { code: "CRYPTO" });
    assert.throws(() => handshake(lax, strict), { code: "CRYPTO" });
    assertJoined(handshake(strict, cryptoOf("static", [31])));
  }
});

test("options out of range are refused by name", () => {
  for (const length of [0, 3, 33, 4.5, Number.NaN]) {
    assert.throws(() => cryptoOf("static", [31], { hmac: { length } }), /RangeError: hmac.length/);
  }
});

test("§4.1 startup packets need no handshake, and anyone opens them", () => {
  const [one, other] = kinds.map((kind) => cryptoOf(kind, [31]));
  assert.ok(one && other);
  assertTalks(one.startup, other.startup);
  one.startup.begin(1200).u8(1);
  const datagram = one.startup.seal(0);
  assert.ok(other.startup.unseal(datagram));
  assert.ok(other.startup.unseal(datagram), "no sequence numbers");
});

test("random, hash and equal are those of the primitives", () => {
  const crypto = cryptoOf("static", [31]);
  assert.equal(crypto.random(16).length, 16);
  const [one, two] = [Uint8Array.of(1), Uint8Array.of(2)];
  assert.deepEqual(crypto.hash(one, two), nodePrimitives.sha256(Uint8Array.of(1, 2)));
  assert.equal(crypto.equal(one, two), false);
  assert.equal(crypto.equal(one, Uint8Array.of(1)), true);
});
