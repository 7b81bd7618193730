import { hash } from "node:crypto";
import { concat } from "../bytes/concat.ts";
import type { Mac } from "../crypto/primitives.ts";

/** Joining short parts costs a quarter of what an object that takes them one by one does. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  return oneShot(first !== undefined && parts.length === 1 ? first : concat(parts));
}

/**
 * HMAC (RFC 2104) out of two one-shot hashes: for a packet that takes 60 % of the time of
 * `createHmac`, which makes several objects per message.
 */
export function hmacSha256(key: Uint8Array): Mac {
  const short = key.length > BLOCK ? sha256(key) : key;
  const innerPad = pad(short, 0x36);
  const outer = Buffer.concat([pad(short, 0x5c), new Uint8Array(DIGEST)]);
  return (message) => {
    const inner = scratchOf(BLOCK + message.length);
    inner.set(innerPad);
    inner.set(message, BLOCK);
    outer.write(hash("sha256", inner, "binary"), BLOCK, "binary");
    return oneShot(outer);
  };
}

/** A string of 32 characters, a byte each, costs half of what a Buffer of its own does. */
function oneShot(message: Uint8Array): Uint8Array {
  digest.write(hash("sha256", message, "binary"), "binary");
  return new Uint8Array(digest);
}

function pad(key: Uint8Array, value: number): Uint8Array {
  const padded = new Uint8Array(BLOCK).fill(value);
  key.forEach((byte, index) => {
    padded[index] = byte ^ value;
  });
  return padded;
}

/** Shared by all keys: nothing outlives the call that asked for it. */
function scratchOf(length: number): Uint8Array {
  return length <= scratch.length ? scratch.subarray(0, length) : new Uint8Array(length);
}

/** SHA-256. */
const BLOCK = 64;
const DIGEST = 32;

const digest = Buffer.alloc(DIGEST);

/** For the longest datagram. */
const scratch: Uint8Array = new Uint8Array(65_536);
