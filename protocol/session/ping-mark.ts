import type { Crypto } from "../crypto/crypto.ts";

/**
 * What our Pings are for: the first byte of their messages; those of a keepalive have none. Some far ends
 * take every message that begins with an "M" for one of their own.
 */
export const PingMark = { mobility: 0x4d, pathMtu: 0x50, roundTrip: 0x52 } as const;

/** A message that nobody can guess, to know its reply by. */
export function markedMessage(
  crypto: Pick<Crypto, "random">,
  mark: (typeof PingMark)[keyof typeof PingMark],
): Uint8Array {
  const message = crypto.random(MARKED_BYTES).slice();
  message[0] = mark;
  return message;
}

/** Its length: the mark, and as much as the secret of RFC 7016 §3.5.4.2 has at least, 128 bits. */
export const MARKED_BYTES = 17;
