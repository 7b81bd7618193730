import { Reader } from "../bytes/reader.ts";
import type { Writer } from "../bytes/writer.ts";
import { invariant } from "../errors.ts";

/** Chunk types, RFC 7016 §2.3. */
export const ChunkType = {
  padding0: 0x00,
  sessionCloseRequest: 0x0c,
  userData: 0x10,
  nextUserData: 0x11,
  ping: 0x01,
  bufferProbe: 0x18,
  fihello: 0x0f,
  ihello: 0x30,
  iikeying: 0x38,
  pingReply: 0x41,
  sessionCloseAck: 0x4c,
  ackBitmap: 0x50,
  ackRanges: 0x51,
  flowException: 0x5e,
  rhello: 0x70,
  redirect: 0x71,
  rikeying: 0x78,
  cookieChange: 0x79,
  packetFragment: 0x7f,
  padding1: 0xff,
} as const;

/** One chunk inside a packet: its type and a cursor over exactly its payload. */
export interface Chunk {
  readonly type: number;
  readonly payload: Reader;
}

/**
 * The next chunk of a packet, RFC 7016 §2.2.4: `type(1) length(2) payload(length)`. Answers
 * undefined at the end of the packet: fewer bytes are left than a chunk takes, or padding.
 */
export function readChunk(packet: Uint8Array, at: Reader): Chunk | undefined {
  if (at.remaining < HEADER_LENGTH) return undefined;
  const type = at.u8();
  const length = at.u16();
  if (length > at.remaining) return undefined;
  const start = at.position;
  at.skip(length);
  return { type, payload: new Reader(packet, start, start + length) };
}

/** Starts a chunk; hand the answer to `endChunk` when the payload is written. */
export function beginChunk(writer: Writer, type: number): number {
  writer.u8(type).u16(0);
  return writer.length;
}

export function endChunk(writer: Writer, start: number): void {
  const length = writer.length - start;
  invariant(length <= 0xffff, "a chunk is at most 65535 bytes long");
  writer.setU16(start - 2, length);
}

/** Bytes before a chunk's payload. */
export const HEADER_LENGTH = 3;
