import type { Writer } from "../../bytes/writer.ts";
import { beginChunk, ChunkType, endChunk, HEADER_LENGTH } from "../chunk.ts";

/** A Padding chunk of `size` bytes, its header included, RFC 7016 §2.3: receivers skip it. */
export function writePadding(writer: Writer, size: number): void {
  const start = beginChunk(writer, ChunkType.padding1);
  writer.put(new Uint8Array(size - HEADER_LENGTH));
  endChunk(writer, start);
}
