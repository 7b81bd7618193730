import { Reader } from "../../bytes/reader.ts";
import type { Writer } from "../../bytes/writer.ts";
import { beginChunk, ChunkType, endChunk } from "../chunk.ts";
import { checkedCookie } from "./opaque.ts";

/** What the signature of an Initiator Initial Keying covers, RFC 7016 §2.3.7. */
export interface IIKeyingParameters {
  /** The session ID that the responder puts on its packets; 4 opaque bytes as a number. */
  readonly initiatorSessionId: number;
  readonly cookieEcho: Uint8Array;
  readonly initiatorCertificate: Uint8Array;
  readonly sessionKeyInitiatorComponent: Uint8Array;
}

/** Initiator Initial Keying, RFC 7016 §2.3.7. */
export interface IIKeying extends IIKeyingParameters {
  readonly signature: Uint8Array;
}

/** As it came, with the very bytes that its signature is about. */
export interface ReceivedIIKeying extends IIKeying {
  readonly initiatorSignedParameters: Uint8Array;
}

/** `sessionId(4) cookie:field certificate:field component:field signature:rest` */
export function readIIKeying(reader: Reader): ReceivedIIKeying {
  const payload = reader.rest();
  const fields = new Reader(payload);
  const parameters = {
    initiatorSessionId: fields.u32(),
    cookieEcho: checkedCookie(fields.field()),
    initiatorCertificate: fields.field(),
    sessionKeyInitiatorComponent: fields.field(),
  };
  const initiatorSignedParameters = payload.subarray(0, fields.position);
  const signature = fields.rest();
  return { signature, initiatorSignedParameters, ...parameters };
}

/** `sign` gets the payload up to the signature, which covers it: a view, to be used at once. */
export function writeIIKeying(
  writer: Writer,
  parameters: IIKeyingParameters,
  sign: (signed: Uint8Array) => Uint8Array,
): void {
  const start = beginChunk(writer, ChunkType.iikeying);
  const payload = writer.length;
  writer
    .u32(parameters.initiatorSessionId)
    .field(parameters.cookieEcho)
    .field(parameters.initiatorCertificate)
    .field(parameters.sessionKeyInitiatorComponent);
  writer.put(sign(writer.bytes().subarray(payload)));
  endChunk(writer, start);
}
