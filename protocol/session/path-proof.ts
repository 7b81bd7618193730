import { toHex } from "../bytes/hex.ts";
import type { Crypto } from "../crypto/crypto.ts";
import { MAX_PATH_QUESTIONS, MOBILITY_PROOF_LIFETIME_MS } from "../params.ts";
import { isSimilarPath, type Path } from "./events.ts";
import { MARKED_BYTES, markedMessage, PingMark } from "./ping-mark.ts";

/** A Ping to where the far end may be. */
interface Question {
  readonly path: Path;
  readonly sentAt: number;
}

/** Where the far end has got a Ping, and how long its answer took. */
interface ProvenPath {
  readonly path: Path;
  readonly roundTripMs: number;
}

/**
 * Ping messages that only who is at a certain address can return, RFC 7016 §3.5.4.2. Each is remembered
 * until a later one comes back, instead of recognized by a hash: far ends may return whatever they
 * like, as often as they like, and a hash each is more work than all else about a packet.
 */
export class PathProof {
  readonly #crypto: Pick<Crypto, "random">;
  /**
   * By their messages, the oldest first. Made when it is first needed: most sessions stay where they are.
   * BOUNDED: MAX_PATH_QUESTIONS.
   */
  #questions: Map<string, Question> | undefined;

  constructor(crypto: Pick<Crypto, "random">) {
    this.#crypto = crypto;
  }

  /** The message of a Ping to `path`. */
  issue(path: Path, now: number): Uint8Array {
    const message = markedMessage(this.#crypto, PingMark.mobility);
    this.#questions ??= new Map();
    if (this.#questions.size >= MAX_PATH_QUESTIONS) this.#forgetOldest(this.#questions);
    this.#questions.set(toHex(message), { path, sentAt: now });
    return message;
  }

  /**
   * What `message` proves that came back over `from`: it went there, or to another port of the same
   * host, not too long ago, and later than any that was accepted before.
   */
  accept(message: Uint8Array, from: Path, now: number): ProvenPath | undefined {
    const questions = this.#questions;
    if (!questions || message.length !== MARKED_BYTES) return undefined;
    const question = questions.get(toHex(message));
    if (!question || !isSimilarPath(question.path, from)) return undefined;
    for (const [key, asked] of questions) {
      questions.delete(key);
      if (asked === question) break;
    }
    const roundTripMs = now - question.sentAt;
    if (roundTripMs > MOBILITY_PROOF_LIFETIME_MS) return undefined;
    return { path: question.path, roundTripMs };
  }

  #forgetOldest(questions: Map<string, Question>): void {
    for (const key of questions.keys()) {
      questions.delete(key);
      return;
    }
  }
}
