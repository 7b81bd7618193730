import {
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
} from "node:crypto";
import type { Group, KeyPair } from "../crypto/primitives.ts";
import { RtmfpError } from "../errors.ts";
import { plain } from "./plain.ts";

/** X25519 (RFC 7748) under its IKE number. JWK wraps its keys 10 to 15 times faster than DER. */
export const x25519Group: Group = {
  id: 31,
  generate() {
    const { privateKey, publicKey } = generateKeyPairSync("x25519");
    return pairOf(privateKey, part(publicKey, "x"));
  },
  restore(privateKey) {
    if (privateKey.length !== KEY_LENGTH) {
      throw new RtmfpError("CRYPTO", "a private key of group 31 has 32 bytes");
    }
    const der = Buffer.concat([PKCS8, privateKey]);
    const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
    return pairOf(key, part(key, "x"));
  },
};

/**
 * Never `createPublicKey(privateKey)`: the two would share a lock, and with Node.js 20 a garbage
 * collection while one is exported can wait for it for ever.
 */
function pairOf(privateKey: KeyObject, publicKey: Uint8Array): KeyPair {
  return {
    publicKey,
    agree: (farPublicKey) => secretOf(privateKey, farPublicKey),
    exportPrivateKey: () => part(privateKey, "d"),
  };
}

function secretOf(privateKey: KeyObject, farPublicKey: Uint8Array): Uint8Array {
  if (farPublicKey.length !== KEY_LENGTH) {
    throw new RtmfpError("CRYPTO", "an X25519 public key has 32 bytes");
  }
  const x = Buffer.from(farPublicKey).toString("base64url");
  const publicKey = createPublicKey({ key: { kty: "OKP", crv: "X25519", x }, format: "jwk" });
  try {
    return plain(diffieHellman({ privateKey, publicKey }));
  } catch (cause) {
    // RFC 7748 §6.1: OpenSSL refuses points of small order, whose secret is all zero.
    throw new RtmfpError("CRYPTO", "X25519 public key of small order", { cause });
  }
}

function part(key: KeyObject, name: "x" | "d"): Uint8Array {
  return plain(Buffer.from(key.export({ format: "jwk" })[name] ?? "", "base64url"));
}

const KEY_LENGTH = 32;

/** RFC 8410: what precedes the 32 bytes of an X25519 private key in PKCS #8. */
const PKCS8 = Buffer.from("302e020100300506032b656e04220420", "hex");
