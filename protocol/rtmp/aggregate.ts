import { Reader } from "../bytes/reader.ts";
import { MalformedError } from "../errors.ts";
import { type Message, MessageType } from "./message.ts";

/**
 * The messages inside an aggregate message, RTMP 1.0 §7.1.6: `(type size:u24 timestampLow:u24
 * timestampHigh:u8 streamId:u24 payload backPointer:u32)*`. The first takes the aggregate's
 * timestamp, the others keep their distance to it; all take its message stream. Back pointers are
 * wrong in the wild and not looked at; the last may be missing. Throws MalformedError.
 */
export function splitAggregate(aggregate: Message): Message[] {
  const reader = new Reader(aggregate.payload);
  const parts: Message[] = [];
  let offsetMs: number | undefined;
  while (reader.remaining > 0) {
    if (parts.length >= MAX_PARTS) throw new MalformedError("aggregate of too many messages");
    const type = reader.u8();
    if (!isPart(type)) throw new MalformedError(`message type ${type} in an aggregate`);
    const length = reader.u24();
    const low = reader.u24();
    const ownMs = (reader.u8() << 24) | low;
    reader.skip(STREAM_ID_BYTES);
    offsetMs ??= aggregate.timestampMs - ownMs;
    const timestampMs = (ownMs + offsetMs) >>> 0;
    parts.push({ type, streamId: aggregate.streamId, timestampMs, payload: reader.bytes(length) });
    reader.skip(Math.min(BACK_POINTER_BYTES, reader.remaining));
  }
  return parts;
}

/**
 * Control messages act on the chunk stream, where an aggregate's parts are not; none holds another.
 */
function isPart(type: number): boolean {
  return type >= MessageType.audio && type !== MessageType.aggregate;
}

const STREAM_ID_BYTES = 3;
const BACK_POINTER_BYTES = 4;

/** Servers pack some seconds of media; a 16 MB message could hold a million empty parts. */
const MAX_PARTS = 16_384;
