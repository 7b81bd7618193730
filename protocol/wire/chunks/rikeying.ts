import type { Reader } from "../../bytes/reader.ts";
import type { Writer } from "../../bytes/writer.ts";
import { beginChunk, ChunkType, endChunk } from "../chunk.ts";

/** Responder Initial Keying, RFC 7016 §2.3.8. */
export interface RIKeying {
  /** The session ID that the initiator puts on its packets; 4 opaque bytes as a number. */
  readonly responderSessionId: number;
  readonly sessionKeyResponderComponent: Uint8Array;
  readonly signature: Uint8Array;
}

/** `sessionId(4) component:field signature:rest` */
export function readRIKeying(reader: Reader): RIKeying {
  const responderSessionId = reader.u32();
  const sessionKeyResponderComponent = reader.field();
  return { responderSessionId, sessionKeyResponderComponent, signature: reader.rest() };
}

export function writeRIKeying(writer: Writer, keying: RIKeying): void {
  const start = beginChunk(writer, ChunkType.rikeying);
  writer
    .u32(keying.responderSessionId)
    .field(keying.sessionKeyResponderComponent)
    .put(keying.signature);
  endChunk(writer, start);
}
