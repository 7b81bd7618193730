import type { FileHandle } from "node:fs/promises";
import { FLV_TAG_HEADER_BYTES } from "../../protocol/flv/tag.ts";

/** What stands at the beginning of a tag in an FLV file. */
export interface TagHead {
  readonly type: number;
  readonly timestampMs: number;
  /** Of the tag, in bytes from the start of the file. */
  readonly position: number;
  readonly payloadBytes: number;
  /** The first bytes of the payload, PEEK_BYTES at most. */
  readonly peek: Uint8Array;
}

/**
 * The tags of an FLV file, from the one at `position` to the last that is whole and ends at `end` at
 * the latest. Payloads are skipped.
 */
export async function* tagHeads(
  file: FileHandle,
  position: number,
  end: number,
): AsyncGenerator<TagHead> {
  const window = Buffer.allocUnsafe(WINDOW_BYTES);
  let from = 0;
  let length = 0;
  for (let at = position; at + FLV_TAG_HEADER_BYTES + BACK_POINTER_BYTES <= end; ) {
    const wanted = Math.min(FLV_TAG_HEADER_BYTES + PEEK_BYTES, end - at);
    if (at < from || at + wanted > from + length) {
      from = at;
      length = (await file.read(window, 0, WINDOW_BYTES, at)).bytesRead;
      if (length < wanted) return;
    }
    const head = readHead(window.subarray(at - from, at - from + wanted), at);
    const next = endOf(head);
    if (next > end || head.type === 0) return;
    yield head;
    at = next;
  }
}

/** Where the next tag begins. */
export function endOf({ position, payloadBytes }: TagHead): number {
  return position + FLV_TAG_HEADER_BYTES + payloadBytes + BACK_POINTER_BYTES;
}

/** FLV 10.1 §E.4.1; an encrypted tag counts as one of type 0, which nobody knows. */
export function readHead(bytes: Buffer, position: number): TagHead {
  const kind = bytes.readUInt8(0);
  const payloadBytes = bytes.readUIntBE(1, 3);
  const timestampMs = bytes.readUIntBE(4, 3) + bytes.readUInt8(7) * 0x100_0000;
  const peek = new Uint8Array(bytes.subarray(FLV_TAG_HEADER_BYTES)).subarray(0, payloadBytes);
  return { type: kind & ENCRYPTED ? 0 : kind & TYPE, timestampMs, position, payloadBytes, peek };
}

/** Says what a payload is, but for a frame of many tracks with much before it. */
export const PEEK_BYTES = 64;
export const BACK_POINTER_BYTES = 4;
const WINDOW_BYTES = 262_144;
const ENCRYPTED = 0x20;
const TYPE = 0x1f;
