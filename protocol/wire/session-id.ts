import { MalformedError } from "../errors.ts";

/**
 * The session ID of a datagram, RFC 7016 §2.2.2: its first 4 bytes, scrambled with the 8 that follow
 * (the encrypted packet, as if padded with zeros). Four opaque bytes, as a number.
 */
export function readSessionId(datagram: Uint8Array): number {
  if (datagram.length <= SESSION_ID_BYTES) throw new MalformedError("shorter than a session ID");
  return (word(datagram, 0) ^ word(datagram, 4) ^ word(datagram, 8)) >>> 0;
}

function word(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] ?? 0) << 24) |
    ((bytes[at + 1] ?? 0) << 16) |
    ((bytes[at + 2] ?? 0) << 8) |
    (bytes[at + 3] ?? 0)
  );
}

export const SESSION_ID_BYTES = 4;
