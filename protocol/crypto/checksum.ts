/**
 * The simple checksum of `bytes` from `start` on, RFC 7425 §4.7.3.1: the ones' complement of the
 * ones' complement sum of 16-bit words. A last odd byte is the LOW half of its word, where RFC 1071
 * on big-endian words would make it the high half.
 */
export function checksum(bytes: Uint8Array, start: number): number {
  const even = bytes.length - ((bytes.length - start) & 1);
  let sum = even < bytes.length ? (bytes[even] as number) : 0;
  for (let at = start; at < even; at += 2) {
    sum += ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}
