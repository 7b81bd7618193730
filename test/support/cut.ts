/** The bytes in pieces of the given lengths, then whatever is left: a stream as it may arrive. */
export function cut(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const length of lengths) {
    pieces.push(bytes.subarray(at, at + length));
    at = Math.min(bytes.length, at + length);
  }
  pieces.push(bytes.subarray(at));
  return pieces;
}
