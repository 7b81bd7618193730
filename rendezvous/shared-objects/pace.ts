import { type Rate, TokenBucket } from "../rate-limit.ts";

/**
 * How fast one client may use shared objects: in messages, and in bytes that the server has to send
 * for them, to all who are told.
 */
export class Pace {
  #buckets: { readonly messages: TokenBucket; readonly bytes: TokenBucket } | undefined;

  /** May a message be acted upon that makes the server send `bytes`? */
  take(bytes: number, now: number): boolean {
    const { messages, bytes: traffic } = this.#at(now);
    return messages.take(now) && traffic.take(now, bytes);
  }

  /** It made the server send more. */
  charge(bytes: number, now: number): void {
    this.#at(now).bytes.charge(now, bytes);
  }

  #at(now: number): { readonly messages: TokenBucket; readonly bytes: TokenBucket } {
    this.#buckets ??= {
      messages: new TokenBucket(MESSAGES, now),
      bytes: new TokenBucket(BYTES, now),
    };
    return this.#buckets;
  }
}

/** A pointer moves 60 times a second; a game's first state may be set slot by slot. */
const MESSAGES: Rate = { perSecond: 1_000, burst: 10_000 };
/** All that one client may use, read at once; afterwards 32 Mbit/s. */
const BYTES: Rate = { perSecond: 4_194_304, burst: 67_108_864 };
