/** What the core cannot compute itself. `protocol/node/primitives.ts` answers with node:crypto. */
export interface Primitives {
  random(length: number): Uint8Array;
  /** SHA-256 of the concatenation of `parts`. */
  sha256(...parts: readonly Uint8Array[]): Uint8Array;
  /** HMAC-SHA256, 32 bytes. */
  hmacSha256(key: Uint8Array, message: Uint8Array): Uint8Array;
  /** Compares in constant time; arrays of different length are unequal. */
  equal(one: Uint8Array, other: Uint8Array): boolean;
  /** AES-128-CBC without padding, the IV all zero for every call. Lengths are multiples of 16. */
  aesEncryptor(key: Uint8Array): BlockTransform;
  aesDecryptor(key: Uint8Array): BlockTransform;
  /** A Diffie-Hellman group by its IKE number (RFC 7425 §4.3.2), or undefined if unsupported. */
  group(id: number): Group | undefined;
}

/** Answers a new array, the caller's to keep. */
export type BlockTransform = (blocks: Uint8Array) => Uint8Array;

export interface Group {
  readonly id: number;
  generate(): KeyPair;
  /**
   * The shared secret as RFC 7425 §4.6.2 wants it (MODP groups: big-endian, no leading zero bytes).
   * Throws RtmfpError `CRYPTO` if `publicKey` is not an acceptable public key of this group.
   */
  agree(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array;
}

export interface KeyPair {
  readonly publicKey: Uint8Array;
  readonly privateKey: Uint8Array;
}
