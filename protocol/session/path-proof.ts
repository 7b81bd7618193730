import { Reader } from "../bytes/reader.ts";
import { Writer } from "../bytes/writer.ts";
import type { Crypto } from "../crypto/crypto.ts";
import { MalformedError } from "../errors.ts";
import { MOBILITY_PROOF_LIFETIME_MS } from "../params.ts";
import { Origin, writeAddress } from "../wire/address.ts";
import type { Path } from "./events.ts";
import { PingMark } from "./ping-mark.ts";

/**
 * Ping messages that only who is at a certain address can return, RFC 7016 §3.5.4.2:
 *
 *     'M'(1) sentMs(VLU) hash(32)
 *
 * The hash is over what stands before it, the path, and a secret of this session.
 */
export class PathProof {
  readonly #crypto: Crypto;
  /** Made when it is first needed: most sessions stay where they are. */
  #secret: Uint8Array | undefined;
  /** MOB_RX_TS */
  #newestMs = Number.NEGATIVE_INFINITY;

  constructor(crypto: Crypto) {
    this.#crypto = crypto;
  }

  /** The message of a Ping to `path`. */
  issue(path: Path, now: number): Uint8Array {
    const message = new Writer(MAX_BYTES).u8(PingMark.mobility).vlu(Math.floor(now));
    return message.put(this.#hash(message.finish(), path)).finish();
  }

  /**
   * The round trip in ms if `message` came back from where it was sent to, is not too old, and was
   * sent later than any that was accepted before; else undefined.
   */
  accept(message: Uint8Array, path: Path, now: number): number | undefined {
    const sentMs = readSentMs(message);
    if (sentMs === undefined) return undefined;
    const hashAt = message.length - HASH_BYTES;
    const expected = this.#hash(message.subarray(0, hashAt), path);
    if (!this.#crypto.equal(message.subarray(hashAt), expected)) return undefined;
    const ageMs = Math.floor(now) - sentMs;
    if (ageMs > MOBILITY_PROOF_LIFETIME_MS || sentMs <= this.#newestMs) return undefined;
    this.#newestMs = sentMs;
    return ageMs;
  }

  #hash(head: Uint8Array, { link, address }: Path): Uint8Array {
    const where = new Writer(32).vlu(link);
    writeAddress(where, { ...address, origin: Origin.observed });
    this.#secret ??= this.#crypto.random(SECRET_BYTES);
    return this.#crypto.hash(this.#secret, head, where.bytes());
  }
}

/** Undefined: not one of our messages. */
function readSentMs(message: Uint8Array): number | undefined {
  const reader = new Reader(message);
  try {
    if (reader.u8() !== PingMark.mobility) return undefined;
    const sentMs = reader.vlu();
    return reader.remaining === HASH_BYTES ? sentMs : undefined;
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

/** RFC 7016 §3.5.4.2: not less than 128 bits. */
const SECRET_BYTES = 16;
const HASH_BYTES = 32;
/** Mark, VLU of a safe integer, hash. */
const MAX_BYTES = 1 + 8 + HASH_BYTES;
