import { randomBytes, randomFillSync } from "node:crypto";
import { plain } from "./plain.ts";

/** `length` unpredictable bytes. A call of the generator costs more than a pool's worth of them. */
export function random(length: number): Uint8Array {
  if (length > POOL_BYTES / 8) return plain(randomBytes(length));
  if (at + length > POOL_BYTES) {
    randomFillSync(pool);
    at = 0;
  }
  const bytes = pool.slice(at, at + length);
  // Whoever sees this memory later must not learn a secret.
  pool.fill(0, at, at + length);
  at += length;
  return bytes;
}

const POOL_BYTES = 4_096;
const pool = new Uint8Array(POOL_BYTES);
let at = POOL_BYTES;
