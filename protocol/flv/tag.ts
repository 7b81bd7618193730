import { Writer } from "../bytes/writer.ts";

/** Tag types, FLV 10.1 §E.4.1; `dataAmf3` is of Enhanced RTMP. They equal RTMP's message types. */
export const FlvTagType = { audio: 8, video: 9, dataAmf3: 15, data: 18 } as const;

/** One tag of an FLV file or stream. */
export interface FlvTag {
  /** A `FlvTagType`, or whatever a file says. */
  readonly type: number;
  /** Milliseconds, modulo 2^32. */
  readonly timestampMs: number;
  readonly payload: Uint8Array;
}

/** What the header of a file says about its tags. */
export interface FlvHeader {
  readonly hasAudio: boolean;
  readonly hasVideo: boolean;
}

/** FLV 10.1 §E.2: the file header, with the back pointer 0 that follows it. 13 bytes. */
export function encodeFlvHeader(header: FlvHeader): Uint8Array<ArrayBuffer> {
  const flags = (header.hasAudio ? HAS_AUDIO : 0) | (header.hasVideo ? HAS_VIDEO : 0);
  return new Writer(13).utf8("FLV").u8(1).u8(flags).u32(FLV_HEADER_BYTES).u32(0).bytes();
}

/**
 * FLV 10.1 §E.4.1: `type size:u24 timestampLow:u24 timestampHigh:u8 streamId:u24 payload`, with the
 * back pointer that follows it. Throws RangeError if the payload is longer than 2^24-1 bytes.
 */
export function encodeFlvTag(tag: FlvTag): Uint8Array<ArrayBuffer> {
  const size = tag.payload.length;
  if (size > 0xff_ffff) throw new RangeError("an FLV tag holds no more than 16777215 bytes");
  return new Writer(size + FLV_TAG_HEADER_BYTES + 4)
    .u8(tag.type)
    .u24(size)
    .u24(tag.timestampMs & 0xff_ffff)
    .u8(tag.timestampMs >>> 24)
    .u24(0)
    .put(tag.payload)
    .u32(size + FLV_TAG_HEADER_BYTES)
    .bytes();
}

export const FLV_HEADER_BYTES = 9;
export const FLV_TAG_HEADER_BYTES = 11;
export const HAS_AUDIO = 0x04;
export const HAS_VIDEO = 0x01;
