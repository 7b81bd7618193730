import type { Primitives } from "./primitives.ts";

/** What both ends compute out of a Diffie-Hellman secret, RFC 7425 §4.6.3 to §4.6.5. */
export interface DerivedKeys {
  readonly send: DirectionKeys;
  readonly receive: DirectionKeys;
  readonly nearNonce: Uint8Array;
  readonly farNonce: Uint8Array;
}

export interface DirectionKeys {
  /** 32 bytes, of which the first 16 are the AES-128 key. */
  readonly encryption: Uint8Array;
  readonly hmac: Uint8Array;
}

/**
 * Derives the keys of a session from the shared secret and from both keying components, byte for
 * byte as they were on the wire.
 */
export function deriveKeys(
  primitives: Primitives,
  secret: Uint8Array,
  nearComponent: Uint8Array,
  farComponent: Uint8Array,
): DerivedKeys {
  const keyed = primitives.hmacSha256(secret);
  const direction = (receiver: Uint8Array, sender: Uint8Array): DirectionKeys => {
    const encryption = keyed(primitives.hmacSha256(receiver)(sender));
    return { encryption, hmac: keyed(encryption) };
  };
  return {
    send: direction(farComponent, nearComponent),
    receive: direction(nearComponent, farComponent),
    nearNonce: keyed(nearComponent),
    farNonce: keyed(farComponent),
  };
}
