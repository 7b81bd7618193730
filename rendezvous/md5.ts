import { createHash } from "node:crypto";

/** RFC 1321, which encoders log in with. */
export function md5(bytes: Uint8Array): Uint8Array {
  return createHash("md5").update(bytes).digest();
}
