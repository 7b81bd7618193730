import { Reader } from "../bytes/reader.ts";
import { Writer } from "../bytes/writer.ts";
import { MalformedError } from "../errors.ts";
import { type Message, MessageType } from "./message.ts";

/** Protocol control messages, RTMP 1.0 §5.4. */
export type ProtocolControl =
  | { readonly type: "setChunkSize"; readonly chunkBytes: number }
  | { readonly type: "abort"; readonly chunkStreamId: number }
  /** Bytes received so far, modulo 2^32. */
  | { readonly type: "acknowledgement"; readonly receivedBytes: number }
  | { readonly type: "windowAckSize"; readonly windowBytes: number }
  | {
      readonly type: "setPeerBandwidth";
      readonly windowBytes: number;
      readonly limit: BandwidthLimit;
    };

/** Limit type of Set Peer Bandwidth, §5.4.5. */
export const BandwidthLimit = { hard: 0, soft: 1, dynamic: 2 } as const;
export type BandwidthLimit = (typeof BandwidthLimit)[keyof typeof BandwidthLimit];

/**
 * The control as a message, to be sent in order with all others. Throws RangeError for chunk size
 * 0.
 */
export function encodeControl(control: ProtocolControl): Message {
  switch (control.type) {
    case "setChunkSize":
      checkChunkBytes(control.chunkBytes);
      return controlMessage(MessageType.setChunkSize, control.chunkBytes);
    case "abort":
      return controlMessage(MessageType.abort, control.chunkStreamId);
    case "acknowledgement":
      return controlMessage(MessageType.acknowledgement, control.receivedBytes);
    case "windowAckSize":
      return controlMessage(MessageType.windowAckSize, control.windowBytes);
    case "setPeerBandwidth":
      return controlMessage(MessageType.setPeerBandwidth, control.windowBytes, control.limit);
  }
}

/** Answers undefined for messages of other types. Throws MalformedError. */
export function decodeControl(message: Message): ProtocolControl | undefined {
  if (message.type > MessageType.setPeerBandwidth) return undefined;
  const reader = new Reader(message.payload);
  switch (message.type) {
    case MessageType.setChunkSize:
      return { type: "setChunkSize", chunkBytes: readChunkBytes(reader) };
    case MessageType.abort:
      return { type: "abort", chunkStreamId: reader.u32() };
    case MessageType.acknowledgement:
      return { type: "acknowledgement", receivedBytes: reader.u32() };
    case MessageType.windowAckSize:
      return { type: "windowAckSize", windowBytes: reader.u32() };
    case MessageType.setPeerBandwidth:
      return { type: "setPeerBandwidth", windowBytes: reader.u32(), limit: readLimit(reader) };
    default:
      return undefined;
  }
}

/** §5.4.1: the top bit must be 0. Some senders set it and mean the rest. */
function readChunkBytes(reader: Reader): number {
  const chunkBytes = reader.u32() & 0x7fff_ffff;
  if (chunkBytes === 0) throw new MalformedError("chunk size 0");
  return chunkBytes;
}

function checkChunkBytes(chunkBytes: number): void {
  if (Number.isInteger(chunkBytes) && chunkBytes >= 1 && chunkBytes <= 0x7fff_ffff) return;
  throw new RangeError(`chunk size ${chunkBytes}`);
}

function readLimit(reader: Reader): BandwidthLimit {
  const limit = reader.u8();
  if (limit > BandwidthLimit.dynamic) throw new MalformedError(`bandwidth limit type ${limit}`);
  return limit as BandwidthLimit;
}

function controlMessage(type: MessageType, value: number, limit?: BandwidthLimit): Message {
  const writer = new Writer(5).u32(value);
  if (limit !== undefined) writer.u8(limit);
  return { type, streamId: 0, timestampMs: 0, payload: writer.bytes() };
}
