import { Reader } from "../bytes/reader.ts";
import { Writer } from "../bytes/writer.ts";
import { MalformedError } from "../errors.ts";

/** What the metadata of a flow with RTMP messages says, RFC 7425 §5.1.1. */
export interface FlowMetadata {
  readonly streamId: number;
  /** The sender's hint (receiveIntent) in which order its messages are best received. */
  readonly order: "sequence" | "network";
}

/** `"TC" flags(1): 0x04 SID 0x01 RXI [streamID:VLU]`; without a hint, the original order. */
export function encodeFlowMetadata(
  streamId: number,
  order: FlowMetadata["order"] = "sequence",
): Uint8Array {
  const flags = STREAM_ID_PRESENT | (order === "network" ? RECEIVE_INTENT : 0);
  return new Writer(8).u8(T).u8(C).u8(flags).vlu(streamId).finish();
}

/** Undefined if the metadata is not of this kind, or names no stream. */
export function decodeFlowMetadata(metadata: Uint8Array): FlowMetadata | undefined {
  try {
    const reader = new Reader(metadata);
    const isOurs = reader.u8() === T && reader.u8() === C;
    const flags = reader.u8();
    if (!isOurs || !(flags & STREAM_ID_PRESENT)) return undefined;
    return { streamId: reader.vlu(), order: flags & RECEIVE_INTENT ? "network" : "sequence" };
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

const T = 0x54;
const C = 0x43;
const STREAM_ID_PRESENT = 0x04;
const RECEIVE_INTENT = 0x01;
