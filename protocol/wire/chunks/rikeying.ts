import { Reader } from "../../bytes/reader.ts";
import { Writer } from "../../bytes/writer.ts";
import { beginChunk, ChunkType, endChunk } from "../chunk.ts";

/** What a Responder Initial Keying says before its signature, RFC 7016 §2.3.8. */
export interface RIKeyingParameters {
  /** The session ID that the initiator puts on its packets; 4 opaque bytes as a number. */
  readonly responderSessionId: number;
  readonly sessionKeyResponderComponent: Uint8Array;
}

/** Responder Initial Keying, RFC 7016 §2.3.8. */
export interface RIKeying extends RIKeyingParameters {
  readonly signature: Uint8Array;
}

/** As it came. The signature covers these bytes, and after them the initiator's component. */
export interface ReceivedRIKeying extends RIKeying {
  readonly responderSignedParametersPortion: Uint8Array;
}

/** `sessionId(4) component:field signature:rest` */
export function readRIKeying(reader: Reader): ReceivedRIKeying {
  const payload = reader.rest();
  const fields = new Reader(payload);
  const parameters = {
    responderSessionId: fields.u32(),
    sessionKeyResponderComponent: fields.field(),
  };
  const responderSignedParametersPortion = payload.subarray(0, fields.position);
  const signature = fields.rest();
  return { signature, responderSignedParametersPortion, ...parameters };
}

export function writeRIKeying(writer: Writer, keying: RIKeying): void {
  const start = beginChunk(writer, ChunkType.rikeying);
  writeParameters(writer, keying).put(keying.signature);
  endChunk(writer, start);
}

/** The payload up to the signature, which covers it and then the initiator's component. */
export function responderSignedParametersPortion(parameters: RIKeyingParameters): Uint8Array {
  return writeParameters(new Writer(), parameters).bytes();
}

function writeParameters(writer: Writer, parameters: RIKeyingParameters): Writer {
  return writer.u32(parameters.responderSessionId).field(parameters.sessionKeyResponderComponent);
}
