import type { Reader } from "../../bytes/reader.ts";
import type { Range, SequenceSet } from "../../bytes/sequence-set.ts";
import { vluLength, type Writer } from "../../bytes/writer.ts";
import { MalformedError } from "../../errors.ts";
import { beginChunk, ChunkType, endChunk } from "../chunk.ts";

/** Data Acknowledgement, RFC 7016 §2.3.13 (bitmap) and §2.3.14 (ranges): one meaning, two forms. */
export interface Acknowledgement {
  readonly flowId: number;
  /** Receive window in bytes, a multiple of 1024. */
  readonly bufferBytes: number;
  /** Every number up to and including this one is acknowledged. */
  readonly cumulative: number;
  /** What is acknowledged beyond, ascending and apart from each other. */
  readonly ranges: readonly Range[];
}

/**
 *     flowID:VLU bufferBlocks:VLU cumulativeAck:VLU (holes-1:VLU received-1:VLU)*
 *
 * A last pair that is cut off is ignored, the rest is valid.
 */
export function readAckRanges(reader: Reader): Acknowledgement {
  const head = readHead(reader);
  const ranges: Range[] = [];
  let cursor = head.cumulative;
  while (reader.remaining > 0) {
    try {
      const from = cursor + 1 + reader.vlu() + 1;
      const to = from + reader.vlu();
      ranges.push({ from, to });
      cursor = to;
    } catch (error) {
      if (error instanceof MalformedError) break;
      throw error;
    }
  }
  return { ...head, ranges };
}

/**
 *     flowID:VLU bufferBlocks:VLU cumulativeAck:VLU bits…
 *
 * The lowest bit of the first byte is the second number after the cumulative acknowledgement.
 */
export function readAckBitmap(reader: Reader): Acknowledgement {
  const head = readHead(reader);
  const ranges: Range[] = [];
  let from = 0;
  let at = head.cumulative + 2;
  for (const byte of reader.rest()) {
    for (let bit = 0; bit < 8; bit += 1, at += 1) {
      const received = (byte & (1 << bit)) !== 0;
      if (received && from === 0) from = at;
      if (!received && from > 0) {
        ranges.push({ from, to: at - 1 });
        from = 0;
      }
    }
  }
  if (from > 0) ranges.push({ from, to: at - 1 });
  return { ...head, ranges };
}

function readHead(reader: Reader): Omit<Acknowledgement, "ranges"> {
  const flowId = reader.vlu();
  const bufferBytes = Math.min(reader.vlu() * BLOCK_BYTES, Number.MAX_SAFE_INTEGER);
  return { flowId, bufferBytes, cumulative: reader.vlu() };
}

/**
 * Writes what `received` holds in the more compact of the two forms, leaving out the highest
 * ranges that do not fit into the writer's room, RFC 7016 §3.6.3.4.2.
 */
export function writeAcknowledgement(
  writer: Writer,
  flowId: number,
  bufferBlocks: number,
  received: SequenceSet,
): void {
  const bitmapLength = Math.ceil((received.highest - received.cumulative - 1) / 8);
  const asBitmap = received.ranges.length > 0 && bitmapLength < rangesLength(received);
  const start = beginChunk(writer, asBitmap ? ChunkType.ackBitmap : ChunkType.ackRanges);
  writer.vlu(flowId).vlu(bufferBlocks).vlu(received.cumulative);
  if (asBitmap) writeBits(writer, received, Math.min(bitmapLength, writer.room));
  else writeRanges(writer, received);
  endChunk(writer, start);
}

function rangesLength(received: SequenceSet): number {
  let length = 0;
  let cursor = received.cumulative;
  for (const range of received.ranges) {
    length += vluLength(range.from - cursor - 2) + vluLength(range.to - range.from);
    cursor = range.to;
  }
  return length;
}

function writeRanges(writer: Writer, received: SequenceSet): void {
  let cursor = received.cumulative;
  for (const range of received.ranges) {
    const holes = range.from - cursor - 2;
    const count = range.to - range.from;
    if (vluLength(holes) + vluLength(count) > writer.room) return;
    writer.vlu(holes).vlu(count);
    cursor = range.to;
  }
}

function writeBits(writer: Writer, received: SequenceSet, length: number): void {
  const bits = new Uint8Array(length);
  const first = received.cumulative + 2;
  const end = first + length * 8;
  for (const range of received.ranges) {
    for (let number = range.from; number <= range.to && number < end; number += 1) {
      const at = number - first;
      bits[at >> 3] = (bits[at >> 3] ?? 0) | (1 << (at & 7));
    }
  }
  writer.put(bits);
}

/** Unit of the advertised receive window. */
export const BLOCK_BYTES = 1024;
