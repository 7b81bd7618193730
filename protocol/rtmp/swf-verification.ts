import { Writer } from "../bytes/writer.ts";
import { RtmfpError } from "../errors.ts";
import { type Hmac, PLAYER } from "./digest.ts";

/** A Flash program: whoever has the file knows these. */
export interface SwfFacts {
  /** Bytes of the program, decompressed. */
  readonly size: number;
  /** HMAC-SHA-256 of those bytes under the name of Flash Player, 32 bytes. */
  readonly hash: Uint8Array;
}

/** The facts of a program's bytes, decompressed. */
export function swfFacts(program: Uint8Array, { hmacSha256 }: Hmac): SwfFacts {
  return { size: program.length, hash: hmacSha256(PLAYER.digestKey)(program) };
}

/**
 * The answer to a server's request: `1:u8 1:u8 size:u32 size:u32 mac[32]`. `key`: the last 32 bytes of
 * S1.
 */
export function swfResponse(
  { size, hash }: SwfFacts,
  key: Uint8Array,
  { hmacSha256 }: Hmac,
): Uint8Array {
  return new Writer(RESPONSE_BYTES)
    .u8(1)
    .u8(1)
    .u32(size)
    .u32(size)
    .put(hmacSha256(key)(hash))
    .bytes();
}

/**
 * A server wants to know that its client is one of its own Flash programs. Who has the program passes,
 * whatever he is: it keeps off nobody but the uninformed. A client has answered before its second
 * command: it is asked before the first is answered.
 */
export class SwfDemand {
  readonly #programs: readonly SwfFacts[];
  readonly #key: Uint8Array;
  readonly #primitives: Hmac;
  #isAsked = false;
  #isMet = false;

  constructor(programs: readonly SwfFacts[], key: Uint8Array, primitives: Hmac) {
    this.#programs = programs;
    this.#key = key;
    this.#primitives = primitives;
  }

  /** A command has come; answers whether to ask now. Throws RtmfpError `REJECTED`. */
  onCommand(): boolean {
    if (this.#isMet) return false;
    if (this.#isAsked) throw new RtmfpError("REJECTED", "the client did not say which SWF it is");
    this.#isAsked = true;
    return true;
  }

  /** Throws RtmfpError `REJECTED` if it is the answer of none of the programs. */
  onResponse(response: Uint8Array): void {
    this.#isMet ||= this.#programs.some((program) =>
      this.#primitives.equal(response, swfResponse(program, this.#key, this.#primitives)),
    );
    if (!this.#isMet) throw new RtmfpError("REJECTED", "the client is none of the SWFs it may be");
  }
}

const RESPONSE_BYTES = 42;
