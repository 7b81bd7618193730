/**
 * The same bytes for whoever keeps them for long: a copy, if they would hold on to a buffer of more than
 * `mostBytes`, such as what one read of a socket brought, or a message with many others inside.
 */
export function unpinned(bytes: Uint8Array, mostBytes: number = 2 * bytes.length): Uint8Array {
  return bytes.buffer.byteLength > mostBytes ? new Uint8Array(bytes) : bytes;
}
