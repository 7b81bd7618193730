import assert from "node:assert/strict";
import { createDiffieHellman, createDiffieHellmanGroup } from "node:crypto";
import { test } from "node:test";
import { modpSecret } from "../../../protocol/node/modp-secret.ts";

for (const name of ["modp2", "modp5", "modp14", "modp16"]) {
  test(`RFC 7425 §4.2: in ${name} both ways to a secret lead to the far end's`, () => {
    const far = createDiffieHellmanGroup(name);
    const farPublicKey = far.generateKeys();
    const near = createDiffieHellman(far.getPrime(), 2);
    // Exponents are shorter than the prime; one has a first bit that is set, one zeros in front.
    for (const exponent of [Buffer.alloc(32, 0xc3), Buffer.from("0000".padEnd(64, "5a"), "hex")]) {
      near.setPrivateKey(exponent);
      const expected = far.computeSecret(near.generateKeys());
      for (const nodeVersion of [20, 22]) {
        const secret = modpSecret(near, far.getPrime(), nodeVersion);
        assert.deepEqual(Buffer.from(secret(exponent, farPublicKey)), expected);
      }
    }
  });
}
