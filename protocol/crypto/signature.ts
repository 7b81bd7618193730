import { concat } from "../bytes/concat.ts";
import { writeOption } from "../bytes/options.ts";
import { Writer } from "../bytes/writer.ts";
import { MalformedError } from "../errors.ts";
import type { PasswordOptions } from "./flash-options.ts";
import { optionsOf } from "./option-sequence.ts";
import type { Mac, Primitives } from "./primitives.ts";

/** Signs keying messages, given in parts, and says whom to believe, RFC 7425 §4.3.5. */
export interface Signer {
  sign(parameters: readonly Uint8Array[]): Uint8Array;
  isAcceptable(signature: Uint8Array, parameters: readonly Uint8Array[]): boolean;
}

/** §4.3.5: "X" stands for a signature where none is needed, and then any is as good. */
export const noSigner: Signer = {
  sign: () => Uint8Array.of(0x58),
  isAcceptable: () => true,
};

/**
 * Simple Password, §4.3.5.1.1: `HMAC-SHA256(password, parameters)(32) passwordID`. A signature is
 * required, and acceptable if it has such an option for our password and none that is wrong.
 */
export class PasswordSigner implements Signer {
  readonly #primitives: Primitives;
  readonly #mac: Mac;
  readonly #id: Uint8Array;

  constructor(primitives: Primitives, { id, secret }: PasswordOptions) {
    this.#primitives = primitives;
    this.#id = new Writer().utf8(id).finish();
    this.#mac = primitives.hmacSha256(new Writer().utf8(secret).finish());
  }

  sign(parameters: readonly Uint8Array[]): Uint8Array {
    const value = new Writer()
      .put(this.#mac(concat(parameters)))
      .put(this.#id)
      .bytes();
    const signature = new Writer();
    writeOption(signature, SIMPLE_PASSWORD, value);
    return signature.finish();
  }

  isAcceptable(signature: Uint8Array, parameters: readonly Uint8Array[]): boolean {
    const codes = this.#codesIn(signature);
    const expected = this.#mac(concat(parameters));
    return codes.length > 0 && codes.every((code) => this.#primitives.equal(code, expected));
  }

  /** Passwords that we do not know do not count; what is malformed counts as empty. */
  #codesIn(signature: Uint8Array): Uint8Array[] {
    try {
      return [...optionsOf(signature)]
        .filter(({ type, value }) => type === SIMPLE_PASSWORD && value.length >= CODE_LENGTH)
        .filter(({ value }) => this.#primitives.equal(value.subarray(CODE_LENGTH), this.#id))
        .map(({ value }) => value.subarray(0, CODE_LENGTH));
    } catch (error) {
      if (error instanceof MalformedError) return [];
      throw error;
    }
  }
}

const SIMPLE_PASSWORD = 0x1d;
/** HMAC-SHA256. */
const CODE_LENGTH = 32;
