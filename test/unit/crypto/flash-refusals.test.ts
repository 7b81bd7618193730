import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromHex, toHex } from "../../../protocol/bytes/hex.ts";
import { FlashCertificate } from "../../../protocol/crypto/certificate.ts";
import { createFlashCrypto } from "../../../protocol/crypto/flash.ts";
import { createIdentity } from "../../../protocol/crypto/identity.ts";
import { RtmfpError } from "../../../protocol/errors.ts";
import { nodePrimitives } from "../../../protocol/node/primitives.ts";

const groups = [31, 2];
const staticEnd = createFlashCrypto(
  nodePrimitives,
  createIdentity(nodePrimitives, { kind: "static", groups }),
);
const ephemeralEnd = createFlashCrypto(
  nodePrimitives,
  createIdentity(nodePrimitives, { kind: "ephemeral", groups }),
);
const ends = [staticEnd, ephemeralEnd];
const certificate = (hex: string): FlashCertificate =>
  new FlashCertificate(fromHex(hex), nodePrimitives);
const x25519Key = toHex(nodePrimitives.group(31)?.generate().publicKey ?? new Uint8Array());
const modpKey = toHex(
  nodePrimitives.group(2)?.restore(new Uint8Array(28).fill(9)).publicKey ?? new Uint8Array(),
);

const ephemeralKey31 = `220d1f${x25519Key}`;
const select31 = "021d1f";
const select2 = "021d02";

test("no group in common: nothing to initiate with", () => {
  for (const end of ends) {
    for (const hex of ["02150e", "021507", `221d0e${"ab".repeat(32)}`]) {
      assert.throws(() => end.initiate(certificate(hex)), { code: "CRYPTO" });
    }
  }
});

test("§4.6.1 an initiator has to select one group, by the means of its certificate", () => {
  const ephemeral = certificate("02151f");
  const fixed = certificate(`221d1f${x25519Key}`);
  const refused: [FlashCertificate, string][] = [
    [ephemeral, ""],
    [ephemeral, select31],
    [ephemeral, ephemeralKey31 + select31],
    [fixed, ""],
    [fixed, ephemeralKey31],
    [fixed, select31 + ephemeralKey31],
    [fixed, select2],
    [fixed, "021d07"],
    [ephemeral, `220d07${x25519Key}`],
    [ephemeral, `220d0e${x25519Key}`],
  ];
  for (const end of ends) {
    for (const [far, component] of refused) {
      assert.throws(() => end.respond(far, fromHex(component)), { code: "CRYPTO" }, component);
    }
    assert.ok(end.respond(ephemeral, fromHex(ephemeralKey31)));
    assert.ok(end.respond(fixed, fromHex(select31)));
  }
});

test("§4.6.1 a responder answers in the group that was selected", () => {
  for (const end of ends) {
    const toEphemeral = end.initiate(certificate("02151f021502"));
    const toStatic = end.initiate(certificate(`221d1f${x25519Key}`));
    for (const component of ["", `81020d02${modpKey}`]) {
      assert.throws(() => toEphemeral.finish(fromHex(component)), { code: "CRYPTO" });
    }
    assert.throws(() => toStatic.finish(fromHex(ephemeralKey31)), { code: "CRYPTO" });
    assert.ok(toEphemeral.finish(fromHex(ephemeralKey31)));
    assert.ok(toStatic.finish(new Uint8Array()));
  }
});

test("§4.6.2 unacceptable public keys are refused, ephemeral and static, in both roles", () => {
  const zero = "00".repeat(32);
  const one = `01${"00".repeat(31)}`;
  const keys: [string, string][] = [
    ["1f", zero],
    ["1f", one],
    ["1f", x25519Key.slice(2)],
    ["02", "02"],
    ["02", "01000000"],
    ["02", "ff".repeat(128)],
    ["02", `01${modpKey}`],
  ];
  for (const end of ends) {
    for (const [group, key] of keys) {
      const option = (type: string): Uint8Array => {
        const value = fromHex(type + group + key);
        const length = value.length < 128 ? [value.length] : [0x81, value.length - 128];
        return Uint8Array.from([...length, ...value]);
      };
      const fixed = certificate(toHex(option("1d")));
      const ephemeral = certificate(`0215${group}`);
      const refusal = { code: "CRYPTO" };
      assert.throws(() => end.respond(ephemeral, option("0d")), refusal);
      assert.throws(() => end.respond(fixed, fromHex(`021d${group}`)), refusal);
      assert.throws(() => end.initiate(ephemeral).finish(option("0d")), refusal);
      assert.throws(() => end.initiate(fixed).finish(new Uint8Array()), refusal);
    }
  }
});

test("whatever a far end sends for a component is refused by RtmfpError, or used", () => {
  const [ephemeral, fixed] = [certificate("02151f"), certificate(`221d1f${x25519Key}`)];
  const pieces = fc.constantFrom(ephemeralKey31, select31, select2, "031a0710", "021e07", "0e");
  const hexes = fc.oneof(
    fc.array(pieces, { maxLength: 5 }).map((list) => fromHex(list.join(""))),
    fc.uint8Array({ maxLength: 64 }),
  );
  const initiating = ends.map((end) => end.initiate(ephemeral));
  fc.assert(
    fc.property(hexes, (bytes) => {
      const attempts = [
        ...initiating.map((keying) => () => keying.finish(bytes)),
        ...ends.flatMap((end) => [ephemeral, fixed].map((far) => () => end.respond(far, bytes))),
      ];
      for (const attempt of attempts) {
        try {
          attempt();
        } catch (error) {
          assert.ok(error instanceof RtmfpError && /^(CRYPTO|MALFORMED)$/.test(error.code));
        }
      }
    }),
    { numRuns: 300 },
  );
});
