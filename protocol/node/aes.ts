import { type Cipher, createCipheriv, createDecipheriv, type Decipher } from "node:crypto";
import type { BlockTransform } from "../crypto/primitives.ts";
import { BLOCK_LENGTH } from "../crypto/protection.ts";
import { invariant } from "../errors.ts";
import { plain } from "./plain.ts";

/*
 * Making a cipher object costs more than encrypting a packet with it, so one serves a whole direction
 * of a session. It chains on from call to call: its IV is the last ciphertext block of the call
 * before. CBC only ever xors that block into the first plaintext block, so doing the same xor once
 * more turns the IV into zero. It is made when it is first used: there are sessions that only listen.
 * The key is of no use then, and goes.
 */

export function aesEncryptor(aesKey: Uint8Array): BlockTransform {
  let state: Chained<Cipher> | Uint8Array = aesKey;
  return (blocks) => {
    if (state instanceof Uint8Array) state = chained(createCipheriv, state);
    const { cipher, chain } = state;
    xorFirstBlock(blocks, chain);
    const output = update(cipher, blocks);
    xorFirstBlock(blocks, chain);
    keepLastBlock(output, chain);
    return output;
  };
}

export function aesDecryptor(aesKey: Uint8Array): BlockTransform {
  let state: Chained<Decipher> | Uint8Array = aesKey;
  return (blocks) => {
    if (state instanceof Uint8Array) state = chained(createDecipheriv, state);
    const { cipher, chain } = state;
    const output = update(cipher, blocks);
    xorFirstBlock(output, chain);
    keepLastBlock(blocks, chain);
    return output;
  };
}

interface Chained<Of> {
  readonly cipher: Of;
  /** The last ciphertext block. */
  readonly chain: Uint8Array;
}

function chained<Of extends Cipher | Decipher>(
  create: (algorithm: string, key: Uint8Array, iv: Uint8Array) => Of,
  aesKey: Uint8Array,
): Chained<Of> {
  invariant(aesKey.length === key.length, "a key of AES-128 has 16 bytes");
  // Node moves the array that it is given out of V8's heap: let that be always the same one.
  key.set(aesKey);
  const cipher = create("aes-128-cbc", key, ZEROS);
  key.fill(0);
  cipher.setAutoPadding(false);
  return { cipher, chain: new Uint8Array(BLOCK_LENGTH) };
}

function update(cipher: Cipher | Decipher, blocks: Uint8Array): Uint8Array {
  // A part of a block would stay in the cipher and spoil every later call.
  invariant(blocks.length > 0 && blocks.length % BLOCK_LENGTH === 0, "AES works on whole blocks");
  return plain(cipher.update(blocks));
}

function xorFirstBlock(blocks: Uint8Array, mask: Uint8Array): void {
  for (let at = 0; at < BLOCK_LENGTH; at += 1) {
    blocks[at] = (blocks[at] as number) ^ (mask[at] as number);
  }
}

/** A loop over 16 bytes takes less time than making a view of them. */
function keepLastBlock(blocks: Uint8Array, chain: Uint8Array): void {
  const start = blocks.length - BLOCK_LENGTH;
  for (let at = 0; at < BLOCK_LENGTH; at += 1) chain[at] = blocks[start + at] as number;
}

const ZEROS = new Uint8Array(BLOCK_LENGTH);
/** Of the cipher that is being made: AES-128. */
const key = new Uint8Array(16);
