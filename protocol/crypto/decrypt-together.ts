import type { BlockTransform } from "./primitives.ts";
import { BLOCK_LENGTH } from "./protection.ts";

type Bytes = Uint8Array;

/**
 * Decrypts packets that came together in as few calls as possible: for short ones a call costs more than
 * the decryption. CBC xors each packet's first block with the last ciphertext block before it; the
 * packets were encrypted with an IV of zero, so the same xor once more undoes that.
 * Leaves out what is undefined.
 */
export function decryptTogether(
  decrypt: BlockTransform,
  ciphertexts: readonly (Bytes | undefined)[],
): (Bytes | undefined)[] {
  const plains: (Bytes | undefined)[] = [];
  let group: Bytes[] = [];
  let length = 0;
  const finishGroup = (): void => {
    if (length > 0) decryptGroup(decrypt, group, length, plains);
    group = [];
    length = 0;
  };
  for (const ciphertext of ciphertexts) {
    if (ciphertext === undefined || length + ciphertext.length > joined.length) finishGroup();
    if (ciphertext === undefined) plains.push(undefined);
    else if (ciphertext.length > joined.length) plains.push(decrypt(ciphertext));
    else {
      group.push(ciphertext);
      length += ciphertext.length;
    }
  }
  finishGroup();
  return plains;
}

function decryptGroup(
  decrypt: BlockTransform,
  group: readonly Bytes[],
  length: number,
  plains: (Bytes | undefined)[],
): void {
  let at = 0;
  for (const ciphertext of group) {
    joined.set(ciphertext, at);
    at += ciphertext.length;
  }
  const plain = decrypt(joined.subarray(0, length));
  at = 0;
  for (const ciphertext of group) {
    if (at > 0) unchain(plain, at);
    plains.push(plain.subarray(at, at + ciphertext.length));
    at += ciphertext.length;
  }
}

/** The packet at `start` follows another one in `joined`. */
function unchain(plain: Bytes, start: number): void {
  for (let at = start; at < start + BLOCK_LENGTH; at += 1) {
    plain[at] = (plain[at] as number) ^ (joined[at - BLOCK_LENGTH] as number);
  }
}

/**
 * Shared by all sessions: nothing outlives the call. Packets that were decrypted together live as long
 * as the last of them, so it is no larger than a dozen packets of a path MTU of 1500.
 */
const joined: Uint8Array = new Uint8Array(16_384);
