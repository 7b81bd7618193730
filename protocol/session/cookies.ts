import { Reader } from "../bytes/reader.ts";
import { Writer } from "../bytes/writer.ts";
import type { Crypto } from "../crypto/crypto.ts";
import { COOKIE_LIFETIME_MS } from "../params.ts";
import { type Address, Origin, writeAddress } from "../wire/address.ts";

/**
 * Cookies that prove where an initiator is without remembering it, RFC 7016 §3.5.1.1.2:
 *
 *     issuedSeconds(4) proof of time(28) proof of time and address(32)
 *
 * Two proofs tell a forged or old cookie from one that was issued to another address. 64 bytes in
 * all, because transcribed-Flash initiators accept no other length.
 */
export class Cookies {
  readonly #crypto: Crypto;
  readonly #secret: Uint8Array;
  /** The cookie in hand. */
  readonly #scratch = new Writer(COOKIE_BYTES);

  constructor(crypto: Crypto) {
    this.#crypto = crypto;
    this.#secret = crypto.random(32);
  }

  issue(address: Address, now: number): Uint8Array {
    return this.#write(Math.floor(now / 1_000), address).finish();
  }

  /** "moved": it is ours and fresh, but was issued to another address. */
  check(cookie: Uint8Array, address: Address, now: number): "valid" | "moved" | "invalid" {
    if (cookie.length !== COOKIE_BYTES) return "invalid";
    const seconds = new Reader(cookie).u32();
    const expected = this.#write(seconds, address).bytes();
    const isSame = (start: number, end: number): boolean =>
      this.#crypto.equal(cookie.subarray(start, end), expected.subarray(start, end));
    const ageMs = now - seconds * 1_000;
    if (!isSame(0, TIME_PROOF_END) || ageMs < 0 || ageMs > COOKIE_LIFETIME_MS) return "invalid";
    return isSame(TIME_PROOF_END, COOKIE_BYTES) ? "valid" : "moved";
  }

  #write(seconds: number, { ip, port }: Address): Writer {
    const cookie = this.#scratch;
    cookie.truncate(0);
    const time = cookie.u32(seconds).finish();
    const where = new Writer(24);
    writeAddress(where, { ip, port, origin: Origin.observed });
    cookie.put(this.#crypto.hash(this.#secret, time).slice(0, TIME_PROOF_END - time.length));
    return cookie.put(this.#crypto.hash(this.#secret, time, where.finish()));
  }
}

const COOKIE_BYTES = 64;
const TIME_PROOF_END = 32;
