import { Reader } from "../bytes/reader.ts";
import { MalformedError } from "../errors.ts";

/** One box of an MP4 file, ISO 14496-12 §4.2. */
export interface Box {
  /** Four characters. */
  readonly type: string;
  /** What follows its header: a view. */
  readonly body: Uint8Array;
}

/** What stands before the body of a box. */
export interface BoxHeader {
  readonly type: string;
  readonly headerBytes: number;
  /** Header and body; Infinity: up to the end of the file. */
  readonly size: number;
}

/**
 * ISO 14496-12 §4.2: `size:u32 type:4 [size:u64]`. `bytes` need not have more than the header, which
 * has MAX_BOX_HEADER_BYTES at most. Throws MalformedError.
 */
export function readBoxHeader(bytes: Uint8Array): BoxHeader {
  const reader = new Reader(bytes);
  const small = reader.u32();
  const type = readType(reader);
  const isLarge = small === LARGE;
  const size = isLarge ? readU64(reader) : small || Number.POSITIVE_INFINITY;
  const headerBytes = isLarge ? MAX_BOX_HEADER_BYTES : 8;
  if (size < headerBytes) throw new MalformedError(`box "${type}" of ${size} bytes`);
  return { type, headerBytes, size };
}

/** The boxes in a box. Throws MalformedError for one that is longer than what it is in. */
export function* boxesIn(bytes: Uint8Array): Generator<Box> {
  for (let at = 0; at + MIN_BOX_BYTES <= bytes.length; ) {
    const rest = bytes.subarray(at);
    const { type, headerBytes, size } = readBoxHeader(rest);
    const length = size === Number.POSITIVE_INFINITY ? rest.length : size;
    if (length > rest.length) throw new MalformedError(`box "${type}" is longer than its place`);
    yield { type, body: rest.subarray(headerBytes, length) };
    at += length;
  }
}

/** The body of the first box that a path of types leads to, or undefined. Throws MalformedError. */
export function bodyAt(bytes: Uint8Array, ...path: readonly string[]): Uint8Array | undefined {
  let body: Uint8Array | undefined = bytes;
  for (const type of path) {
    if (body === undefined) return undefined;
    body = firstOf(body, type);
  }
  return body;
}

function firstOf(bytes: Uint8Array, type: string): Uint8Array | undefined {
  for (const box of boxesIn(bytes)) if (box.type === type) return box.body;
  return undefined;
}

/** The same, of a box that has to be there. */
export function requiredAt(bytes: Uint8Array, ...path: readonly string[]): Uint8Array {
  const body = bodyAt(bytes, ...path);
  if (body === undefined) throw new MalformedError(`no box "${path.join("/")}"`);
  return body;
}

/** Throws MalformedError above 2^53-1: nothing in a file is as large. */
export function readU64(reader: Reader): number {
  const value = reader.u32() * 0x1_0000_0000 + reader.u32();
  if (value > Number.MAX_SAFE_INTEGER) throw new MalformedError("64-bit value out of range");
  return value;
}

function readType(reader: Reader): string {
  return String.fromCharCode(...reader.bytes(4));
}

export const MAX_BOX_HEADER_BYTES = 16;
const MIN_BOX_BYTES = 8;
/** A size that stands for "see behind the type". */
const LARGE = 1;
