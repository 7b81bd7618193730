import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  createIdentity,
  DEFAULT_GROUPS,
  type IdentityOptions,
} from "../../../protocol/crypto/identity.ts";
import {
  restoreIdentity,
  type StoredIdentity,
  storeIdentity,
} from "../../../protocol/crypto/stored-identity.ts";
import { RtmfpError } from "../../../protocol/errors.ts";
import { nodePrimitives } from "../../../protocol/node/primitives.ts";

const create = (options: IdentityOptions): ReturnType<typeof createIdentity> =>
  createIdentity(nodePrimitives, options);
const restore = (stored: unknown): ReturnType<typeof restoreIdentity> =>
  restoreIdentity(nodePrimitives, stored);

describe("createIdentity", () => {
  test("§4.3.3.5 a static identity has a key pair in each group, X25519 first", () => {
    const { certificate, keyPairs } = create({ kind: "static" });
    assert.equal(certificate.isStatic, true);
    assert.deepEqual(certificate.groups, [31, 14, 2]);
    assert.deepEqual([...keyPairs.keys()], [31, 14, 2]);
    for (const [group, pair] of keyPairs) {
      assert.deepEqual(certificate.content.staticKeys.get(group), pair.publicKey);
    }
    assert.equal(certificate.content.acceptsAncillary, false);
  });

  test("§4.3.3.4 an ephemeral identity lists groups, and is unique by its randomness", () => {
    const options = { kind: "ephemeral", acceptsAncillary: true, hostname: "lb.example" } as const;
    const { certificate, keyPairs } = create(options);
    assert.equal(certificate.isStatic, false);
    assert.deepEqual(certificate.groups, DEFAULT_GROUPS);
    assert.equal(keyPairs.size, 0);
    assert.equal(certificate.content.acceptsAncillary, true);
    assert.equal(new TextDecoder().decode(certificate.content.hostname), "lb.example");
    assert.notDeepEqual(create(options).certificate.fingerprint, certificate.fingerprint);
  });

  test("groups keep their order, and undefined means the default", () => {
    const groups = [2, 16, 5];
    assert.deepEqual(create({ kind: "static", groups }).certificate.groups, groups);
    assert.deepEqual(create({ kind: "ephemeral", groups }).certificate.groups, groups);
    const undefinedOptions = {
      groups: undefined,
      acceptsAncillary: undefined,
      hostname: undefined,
    };
    const { certificate } = create({ kind: "ephemeral", ...undefinedOptions });
    assert.deepEqual(certificate.groups, DEFAULT_GROUPS);
  });

  test("options out of range are refused by name", () => {
    for (const groups of [[], [31, 31], [31, 1], [0]]) {
      assert.throws(() => create({ kind: "static", groups }), /RangeError: groups/);
    }
    const hostname = "x".repeat(256);
    assert.throws(() => create({ kind: "ephemeral", hostname }), /RangeError: hostname/);
  });
});

describe("storeIdentity and restoreIdentity", () => {
  test("an identity survives JSON, of either kind and in every group", () => {
    for (const kind of ["static", "ephemeral"] as const) {
      const identity = create({ kind, groups: [31, 2, 5, 14, 16], hostname: "h" });
      const json = JSON.stringify(storeIdentity(identity));
      const restored = restore(JSON.parse(json));
      assert.deepEqual(restored.certificate.bytes, identity.certificate.bytes);
      assert.deepEqual(restored.certificate.fingerprint, identity.certificate.fingerprint);
      assert.deepEqual([...restored.keyPairs.keys()], [...identity.keyPairs.keys()]);
      for (const [group, pair] of identity.keyPairs) {
        const far = nodePrimitives.group(group)?.generate().publicKey ?? new Uint8Array();
        assert.deepEqual(restored.keyPairs.get(group)?.agree(far), pair.agree(far));
      }
    }
  });

  test("what does not fit is refused, and the error says what", () => {
    const stored = storeIdentity(create({ kind: "static", groups: [31, 2] }));
    const other = storeIdentity(create({ kind: "static", groups: [31, 2] }));
    const { privateKeys } = stored;
    const withKeys = (keys: Record<string, unknown>): unknown => ({
      ...stored,
      privateKeys: { ...privateKeys, ...keys },
    });
    const unknownGroup: StoredIdentity = { version: 1, certificate: "021507", privateKeys: {} };
    const cases: [unknown, RegExp][] = [
      [undefined, /not an object/],
      [null, /not an object/],
      ["text", /not an object/],
      [{}, /version: 1 expected/],
      [{ ...stored, version: 2 }, /version: 1 expected/],
      [{ ...stored, privateKeys: undefined }, /privateKeys: an object expected/],
      [{ ...stored, certificate: undefined }, /certificate: missing/],
      [{ ...stored, certificate: "xyz" }, /certificate: not hexadecimal/],
      [{ ...stored, certificate: stored.certificate.slice(2) }, /bytes end early/],
      [{ ...stored, certificate: "" }, /either static keys or ephemeral groups/],
      [{ ...stored, certificate: other.certificate }, /privateKeys.31: of another certificate/],
      [{ ...stored, privateKeys: {} }, /privateKeys.31: missing/],
      [withKeys({ 31: 7 }), /privateKeys.31: missing/],
      [withKeys({ 31: "0" }), /privateKeys.31: not hexadecimal/],
      [withKeys({ 31: "00" }), /group 31 has 32 bytes/],
      [withKeys({ 2: "00" }), /group 2 has 28 to 128 bytes/],
      [withKeys({ 2: "00".repeat(28) }), /privateKeys.2: of another certificate/],
      [withKeys({ 2: other.privateKeys[2] }), /privateKeys.2: of another certificate/],
      [unknownGroup, /groups: 7 is not supported/],
    ];
    for (const [value, message] of cases) {
      assert.throws(
        () => restore(value),
        (error) =>
          error instanceof RtmfpError &&
          error.code === "CRYPTO" &&
          error.message.startsWith("not a usable identity: ") &&
          message.test(error.message),
        String(message),
      );
    }
  });
});
