import { concat } from "../bytes/concat.ts";
import type { Compat } from "../wire/compat.ts";
import type { PacketCipher, SessionKeys } from "./crypto.ts";
import type { DerivedKeys } from "./key-derivation.ts";
import { DIGEST_LENGTH } from "./primitives.ts";

/** What a session keeps of its keying. */
export class FlashSessionKeys implements SessionKeys {
  readonly cipher: PacketCipher;
  readonly compat: Compat | undefined;
  /** The near one first. Together, because a short array takes much more memory than is in it. */
  readonly #nonces: Uint8Array;

  constructor(
    cipher: PacketCipher,
    { nearNonce, farNonce }: Pick<DerivedKeys, "nearNonce" | "farNonce">,
    compat: Compat | undefined,
  ) {
    this.cipher = cipher;
    this.compat = compat;
    this.#nonces = concat([nearNonce, farNonce]);
  }

  get nearNonce(): Uint8Array {
    return this.#nonces.slice(0, DIGEST_LENGTH);
  }

  get farNonce(): Uint8Array {
    return this.#nonces.slice(DIGEST_LENGTH);
  }
}
