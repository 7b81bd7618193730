import type { Reader } from "../../bytes/reader.ts";
import type { Range, SequenceSet } from "../../bytes/sequence-set.ts";
import { vluLength, type Writer } from "../../bytes/writer.ts";
import { MalformedError } from "../../errors.ts";
import { QUEUED_FRAGMENT_BYTES, SEND_BUFFER_BYTES } from "../../params.ts";
import { beginChunk, ChunkType, endChunk, HEADER_LENGTH } from "../chunk.ts";

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
  return { ranges, ...head };
}

/**
 *     flowID:VLU bufferBlocks:VLU cumulativeAck:VLU bits…
 *
 * The lowest bit of the first byte is the second number after the cumulative acknowledgement. A bitmap
 * longer than any of our flows has fragments is cut off.
 */
export function readAckBitmap(reader: Reader): Acknowledgement {
  const head = readHead(reader);
  const ranges: Range[] = [];
  let from = 0;
  let at = head.cumulative + 2;
  for (const byte of reader.rest().subarray(0, MAX_BITMAP_BYTES)) {
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
  return { ranges, ...head };
}

function readHead(reader: Reader): Omit<Acknowledgement, "ranges"> {
  const flowId = reader.vlu();
  const bufferBytes = Math.min(reader.vlu() * BLOCK_BYTES, Number.MAX_SAFE_INTEGER);
  return { flowId, bufferBytes, cumulative: reader.vlu() };
}

/**
 * Writes what `received` holds, RFC 7016 §3.6.3.4: as ranges, or as a bitmap where the ranges do not fit
 * into the writer's room and bits tell more. What does not fit either is left out from the top. The more
 * compact form would save a byte or two, but rtmfp-cpp ignores the bits, and repeats losses late then.
 */
export function writeAcknowledgement(
  writer: Writer,
  flowId: number,
  bufferBlocks: number,
  received: SequenceSet,
): void {
  const start = beginChunk(writer, ChunkType.ackRanges);
  writer.vlu(flowId).vlu(bufferBlocks).vlu(received.cumulative);
  const body = writer.length;
  const left = writeRanges(writer, received);
  if (left !== undefined && left.from < received.cumulative + 2 + (writer.limit - body) * 8) {
    writer.truncate(body);
    writeBits(writer, received);
    writer.setU8(start - HEADER_LENGTH, ChunkType.ackBitmap);
  }
  endChunk(writer, start);
}

/** Answers the first range that does not fit. */
function writeRanges(writer: Writer, received: SequenceSet): Range | undefined {
  let cursor = received.cumulative;
  for (const range of received.ranges) {
    const holes = range.from - cursor - 2;
    const count = range.to - range.from;
    if (vluLength(holes) + vluLength(count) > writer.room) return range;
    writer.vlu(holes).vlu(count);
    cursor = range.to;
  }
  return undefined;
}

function writeBits(writer: Writer, received: SequenceSet): void {
  const first = received.cumulative + 2;
  const length = Math.min(Math.ceil((received.highest + 1 - first) / 8), writer.room);
  const bits = new Uint8Array(length);
  const end = first + length * 8;
  for (const range of received.ranges) {
    for (let number = range.from; number <= range.to && number < end; number += 1) {
      const at = number - first;
      bits[at >> 3] = (bits[at >> 3] ?? 0) | (1 << (at & 7));
    }
  }
  writer.put(bits);
}

/** A bit for each fragment that a sending flow may hold: what lies beyond was never sent. */
const MAX_BITMAP_BYTES = SEND_BUFFER_BYTES / QUEUED_FRAGMENT_BYTES / 8;
/** Unit of the advertised receive window. */
export const BLOCK_BYTES = 1024;
