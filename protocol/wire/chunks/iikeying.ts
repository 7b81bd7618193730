import type { Reader } from "../../bytes/reader.ts";
import type { Writer } from "../../bytes/writer.ts";
import { beginChunk, ChunkType, endChunk } from "../chunk.ts";

/** Initiator Initial Keying, RFC 7016 §2.3.7. */
export interface IIKeying {
  /** The session ID that the responder puts on its packets; 4 opaque bytes as a number. */
  readonly initiatorSessionId: number;
  readonly cookieEcho: Uint8Array;
  readonly initiatorCertificate: Uint8Array;
  readonly sessionKeyInitiatorComponent: Uint8Array;
  readonly signature: Uint8Array;
}

/** `sessionId(4) cookie:field certificate:field component:field signature:rest` */
export function readIIKeying(reader: Reader): IIKeying {
  const initiatorSessionId = reader.u32();
  const cookieEcho = reader.field();
  const initiatorCertificate = reader.field();
  const sessionKeyInitiatorComponent = reader.field();
  return {
    initiatorSessionId,
    cookieEcho,
    initiatorCertificate,
    sessionKeyInitiatorComponent,
    signature: reader.rest(),
  };
}

export function writeIIKeying(writer: Writer, keying: IIKeying): void {
  const start = beginChunk(writer, ChunkType.iikeying);
  writer
    .u32(keying.initiatorSessionId)
    .field(keying.cookieEcho)
    .field(keying.initiatorCertificate)
    .field(keying.sessionKeyInitiatorComponent)
    .put(keying.signature);
  endChunk(writer, start);
}
