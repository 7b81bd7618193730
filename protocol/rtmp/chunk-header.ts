import { Reader } from "../bytes/reader.ts";

/**
 * The `fmt` of a chunk's basic header, RTMP 1.0 §5.3.1.2: how much of the message header it has.
 */
export const ChunkFormat = {
  /** Timestamp, length, type and message stream. */
  full: 0,
  /** Timestamp delta, length and type. */
  sameStream: 1,
  /** Timestamp delta. */
  deltaOnly: 2,
  /** Nothing. */
  continued: 3,
} as const;
export type ChunkFormat = (typeof ChunkFormat)[keyof typeof ChunkFormat];

/** A chunk's header as it is on the wire. What its format leaves out is undefined. */
export interface ChunkHeader {
  readonly format: ChunkFormat;
  readonly chunkStreamId: number;
  /** Timestamp of format 0, delta of 1 and 2, from whichever of the two fields holds it. */
  readonly time: number | undefined;
  /** Is it in the extended timestamp field? */
  readonly isExtended: boolean;
  readonly length: number | undefined;
  readonly type: number | undefined;
  readonly streamId: number | undefined;
  /** Bytes of the header. */
  readonly size: number;
}

/**
 * RTMP 1.0 §5.3.1: `fmt:2bits id:6bits [id:1-2 bytes] [time:u24 [length:u24 type:u8
 * [streamId:u32le]]] [time:u32]`, from `start`; answers undefined if the bytes end before the
 * header does. The extended timestamp of a format 3 chunk is not looked at: whether there is one
 * depends on earlier chunks.
 */
export function readChunkHeader(bytes: Uint8Array, start: number): ChunkHeader | undefined {
  const reader = new Reader(bytes, start);
  if (reader.remaining < 1) return undefined;
  const basic = reader.u8();
  const format = (basic >> 6) as ChunkFormat;
  const short = basic & 0x3f;
  const idBytes = short > 1 ? 0 : short + 1;
  if (reader.remaining < idBytes + (FIELD_BYTES[format] as number)) return undefined;
  const chunkStreamId = idBytes === 0 ? short : readLongId(reader, idBytes);

  const near = format < ChunkFormat.continued ? reader.u24() : undefined;
  const length = format < ChunkFormat.deltaOnly ? reader.u24() : undefined;
  const type = format < ChunkFormat.deltaOnly ? reader.u8() : undefined;
  const streamId = format === ChunkFormat.full ? readU32LittleEndian(reader) : undefined;
  const isExtended = near === EXTENDED;
  if (isExtended && reader.remaining < 4) return undefined;
  const time = isExtended ? reader.u32() : near;
  const size = reader.position - start;
  return { format, chunkStreamId, time, isExtended, length, type, streamId, size };
}

/** §5.3.1.1: ids of 64 and more, in one byte or in two, the lower first. */
function readLongId(reader: Reader, idBytes: number): number {
  const low = reader.u8();
  return 64 + low + (idBytes === 2 ? reader.u8() * 256 : 0);
}

function readU32LittleEndian(reader: Reader): number {
  const low = reader.u8() | (reader.u8() << 8) | (reader.u8() << 16);
  return (low | (reader.u8() << 24)) >>> 0;
}

/** Bytes of the message header without the extended timestamp, by format. */
export const FIELD_BYTES: readonly number[] = [11, 7, 3, 0];

/** In the 24-bit field: the time is in the extended timestamp, §5.3.1.3. */
export const EXTENDED = 0xff_ffff;

/** Both directions start with chunks of this many bytes, §5.4.1. */
export const INITIAL_CHUNK_BYTES = 128;
