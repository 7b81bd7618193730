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

function indexOf(bytes: Uint8Array, wanted: Uint8Array): number {
  for (let at = 0; at + wanted.length <= bytes.length; at += 1) {
    if (wanted.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
}

/** A key of an AMF0 object, and the marker of a number: AMF 0 §2.2. */
const DURATION: Uint8Array = Uint8Array.of(0, 8, ...new TextEncoder().encode("duration"), 0);
const DOUBLE_BYTES = 8;
