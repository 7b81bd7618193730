/**
 * Binary lexicographic order of unsigned bytes: negative if `one` comes first, 0 if both are
 * identical; a prefix comes before what it begins. Its time depends on the bytes: not for secrets.
 */
export function compareBytes(one: Uint8Array, other: Uint8Array): number {
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at += 1) {
    const difference = (one[at] as number) - (other[at] as number);
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}
