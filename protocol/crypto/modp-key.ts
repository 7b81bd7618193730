import { compareBytes } from "../bytes/compare.ts";
import { RtmfpError } from "../errors.ts";

/** `integer` (big-endian) without its leading zero bytes; a view. */
export function withoutLeadingZeros(integer: Uint8Array): Uint8Array {
  let start = 0;
  while (start < integer.length && integer[start] === 0) start += 1;
  return integer.subarray(start);
}

/** `integer` (big-endian) with leading zero bytes up to `length`; itself if it has them. */
export function paddedTo(length: number, integer: Uint8Array): Uint8Array {
  if (integer.length === length) return integer;
  const padded = new Uint8Array(length);
  padded.set(integer, length - integer.length);
  return padded;
}

/** The largest public key that RFC 7425 §4.6.2 accepts in the group of `prime`: prime - 2^24. */
export function largestModpKey(prime: Uint8Array): Uint8Array {
  const largest = Uint8Array.from(prime);
  let at = largest.length - 4;
  while (largest[at] === 0) {
    largest[at] = 0xff;
    at -= 1;
  }
  largest[at] = (largest[at] as number) - 1;
  return largest;
}

/**
 * Throws RtmfpError `CRYPTO` unless `publicKey` meets RFC 7425 §4.6.2: from 2^24 to `largest`, with
 * at least 16 one bits and 16 zero bits, leading zeros not counted. Leading zero bytes are allowed.
 */
export function checkModpKey(publicKey: Uint8Array, largest: Uint8Array): void {
  const key = withoutLeadingZeros(publicKey);
  const ones = countOnes(key);
  const bits = key.length * 8 - (key.length > 0 ? Math.clz32(key[0] as number) - 24 : 0);
  const longer = key.length - largest.length;
  const isLarger = longer > 0 || (longer === 0 && compareBytes(key, largest) > 0);
  if (key.length < SMALLEST_LENGTH || isLarger) {
    throw new RtmfpError("CRYPTO", "Diffie-Hellman public key out of range");
  }
  if (ones < MIN_BITS || bits - ones < MIN_BITS) {
    throw new RtmfpError("CRYPTO", "Diffie-Hellman public key with too few one or zero bits");
  }
}

function countOnes(bytes: Uint8Array): number {
  let ones = 0;
  for (const byte of bytes) {
    for (let rest = byte; rest !== 0; rest &= rest - 1) ones += 1;
  }
  return ones;
}

/** 2^24, the smallest key, is the smallest integer of four bytes. */
const SMALLEST_LENGTH = 4;
const MIN_BITS = 16;
