import { Reader } from "../bytes/reader.ts";
import { MalformedError } from "../errors.ts";
import { type Message, MessageType } from "./message.ts";

/**
 * The messages inside an aggregate message, RTMP 1.0 §7.1.6: `(type size:u24 timestampLow:u24
 * timestampHigh:u8 streamId:u24 payload backPointer:u32)*`. The first takes the aggregate's
 * timestamp, the others keep their distance to it; all take its message stream. Back pointers are
 * wrong in the wild and not looked at; the last may be missing. What is no media or data is dropped:
 * commands would come past those who look at messages. Throws MalformedError.
 */
export function splitAggregate(aggregate: Message): Message[] {
  const reader = new Reader(aggregate.payload);
  const parts: Message[] = [];
  let offsetMs: number | undefined;
  for (let count = 0; reader.remaining > 0; count += 1) {
    if (count >= MAX_PARTS) throw new MalformedError("aggregate of too many messages");
    const type = reader.u8();
    if (!mayBePart(type)) throw new MalformedError(`message type ${type} in an aggregate`);
    const length = reader.u24();
    const low = reader.u24();
    const ownMs = (reader.u8() << 24) | low;
    reader.skip(STREAM_ID_BYTES);
    offsetMs ??= aggregate.timestampMs - ownMs;
    const timestampMs = (ownMs + offsetMs) >>> 0;
    const payload = reader.bytes(length);
    if (PARTS.has(type)) parts.push({ type, streamId: aggregate.streamId, timestampMs, payload });
    reader.skip(Math.min(BACK_POINTER_BYTES, reader.remaining));
  }
  return parts;
}

/** Control messages act on the chunk stream, where an aggregate's parts are not; none holds another. */
function mayBePart(type: number): boolean {
  return type >= MessageType.audio && type !== MessageType.aggregate;
}

/** What a publisher sends in its stream. */
const PARTS: ReadonlySet<number> = new Set([
  MessageType.audio,
  MessageType.video,
  MessageType.dataAmf3,
  MessageType.dataAmf0,
]);
/** What stands before the payload of each. */
export const PART_HEADER_BYTES = 11;
const STREAM_ID_BYTES = 3;
const BACK_POINTER_BYTES = 4;

/** Servers pack some seconds of media; a 16 MB message could hold a million empty parts. */
const MAX_PARTS = 16_384;
