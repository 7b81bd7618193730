import type { Message } from "../../protocol/rtmp/message.ts";
import {
  encodeSharedObject,
  type SharedObjectMessage,
  type SharedObjectType,
} from "../../protocol/rtmp/shared-object.ts";

/** Somebody who uses shared objects. */
export interface SharedObjectUser {
  /** Tells users apart. */
  readonly id: number;
  /** What its client understands: the type in which it speaks. */
  readonly type: SharedObjectType;
  deliver(message: Message, now: number): void;
}

/** Tells all of them the same, which is encoded once for each type. Answers how many bytes that were. */
export function tell(
  users: Iterable<SharedObjectUser>,
  content: SharedObjectMessage,
  now: number,
): number {
  let bytes = 0;
  const messages = new Map<SharedObjectType, Message>();
  for (const user of users) {
    const message = messages.get(user.type) ?? encodeSharedObject(content, user.type);
    messages.set(user.type, message);
    user.deliver(message, now);
    bytes += message.payload.length;
  }
  return bytes;
}
