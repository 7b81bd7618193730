import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { toHex } from "../../../protocol/bytes/hex.ts";
import type { Certificate } from "../../../protocol/crypto/crypto.ts";
import {
  peerDiscriminator,
  serverDiscriminator,
} from "../../../protocol/crypto/endpoint-discriminator.ts";
import { createFlashCrypto } from "../../../protocol/crypto/flash.ts";
import type { FlashCryptoOptions } from "../../../protocol/crypto/flash-options.ts";
import { createIdentity } from "../../../protocol/crypto/identity.ts";
import { readKeyingComponent } from "../../../protocol/crypto/keying-component.ts";
import type { Group, Primitives } from "../../../protocol/crypto/primitives.ts";
import { restoreIdentity, storeIdentity } from "../../../protocol/crypto/stored-identity.ts";
import { nodePrimitives } from "../../../protocol/node/primitives.ts";
import { hex } from "../../support/bytes.ts";
import { assertJoined, cryptoOf, handshake, kinds } from "../../support/flash-handshake.ts";
import { privateKeyOf, shortKeys } from "../../support/group-cases.ts";
import { layoutOf } from "../../support/recorded-handshakes.ts";

const flash = cryptoOf("static", [2], { compat: "flash" });
const { exponentLength, shortPublicKey } = shortKeys(2);
const shortPrivateKey = privateKeyOf(shortPublicKey, exponentLength);
const certificateLayout = "81021d02<128>";
const initiatorLayout = "021d02410e<64>031a020a021e02";
const serverLayout = "031a0000021e0081020d02<128>";
const peerLayout = "031a0000021e00410e<64>";

describe('compat: "flash"', () => {
  test("the certificate is one static key in group 2: MonaServer reads no further", () => {
    const { bytes, fingerprint } = flash.certificate;
    assert.equal(layoutOf(bytes), certificateLayout);
    assert.equal(bytes.length, 132);
    assert.deepEqual(fingerprint, nodePrimitives.sha256(bytes), "the peer ID is of the whole");
  });

  test("a key with leading zeros is padded to 128 bytes: librtmfp takes no certificate else", () => {
    const group = nodePrimitives.group(2);
    assert.ok(group);
    const fixed: Group = {
      ...group,
      generate: () => group.restore(shortPrivateKey),
    };
    const primitives: Primitives = { ...nodePrimitives, group: () => fixed };
    const identity = createIdentity(primitives, { kind: "static", groups: [2] });
    const { bytes } = identity.certificate;
    assert.equal(bytes[4], 0);
    assert.equal(layoutOf(bytes), certificateLayout);
    const restored = restoreIdentity(primitives, storeIdentity(identity));
    const padded = createFlashCrypto(primitives, restored, { compat: "flash" });
    assertJoined(handshake(padded, cryptoOf("ephemeral", [2])));
    assertJoined(handshake(flash, padded));
    // In an ephemeral key as well, which librtmfp takes from offset 11 to the end.
    const server = createIdentity(primitives, { kind: "ephemeral", groups: [2] });
    const joined = handshake(flash, createFlashCrypto(primitives, server));
    assertJoined(joined);
    assert.equal(layoutOf(joined.responderComponent), serverLayout);
  });

  test("an identity stored without the leading zeros of its key is still taken", () => {
    const group = nodePrimitives.group(2);
    const pair = group?.restore(shortPrivateKey);
    assert.ok(pair);
    const short = {
      version: 1,
      certificate: `81011d02${toHex(pair.publicKey.subarray(1))}`,
      privateKeys: { 2: toHex(pair.exportPrivateKey()) },
    };
    const identity = restoreIdentity(nodePrimitives, short);
    const crypto = createFlashCrypto(nodePrimitives, identity, { compat: "flash" });
    assertJoined(handshake(crypto, flash));
  });

  test("as initiator it sends exactly 76 bytes: librtmfp as responder demands 0x4C", () => {
    for (const kind of kinds) {
      const far = cryptoOf(kind, [31, 14, 2]);
      const { component } = flash.initiate(far.certificate);
      assert.equal(component.length, 76);
      assert.equal(layoutOf(component), initiatorLayout);
    }
  });

  test("as responder it sends exactly 73 bytes, negotiations first: librtmfp demands them", () => {
    const { responderComponent } = handshake(flash, flash);
    assert.equal(responderComponent.length, 73);
    assert.equal(layoutOf(responderComponent), peerLayout);
  });

  test("it never requests an HMAC or numbers: MonaServer goes on without, and so would fail", () => {
    for (const far of [flash, cryptoOf("static", [2]), cryptoOf("ephemeral", [2])]) {
      const { initiatorComponent } = handshake(flash, far);
      const { hmac, sequenceNumbers } = readKeyingComponent(initiatorComponent);
      assert.equal(hmac.request || sequenceNumbers.request, false);
    }
  });

  test("it sends both to strict far ends that request them", () => {
    const joined = handshake(cryptoOf("static", [31, 2]), flash);
    assertJoined(joined);
    const { hmac, sequenceNumbers } = readKeyingComponent(joined.responderComponent);
    assert.deepEqual([hmac.willSendAlways, hmac.length], [true, 10]);
    assert.equal(sequenceNumbers.willSendAlways, true);
  });

  test('the signature is "X": librtmfp rejects a packet that ends otherwise', () => {
    assert.deepEqual(flash.sign(new Uint8Array(9)), hex("58"));
  });

  test("endpoint discriminators are one option: MonaServer 1 mislocates the tag behind two", () => {
    assert.equal(toHex(serverDiscriminator("rtmfp://h/a")), "0c0a7274" + "6d66703a2f2f682f61");
    const { fingerprint } = flash.certificate;
    assert.equal(toHex(peerDiscriminator(fingerprint)), `210f${toHex(fingerprint)}`);
  });

  test("it sends no key for forward secrecy: that would be one option too many", () => {
    const joined = handshake(flash, cryptoOf("static", [31, 2]));
    assertJoined(joined);
    for (const component of [joined.initiatorComponent, joined.responderComponent]) {
      assert.equal(readKeyingComponent(component).forwardSecrecyKey, undefined);
    }
  });

  test("other identities, and options that it fixes, are refused by name", () => {
    const compat = "flash" as const;
    assert.throws(() => cryptoOf("ephemeral", [2], { compat }), /RangeError: compat/);
    assert.throws(() => cryptoOf("static", [31, 2], { compat }), /RangeError: compat/);
    assert.throws(() => cryptoOf("static", [14], { compat }), /RangeError: compat/);
    const others: FlashCryptoOptions[] = [
      { hmac: {} },
      { sequenceNumbers: {} },
      { forwardSecrecy: "offer" },
      { password: { id: "x", secret: "y" } },
    ];
    for (const other of others) {
      const name = new RegExp(`RangeError: ${Object.keys(other)[0]}`);
      assert.throws(() => cryptoOf("static", [2], { compat, ...other }), name);
    }
    const unknown = "cirrus" as "flash";
    assert.throws(() => cryptoOf("static", [2], { compat: unknown }), /RangeError: compat/);
  });
});

describe("a responder with the defaults answers each initiator as it needs", () => {
  const server = cryptoOf("ephemeral", [31, 14, 2]);

  test("a transcribed initiator: 139 bytes, key last, librtmfp takes it from offset 11", () => {
    const joined = handshake(flash, server);
    assertJoined(joined);
    assert.equal(joined.responderComponent.length, 139);
    assert.equal(layoutOf(joined.responderComponent), serverLayout);
    joined.responder.cipher.begin(1200).put(new Uint8Array(14));
    assert.equal(joined.responder.cipher.seal(1).length, 20, "checksum, no number");
  });

  test("MonaServer and librtmfp implement no HMAC: they are sent none, though they offer one", () => {
    const { responder } = handshake(flash, cryptoOf("static", [31, 2]));
    responder.cipher.begin(1200).put(new Uint8Array(14));
    assert.equal(responder.cipher.seal(1).length, 20);
  });

  test("a strict initiator at the same time: HMAC and numbers", () => {
    const joined = handshake(cryptoOf("static", [31]), server);
    assertJoined(joined);
    const { hmac, sequenceNumbers } = readKeyingComponent(joined.responderComponent);
    assert.deepEqual([hmac.willSendAlways, hmac.request], [true, true]);
    assert.deepEqual([sequenceNumbers.willSendAlways, sequenceNumbers.request], [true, true]);
  });

  const random = "5a".repeat(64);
  const key = toHex(flash.certificate.bytes.subarray(4));
  const plain = `8102 1d 02 ${key}`;
  const answered = (certificate: string, component: string): string => {
    const far: Certificate = server.readCertificate(hex(certificate));
    return layoutOf(server.respond(far, hex(component)).component);
  };

  test("their key may have lost a leading zero, which they strip", () => {
    const component = `021d02410e${random}031a020a021e02`;
    assert.equal(answered(plain, component), serverLayout);
    const short = `8101 1d 02 ${key.slice(2)}`;
    assert.equal(answered(short, component), serverLayout);
  });

  const strict: [string, string, string][] = [
    ["it requests an HMAC", plain, `021d02410e${random}031a030a021e02`],
    ["it requests numbers", plain, `021d02410e${random}031a020a021e03`],
    ["it always sends an HMAC", plain, `021d02410e${random}031a060a021e02`],
    ["its options are in another order", plain, `021d02031a020a021e02410e${random}`],
    ["it has more to say", plain, `021d02410e${random}031a020a021e02026300`],
    ["its randomness is shorter", plain, `021d02110e${"5a".repeat(16)}031a020a021e02`],
    ["its certificate has two options", `${plain} 02 0e 11`, `021d02410e${random}031a020a021e02`],
  ];
  for (const [why, certificate, component] of strict) {
    test(`not transcribed: ${why}`, () => {
      const answer = readKeyingComponent(
        server.respond(server.readCertificate(hex(certificate)), hex(component)).component,
      );
      assert.equal(answer.hmac.request, true);
      assert.notEqual(answered(certificate, component), serverLayout);
    });
  }

  test("what this end requires it does not waive for them", () => {
    for (const required of ["hmac", "sequenceNumbers"] as const) {
      const strictServer = cryptoOf("ephemeral", [2], { [required]: { require: true } });
      assert.throws(() => handshake(flash, strictServer), { code: "CRYPTO" });
    }
  });

  test("librtmfp asks for a server by the path alone, Flash Player by the whole URL: both are ours", () => {
    const server = createIdentity(nodePrimitives, {
      kind: "ephemeral",
      groups: [2],
      acceptsAncillary: true,
    }).certificate;
    for (const name of ["live", "rtmfp://127.0.0.1:1935/live/clip", ""]) {
      assert.ok(server.isSelectedBy(serverDiscriminator(name)), name);
    }
  });

  test("the usual server certificate has 77 bytes, as many as librtmfp reads and ignores", () => {
    const identity = createIdentity(nodePrimitives, { kind: "ephemeral", acceptsAncillary: true });
    assert.equal(identity.certificate.bytes.length, 77);
  });
});
