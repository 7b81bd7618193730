import type { Writer } from "../bytes/writer.ts";
import { invariant } from "../errors.ts";
import { checksum } from "./checksum.ts";
import { type BlockTransform, DIGEST_LENGTH, type Mac, type Primitives } from "./primitives.ts";
import { BLOCK_LENGTH, type Protection } from "./protection.ts";
import type { Scratch } from "./scratch.ts";
import { SESSION_ID_LENGTH, scrambleSessionId } from "./session-id.ts";

/**
 * The sending half of a PacketCipher, RFC 7425 §4.7.2. The array that AES answers becomes the
 * datagram, so that a packet costs one allocation:
 *
 *     scratch   0 × 16        | SSEQ, checksum, packet, 0xff … | 0 × 0 to 32
 *     AES         lead block  | encrypted packet               | junk
 *     datagram           SSID | encrypted packet               | HMAC
 *
 * In CBC the encrypted packet would now depend on the lead block. That is always the encryption of
 * sixteen zeros; xored into the first block of the packet beforehand, it cancels out.
 */
export class Sealer {
  readonly #scratch: Scratch;
  readonly #encrypt: BlockTransform;
  /** The encryption of sixteen zeros. */
  #lead: Uint8Array | undefined;
  readonly #mac: Mac | undefined;
  readonly #macLength: number;
  readonly #numbersPackets: boolean;
  #nextNumber = 0;
  #checksumAt = 0;

  constructor(primitives: Primitives, scratch: Scratch, protection: Protection) {
    const { aesKey, hmac, sequenceNumbers } = protection;
    this.#scratch = scratch;
    this.#encrypt = primitives.aesEncryptor(aesKey);
    this.#mac = hmac && primitives.hmacSha256(hmac.key);
    this.#macLength = hmac?.length ?? 0;
    this.#numbersPackets = sequenceNumbers;
  }

  /** See PacketCipher. */
  begin(datagramLimit: number): Writer {
    const { writer } = this.#scratch;
    this.#scratch.owner = this;
    const encrypted = datagramLimit - SESSION_ID_LENGTH - this.#macLength;
    writer.truncate(0);
    writer.limit = BLOCK_LENGTH + encrypted - (encrypted % BLOCK_LENGTH);
    writer.fill(0, BLOCK_LENGTH);
    if (this.#numbersPackets) writer.vlu(this.#nextNumber);
    this.#checksumAt = writer.length;
    if (this.#mac === undefined) writer.u16(0);
    return writer;
  }

  /** See PacketCipher. */
  seal(sessionId: number): Uint8Array {
    const { writer } = this.#scratch;
    invariant(this.#scratch.owner === this, "a packet is sealed by the cipher that began it");
    this.#scratch.owner = undefined;
    this.#nextNumber += 1;

    writer.limit += this.#macLength + BLOCK_LENGTH;
    writer.fill(PADDING, -writer.length & (BLOCK_LENGTH - 1));
    const end = writer.length;
    if (this.#mac === undefined) {
      writer.setU16(this.#checksumAt, checksum(writer.bytes(), this.#checksumAt + 2));
    }
    writer.fill(0, (this.#macLength + BLOCK_LENGTH - 1) & -BLOCK_LENGTH);
    const blocks = writer.bytes();
    // A copy of its own lies in the heap of V8, what AES answers outside.
    this.#lead ??= this.#encrypt(new Uint8Array(BLOCK_LENGTH)).slice();
    for (let at = 0; at < BLOCK_LENGTH; at += 1) {
      const shifted = at + BLOCK_LENGTH;
      blocks[shifted] = (blocks[shifted] as number) ^ (this.#lead[at] as number);
    }

    const output = this.#encrypt(blocks);
    if (this.#mac !== undefined) {
      this.#mac(output.subarray(BLOCK_LENGTH, end), code);
      for (let at = 0; at < this.#macLength; at += 1) output[end + at] = code[at] as number;
    }
    const start = BLOCK_LENGTH - SESSION_ID_LENGTH;
    const datagram = output.subarray(start, end + this.#macLength);
    scrambleSessionId(datagram, sessionId);
    return datagram;
  }
}

/** Of the packet in hand. */
const code = new Uint8Array(DIGEST_LENGTH);
/** RFC 7425 §4.7.2; to the reader of chunks it is the end of the packet. */
const PADDING = 0xff;
