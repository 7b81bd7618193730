import assert from "node:assert/strict";
import { test } from "node:test";
import { FlashCertificate } from "../../../protocol/crypto/certificate.ts";
import { createFlashCrypto } from "../../../protocol/crypto/flash.ts";
import type { FlashCryptoOptions } from "../../../protocol/crypto/flash-options.ts";
import { createIdentity } from "../../../protocol/crypto/identity.ts";
import { writeInitiatorComponent } from "../../../protocol/crypto/keying-component.ts";
import { nodePrimitives } from "../../../protocol/node/primitives.ts";
import { countingPrimitives } from "../../support/counting-primitives.ts";

const groups = [31, 14, 2];
const identityOf = (kind: "static" | "ephemeral") =>
  createIdentity(nodePrimitives, { kind, groups });
const nothing = { willSendAlways: false, willSendOnRequest: false, request: false };
const unprotected = { hmac: { ...nothing, length: 0 }, sequenceNumbers: nothing };

/** A server, and the groups in which it has made key pairs. */
function server(options: FlashCryptoOptions = {}) {
  const { primitives, made } = countingPrimitives();
  return { crypto: createFlashCrypto(primitives, identityOf("ephemeral"), options), made };
}

const farCertificate = new FlashCertificate(
  identityOf("ephemeral").certificate.bytes,
  nodePrimitives,
);

function componentOf(group: number, publicKey: Uint8Array): Uint8Array {
  return writeInitiatorComponent({ ephemeralKey: { group, publicKey }, ...unprotected });
}

test("§4.6.2 a public key that shows to be none costs a responder no key pair", () => {
  const { crypto, made } = server();
  for (const group of groups) {
    for (const length of [0, 31, 256]) {
      const component = componentOf(group, new Uint8Array(length));
      assert.throws(() => crypto.respond(farCertificate, component), { code: "CRYPTO" });
    }
  }
  assert.deepEqual(made, []);
});

test("§4.6.4 nor does a far end that will not send what is required", () => {
  const { crypto, made } = server({ hmac: { require: true } });
  const publicKey = nodePrimitives.group(14)?.generate().publicKey ?? new Uint8Array();
  const component = componentOf(14, publicKey);
  assert.throws(() => crypto.respond(farCertificate, component), { code: "CRYPTO" });
  assert.deepEqual(made, []);
});

test("keying in another group than the preferred one leaves the pairs that were made ahead", () => {
  const { crypto, made } = server();
  for (let hellos = 0; hellos < 16; hellos += 1) crypto.prepare();
  for (const group of [14, 2, 14]) {
    const publicKey = nodePrimitives.group(group)?.generate().publicKey ?? new Uint8Array();
    assert.ok(crypto.respond(farCertificate, componentOf(group, publicKey)));
    for (let hellos = 0; hellos < 16; hellos += 1) crypto.prepare();
  }
  const others = made.filter((group) => group !== 31);
  assert.deepEqual([made.length, others], [19, [14, 2, 14]]);
});

test("a static identity makes pairs ahead for forward secrecy, and none without", () => {
  for (const [forwardSecrecy, expected] of [
    ["offer", [31]],
    ["off", []],
  ] as const) {
    const { primitives, made } = countingPrimitives();
    createFlashCrypto(primitives, identityOf("static"), { forwardSecrecy }).prepare();
    assert.deepEqual(made, expected);
  }
});

test("a stranger's certificate is read once for its keying", (t) => {
  for (const kind of ["static", "ephemeral"] as const) {
    const { crypto } = server();
    const far = createFlashCrypto(nodePrimitives, identityOf(kind));
    const near = new FlashCertificate(crypto.certificate.bytes, nodePrimitives);
    const stranger = new FlashCertificate(far.certificate.bytes, nodePrimitives);
    const { prototype } = FlashCertificate;
    const { get } = Object.getOwnPropertyDescriptor(prototype, "content") ?? {};
    assert.ok(get);
    const read: unknown[] = [];
    const content = t.mock.getter(prototype, "content", function (this: FlashCertificate) {
      read.push(this);
      return get.call(this);
    });
    const { component } = far.initiate(near);
    assert.deepEqual(read, [near]);
    crypto.respond(stranger, component);
    assert.deepEqual(read, [near, stranger]);
    content.mock.restore();
  }
});
