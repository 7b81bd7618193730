import type { Reader } from "../../bytes/reader.ts";
import type { Writer } from "../../bytes/writer.ts";
import { beginChunk, ChunkType, endChunk } from "../chunk.ts";

/** Flow Exception Report, RFC 7016 §2.3.16: the receiver does not want this flow. */
export interface FlowException {
  readonly flowId: number;
  /** 0 is the implementation's own; others belong to the application. */
  readonly exceptionCode: number;
}

/** `flowID:VLU exceptionCode:VLU` */
export function readFlowException(reader: Reader): FlowException {
  return { flowId: reader.vlu(), exceptionCode: reader.vlu() };
}

export function writeFlowException(writer: Writer, exception: FlowException): void {
  const start = beginChunk(writer, ChunkType.flowException);
  writer.vlu(exception.flowId).vlu(exception.exceptionCode);
  endChunk(writer, start);
}
