import { Reader } from "../bytes/reader.ts";
import { Writer } from "../bytes/writer.ts";
import { MalformedError } from "../errors.ts";

/** Metadata of a flow with RTMP messages, RFC 7425 §5.1.1: `"TC" flags(1) [streamID:VLU]`. */
export function encodeFlowMetadata(streamId: number): Uint8Array {
  return new Writer(8).u8(T).u8(C).u8(STREAM_ID_PRESENT).vlu(streamId).finish();
}

/** The stream ID of a flow, or undefined if its metadata is not of this kind. */
export function decodeFlowMetadata(metadata: Uint8Array): number | undefined {
  try {
    const reader = new Reader(metadata);
    const isOurs = reader.u8() === T && reader.u8() === C;
    const flags = reader.u8();
    return isOurs && flags & STREAM_ID_PRESENT ? reader.vlu() : undefined;
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

const T = 0x54;
const C = 0x43;
const STREAM_ID_PRESENT = 0x04;
