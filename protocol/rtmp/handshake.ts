import { HandshakeExchange } from "./handshake-exchange.ts";
import { ECHO_BYTES, OPENING_BYTES, RtmpVersion } from "./handshake-layout.ts";

/** Encrypts one direction of a connection and decrypts the other, after the handshake. */
export interface StreamCiphers {
  /** Answers new bytes; the calls are one stream. */
  encrypt(bytes: Uint8Array): Uint8Array;
  decrypt(bytes: Uint8Array): Uint8Array;
}

/**
 * One end of a handshake: bytes in with `receive` until `rest` is there, bytes out with `poll`
 * until it answers undefined. A client has something to send before it receives anything.
 */
export interface Handshake {
  /** Throws RtmfpError `PROTOCOL` if the far end speaks another protocol, `CRYPTO` for a bad key. */
  receive(bytes: Uint8Array): void;
  poll(): Uint8Array | undefined;
  /** What was received after the handshake, as it came; undefined until it is done. */
  readonly rest: Uint8Array | undefined;
  /** What everything after the handshake passes through, `rest` included; RTMPE alone has it. */
  readonly ciphers: StreamCiphers | undefined;
  /** Which end it is. */
  readonly isServer: boolean;
  /** The last 32 bytes of S1: what SWF verification is made with. Undefined until it is there. */
  readonly swfKey: Uint8Array | undefined;
}

/** Bytes of randomness in C1 and S1, RTMP 1.0 §5.2.3. */
export const HANDSHAKE_RANDOM_BYTES = 1528;

/**
 * The plain handshake, RTMP 1.0 §5.2: `version:u8`, then `time:u32 zero:u32 random` (C1, S1), then
 * an echo of what the far end sent there (C2, S2), which nobody checks.
 */
export class PlainHandshake extends HandshakeExchange {
  /** Sends C0 C1, then C2 in answer to S1. Throws RangeError unless `random` is 1528 bytes. */
  static client(random: Uint8Array): PlainHandshake {
    const answer = (opening: Uint8Array): Uint8Array => opening.slice(1);
    return new PlainHandshake({ versions, opening: openingOf(random), answer });
  }

  /**
   * Sends S0 S1 S2 in answer to C1: clients wait for S2 before they send C2. Throws RangeError
   * unless `random` is 1528 bytes.
   */
  static server(random: Uint8Array): PlainHandshake {
    const answer = plainAnswer(random);
    return new PlainHandshake({ versions, answer });
  }
}

/** What makes S0 S1 S2 out of C0 C1. Throws RangeError unless `random` is 1528 bytes. */
export function plainAnswer(random: Uint8Array): (opening: Uint8Array) => Uint8Array {
  const near = openingOf(random);
  return (opening) => {
    const bytes = new Uint8Array(OPENING_BYTES + ECHO_BYTES);
    bytes.set(near);
    bytes.set(opening.subarray(1), OPENING_BYTES);
    return bytes;
  };
}

/** Zero where a digest would be announced by a version. */
function openingOf(random: Uint8Array): Uint8Array {
  if (random.length !== HANDSHAKE_RANDOM_BYTES) {
    throw new RangeError(`a handshake takes ${HANDSHAKE_RANDOM_BYTES} random bytes`);
  }
  const opening = new Uint8Array(OPENING_BYTES);
  opening[0] = RtmpVersion.plain;
  opening.set(random, OPENING_BYTES - HANDSHAKE_RANDOM_BYTES);
  return opening;
}

const versions: readonly number[] = [RtmpVersion.plain];
