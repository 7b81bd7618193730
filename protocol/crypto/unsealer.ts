import { Reader } from "../bytes/reader.ts";
import { MalformedError } from "../errors.ts";
import { checksum } from "./checksum.ts";
import { decryptTogether } from "./decrypt-together.ts";
import { type BlockTransform, DIGEST_LENGTH, type Mac, type Primitives } from "./primitives.ts";
import { BLOCK_LENGTH, type Protection } from "./protection.ts";
import { ReplayWindow } from "./replay-window.ts";
import { SESSION_ID_LENGTH } from "./session-id.ts";

/** The receiving half of a PacketCipher, RFC 7425 §4.7.3. */
export class Unsealer {
  readonly #decrypt: BlockTransform;
  readonly #primitives: Primitives;
  readonly #mac: Mac | undefined;
  readonly #macLength: number;
  readonly #window: ReplayWindow | undefined;

  constructor(primitives: Primitives, protection: Protection) {
    const { aesKey, hmac, sequenceNumbers } = protection;
    this.#decrypt = primitives.aesDecryptor(aesKey);
    this.#primitives = primitives;
    this.#mac = hmac && primitives.hmacSha256(hmac.key);
    this.#macLength = hmac?.length ?? 0;
    this.#window = sequenceNumbers ? new ReplayWindow() : undefined;
  }

  /** See PacketCipher. */
  unseal(datagrams: readonly Uint8Array[]): (Uint8Array | undefined)[] {
    const ciphertexts = datagrams.map((datagram) => this.#ciphertext(datagram));
    const plains = decryptTogether(this.#decrypt, ciphertexts);
    return plains.map((plain) => plain && this.#verified(plain));
  }

  /** Undefined if it is not authentic, as far as that shows before it is decrypted. */
  #ciphertext(datagram: Uint8Array): Uint8Array | undefined {
    const end = datagram.length - this.#macLength;
    const length = end - SESSION_ID_LENGTH;
    if (length <= 0 || length % BLOCK_LENGTH !== 0) return undefined;
    const blocks = datagram.subarray(SESSION_ID_LENGTH, end);
    if (this.#mac !== undefined) {
      const code = this.#mac(blocks, scratch).subarray(0, this.#macLength);
      if (!this.#primitives.equal(code, datagram.subarray(end))) return undefined;
    }
    return blocks;
  }

  #verified(plain: Uint8Array): Uint8Array | undefined {
    const reader = new Reader(plain);
    try {
      const number = this.#window === undefined ? 0 : reader.vlu();
      if (this.#window?.isReplay(number)) return undefined;
      // A checksum is right once in 65536 times: no accident may move the window out of reach.
      if (this.#mac === undefined && this.#window?.isLeap(number)) return undefined;
      if (this.#mac === undefined && reader.u16() !== checksum(plain, reader.position)) {
        return undefined;
      }
      this.#window?.record(number);
      return reader.rest();
    } catch (error) {
      // With the wrong key even the sequence number is noise.
      if (error instanceof MalformedError) return undefined;
      throw error;
    }
  }
}

/** The code of the packet in hand. */
const scratch = new Uint8Array(DIGEST_LENGTH);
