import { MalformedError, RtmfpError } from "../../protocol/errors.ts";

/** For assert.throws: the error of a key or of keying that is not acceptable. */
export function isCryptoError(error: unknown): boolean {
  return error instanceof RtmfpError && error.code === "CRYPTO";
}

/** The value, or "malformed" if MalformedError is thrown; any other error passes through. */
export function orMalformed<Value>(decode: () => Value): Value | "malformed" {
  try {
    return decode();
  } catch (error) {
    if (error instanceof MalformedError) return "malformed";
    throw error;
  }
}
