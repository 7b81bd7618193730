import type { Writer } from "../../bytes/writer.ts";
import { beginChunk, ChunkType, endChunk } from "../chunk.ts";

/** Ping, RFC 7016 §2.3.9: the whole payload is the message, which the reply copies. */
export function writePing(writer: Writer, message: Uint8Array): void {
  const start = beginChunk(writer, ChunkType.ping);
  writer.put(message);
  endChunk(writer, start);
}

/** Ping Reply, RFC 7016 §2.3.10. */
export function writePingReply(writer: Writer, message: Uint8Array): void {
  const start = beginChunk(writer, ChunkType.pingReply);
  writer.put(message);
  endChunk(writer, start);
}
