/** What the core cannot compute itself. `protocol/node/primitives.ts` answers with node:crypto. */
export interface Primitives {
  /** `length` unpredictable bytes. */
  random(length: number): Uint8Array;
  /** SHA-256 of the concatenation of `parts`, 32 bytes. */
  sha256(...parts: readonly Uint8Array[]): Uint8Array;
  /** HMAC-SHA256 under one key of any length. */
  hmacSha256(key: Uint8Array): Mac;
  /** Compares in constant time; arrays of different length are unequal. */
  equal(one: Uint8Array, other: Uint8Array): boolean;
  /** AES-128-CBC without padding, the IV all zero for every call. Lengths are multiples of 16. */
  aesEncryptor(key: Uint8Array): BlockTransform;
  aesDecryptor(key: Uint8Array): BlockTransform;
  /** A Diffie-Hellman group by its IKE number (RFC 7425 §4.2), or undefined if unsupported. */
  group(id: number): Group | undefined;
}

/** Answers the 32-byte code of a message: written to `into`, or else a new array. */
export type Mac = (message: Uint8Array, into?: Uint8Array) => Uint8Array;

/** Bytes of SHA-256 and of its HMAC. */
export const DIGEST_LENGTH = 32;

/** Answers a new array, the caller's to keep and to change, and leaves `blocks` as it was. */
export type BlockTransform = (blocks: Uint8Array) => Uint8Array;

/** A Diffie-Hellman group: MODP (RFC 3526 and others) or X25519 (group 31, RFC 8031). */
export interface Group {
  readonly id: number;
  /**
   * Throws RtmfpError `CRYPTO` if `farPublicKey` shows without computing that it is not an acceptable
   * public key of this group.
   */
  check(farPublicKey: Uint8Array): void;
  generate(): KeyPair;
  /** The pair of a private key that was exported before. Throws RtmfpError `CRYPTO` if it is none. */
  restore(privateKey: Uint8Array): KeyPair;
}

export interface KeyPair {
  /**
   * As it goes on the wire. MODP: big-endian, as long as the prime, because there are far ends that
   * take no other length; X25519: 32 bytes.
   */
  readonly publicKey: Uint8Array;
  /**
   * The shared secret as RFC 7425 §4.6.2 wants it (MODP: big-endian, no leading zero bytes;
   * X25519: its 32 bytes as they are). Throws RtmfpError `CRYPTO` if `farPublicKey` is not an
   * acceptable public key of this group.
   */
  agree(farPublicKey: Uint8Array): Uint8Array;
  /** The private key, for `restore`. */
  exportPrivateKey(): Uint8Array;
}
