import { createDiffieHellman, randomBytes } from "node:crypto";
import { fromHex } from "../bytes/hex.ts";
import { checkModpKey, largestModpKey, paddedTo, withoutLeadingZeros } from "../crypto/modp-key.ts";
import type { Group, KeyPair } from "../crypto/primitives.ts";
import { RtmfpError } from "../errors.ts";
import type { ModpParameters } from "./modp.ts";
import { modpSecret } from "./modp-secret.ts";
import { plain } from "./plain.ts";

/**
 * A MODP group over one DiffieHellman object that is given each private key in turn. Node tests the
 * prime of every new object, which blocks for 30-50 ms for group 2 (OpenSSL knows the others); a
 * group is made once.
 */
export function modpGroup({ id, prime, exponentLength }: ModpParameters): Group {
  const modulus = fromHex(prime);
  const largest = largestModpKey(modulus);
  const shared = createDiffieHellman(modulus, 2);
  const secret = modpSecret(shared, modulus);

  const check = (farPublicKey: Uint8Array): void => checkModpKey(farPublicKey, largest);

  function pairOf(privateKey: Uint8Array): KeyPair {
    shared.setPrivateKey(privateKey);
    const publicKey = paddedTo(modulus.length, plain(shared.generateKeys()));
    return {
      publicKey,
      agree(farPublicKey) {
        check(farPublicKey);
        return secretWith(privateKey, farPublicKey);
      },
      exportPrivateKey: () => privateKey,
    };
  }

  function secretWith(privateKey: Uint8Array, farPublicKey: Uint8Array): Uint8Array {
    try {
      return plain(withoutLeadingZeros(secret(privateKey, farPublicKey)));
    } catch (cause) {
      throw new RtmfpError("CRYPTO", "Diffie-Hellman public key outside of the group", { cause });
    }
  }

  return {
    id,
    check,
    generate: () => pairOf(plain(randomBytes(exponentLength))),
    restore(privateKey) {
      const { length } = privateKey;
      if (length < exponentLength || length > modulus.length) {
        const lengths = `${exponentLength} to ${modulus.length}`;
        throw new RtmfpError("CRYPTO", `a private key of group ${id} has ${lengths} bytes`);
      }
      return pairOf(privateKey);
    },
  };
}
