import { Reader } from "../bytes/reader.ts";
import { Writer } from "../bytes/writer.ts";
import type { Message } from "../rtmp/message.ts";

/** An RTMP message in a flow, RFC 7425 §5.1.2: `type(1) timestamp(4) payload`. */
export function encodeFlowMessage(message: Message): Uint8Array {
  const { type, timestampMs, payload } = message;
  const writer = new Writer(FLOW_MESSAGE_HEADER_BYTES + payload.length);
  return writer.u8(type).u32(timestampMs).put(payload).bytes();
}

/** The stream ID is that of the flow. Throws MalformedError. */
export function decodeFlowMessage(bytes: Uint8Array, streamId: number): Message {
  const reader = new Reader(bytes);
  const type = reader.u8();
  const timestampMs = reader.u32();
  return { type, streamId, timestampMs, payload: reader.rest() };
}

/** How much longer a message is in a flow than its payload. */
export const FLOW_MESSAGE_HEADER_BYTES = 5;
