import type { Writer } from "../../bytes/writer.ts";
import { beginChunk, ChunkType, endChunk } from "../chunk.ts";

/** Session Close Request, RFC 7016 §2.3.17: no payload. */
export function writeSessionCloseRequest(writer: Writer): void {
  endChunk(writer, beginChunk(writer, ChunkType.sessionCloseRequest));
}

/** Session Close Acknowledgement, RFC 7016 §2.3.18: no payload. */
export function writeSessionCloseAck(writer: Writer): void {
  endChunk(writer, beginChunk(writer, ChunkType.sessionCloseAck));
}
