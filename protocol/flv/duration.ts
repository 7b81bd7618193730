/**
 * An `onMetaData` payload with another `duration`, as long as before; the same payload if it has none.
 */
export function withDuration(payload: Uint8Array, durationMs: number): Uint8Array {
  const at = indexOf(payload, DURATION);
  const value = at + DURATION.length;
  if (at < 0 || value + DOUBLE_BYTES > payload.length) return payload;
  const changed = new Uint8Array(payload);
  new DataView(changed.buffer).setFloat64(value, durationMs / 1_000);
  return changed;
}

/**
 * Payloads may have 16 MB, so that each byte is looked at once: what `wanted` begins with comes again
 * only at its end.
 */
function indexOf(bytes: Uint8Array, wanted: Uint8Array): number {
  let matched = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte !== wanted[matched]) matched = 0;
    if (byte === wanted[matched]) matched += 1;
    if (matched === wanted.length) return at + 1 - matched;
  }
  return -1;
}

/** A key of an AMF0 object, and the marker of a number: AMF 0 §2.2. */
const DURATION: Uint8Array = Uint8Array.of(0, 8, ...new TextEncoder().encode("duration"), 0);
const DOUBLE_BYTES = 8;
