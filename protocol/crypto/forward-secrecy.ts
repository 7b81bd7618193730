import { RtmfpError } from "../errors.ts";
import type { ReadContent } from "./certificate-content.ts";
import type { Policies } from "./flash-options.ts";
import type { KeySupply } from "./key-supply.ts";
import type { KeyingComponent } from "./keying-component.ts";
import type { KeyPair, Primitives } from "./primitives.ts";

/**
 * Ephemeral X25519 keys beside static ones, an extension of RFC 7425 §4.5 that
 * docs/forward-secrecy.md describes. Where both ends send one in their keying component, the secret
 * that keys are derived from is HMAC-SHA256(their shared secret, DH_SECRET of RFC 7425 §4.6.2).
 */
export class ForwardSecrecy {
  readonly #primitives: Primitives;
  readonly #policy: Policies["forwardSecrecy"];
  readonly #isStatic: boolean;
  readonly #keySupply: KeySupply;

  constructor(
    primitives: Primitives,
    policy: Policies["forwardSecrecy"],
    near: ReadContent,
    keySupply: KeySupply,
  ) {
    this.#primitives = primitives;
    this.#policy = policy;
    this.#isStatic = near.isStatic;
    this.#keySupply = keySupply;
  }

  /** The initiator's half for one session. */
  offer(far: ReadContent): ForwardSecrecyKeying {
    return this.#concerns(far)
      ? this.#keying(this.#keySupply.take(FORWARD_SECRECY_GROUP))
      : withoutKey;
  }

  /** The responder's half: it has a key if the initiator sent one. */
  answer(far: ReadContent, { forwardSecrecyKey }: KeyingComponent): ForwardSecrecyKeying {
    if (!this.#concerns(far)) return withoutKey;
    return this.#keying(forwardSecrecyKey && this.#keySupply.take(FORWARD_SECRECY_GROUP));
  }

  #concerns(far: ReadContent): boolean {
    return this.#policy !== "off" && this.#isStatic && far.isStatic;
  }

  #keying(pair: KeyPair | undefined): ForwardSecrecyKeying {
    return {
      publicKey: pair?.publicKey,
      mix: (secret, farKey) => {
        if (pair && farKey) return this.#primitives.hmacSha256(pair.agree(farKey))(secret);
        if (this.#policy !== "require") return secret;
        throw new RtmfpError("CRYPTO", "the far end offers no forward secrecy");
      },
    };
  }
}

/** One end's half of it, for one session. */
interface ForwardSecrecyKeying {
  /** Goes into the near keying component. */
  readonly publicKey: Uint8Array | undefined;
  /**
   * The secret to derive keys from, out of the one that the certificates led to. Throws RtmfpError
   * `CRYPTO` for an unacceptable key, or for none where one is required.
   */
  mix(secret: Uint8Array, farKey: Uint8Array | undefined): Uint8Array;
}

const withoutKey: ForwardSecrecyKeying = { publicKey: undefined, mix: (secret) => secret };

/** X25519. */
export const FORWARD_SECRECY_GROUP = 31;
