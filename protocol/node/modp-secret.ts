import { createPrivateKey, createPublicKey, type DiffieHellman, diffieHellman } from "node:crypto";
import { bitString, der, integer, objectIdentifier, sequence } from "./der.ts";

/** The secret of our private key and a far end's public one, maybe with leading zeros. */
export type ModpSecret = (privateKey: Uint8Array, farPublicKey: Uint8Array) => Uint8Array;

/**
 * From Node.js 22 on, `computeSecret` takes seven (group 14) to thirteen (group 16) times as long: where
 * OpenSSL knows the group, those of RFC 3526, Node has it look whether the generator leads to the public
 * key. In a group whose prime is a safe one that tells next to nothing, and for key objects it does not.
 */
export function modpSecret(
  shared: DiffieHellman,
  prime: Uint8Array,
  nodeVersion: number = NODE_VERSION,
): ModpSecret {
  const isLooking = nodeVersion >= 22 && prime.length > LENGTH_OF_GROUP_2;
  return isLooking ? ofKeyObjects(prime) : ofShared(shared);
}

function ofShared(shared: DiffieHellman): ModpSecret {
  return (privateKey, farPublicKey) => {
    shared.setPrivateKey(privateKey);
    return shared.computeSecret(farPublicKey);
  };
}

/** Keys in the form of PKCS #3, PKCS #8 and X.509. */
function ofKeyObjects(prime: Uint8Array): ModpSecret {
  const parameters = sequence(integer(prime), integer(Uint8Array.of(2)));
  const algorithm = sequence(objectIdentifier("1.2.840.113549.1.3.1"), parameters);
  const version = integer(Uint8Array.of(0));
  return (privateKey, farPublicKey) => {
    const near = sequence(version, algorithm, der(OCTET_STRING, integer(privateKey)));
    const far = sequence(algorithm, bitString(integer(farPublicKey)));
    return diffieHellman({
      privateKey: createPrivateKey({ key: Buffer.from(near), format: "der", type: "pkcs8" }),
      publicKey: createPublicKey({ key: Buffer.from(far), format: "der", type: "spki" }),
    });
  };
}

const NODE_VERSION = Number.parseInt(process.versions.node, 10);
const LENGTH_OF_GROUP_2 = 128;
const OCTET_STRING = 0x04;
