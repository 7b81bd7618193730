import { Reader } from "../../bytes/reader.ts";
import type { Writer } from "../../bytes/writer.ts";
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

/**
 * `sign` gets the payload up to the signature, a view that is to be used at once. The signature covers it
 * and then the initiator's component.
 */
export function writeRIKeying(
  writer: Writer,
  parameters: RIKeyingParameters,
  sign: (portion: Uint8Array) => Uint8Array,
): void {
  const start = beginChunk(writer, ChunkType.rikeying);
  const payload = writer.length;
  writer.u32(parameters.responderSessionId).field(parameters.sessionKeyResponderComponent);
  writer.put(sign(writer.bytes().subarray(payload)));
  endChunk(writer, start);
}
