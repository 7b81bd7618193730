/** The same bytes as a plain Uint8Array: the methods of a Buffer differ (`slice` does not copy). */
export function plain(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}
