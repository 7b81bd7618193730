import { encodeFlvTag } from "../../../protocol/flv/tag.ts";
import type { Message } from "../../../protocol/rtmp/message.ts";

/**
 * The FLV tag of a message. As long as somebody holds it, all who play the message get the same bytes:
 * what waits for a thousand slow players is in memory once.
 */
export function flvTagOf(message: Message): Uint8Array {
  const known = TAGS.get(message)?.deref();
  if (known) return known;
  const { type, timestampMs, payload } = message;
  const tag = encodeFlvTag({ type, timestampMs, payload });
  TAGS.set(message, new WeakRef(tag));
  return tag;
}

/** Weak at both ends: messages are kept for newcomers, and would otherwise be kept twice. */
const TAGS = new WeakMap<Message, WeakRef<Uint8Array>>();
