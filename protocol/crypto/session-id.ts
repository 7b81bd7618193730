import { MalformedError } from "../errors.ts";

/** Bytes of a datagram before its encrypted packet, RFC 7016 §2.2.2. */
export const SESSION_ID_LENGTH = 4;

/**
 * The session ID (u32) that a datagram is meant for, RFC 7016 §2.2.2: its first four bytes xor both
 * following words, which count as zero past the end. Throws MalformedError below four bytes.
 */
export function unscrambleSessionId(datagram: Uint8Array): number {
  if (datagram.length < SESSION_ID_LENGTH) throw new MalformedError("datagram without session ID");
  return (word(datagram, 0) ^ word(datagram, 4) ^ word(datagram, 8)) >>> 0;
}

/** Fills in the first four bytes of a datagram whose encrypted packet is in place. */
export function scrambleSessionId(datagram: Uint8Array, sessionId: number): void {
  const scrambled = sessionId ^ word(datagram, 4) ^ word(datagram, 8);
  datagram[0] = scrambled >>> 24;
  datagram[1] = scrambled >>> 16;
  datagram[2] = scrambled >>> 8;
  datagram[3] = scrambled;
}

function word(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] ?? 0) << 24) |
    ((bytes[at + 1] ?? 0) << 16) |
    ((bytes[at + 2] ?? 0) << 8) |
    (bytes[at + 3] ?? 0)
  );
}
