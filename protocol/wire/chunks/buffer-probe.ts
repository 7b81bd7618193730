import type { Reader } from "../../bytes/reader.ts";
import type { Writer } from "../../bytes/writer.ts";
import { beginChunk, ChunkType, endChunk } from "../chunk.ts";

/** Buffer Probe, RFC 7016 §2.3.15: `flowID:VLU`; asks for an acknowledgement of that flow. */
export function readBufferProbe(reader: Reader): number {
  return reader.vlu();
}

export function writeBufferProbe(writer: Writer, flowId: number): void {
  const start = beginChunk(writer, ChunkType.bufferProbe);
  writer.vlu(flowId);
  endChunk(writer, start);
}
