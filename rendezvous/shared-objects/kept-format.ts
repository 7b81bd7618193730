import { Reader } from "../../protocol/bytes/reader.ts";
import { Writer } from "../../protocol/bytes/writer.ts";
import { MalformedError } from "../../protocol/errors.ts";
import { MessageType } from "../../protocol/rtmp/message.ts";
import { decodeSharedObject, encodeSharedObject } from "../../protocol/rtmp/shared-object.ts";
import type { KeptSharedObject } from "./shared-objects.ts";

/**
 * A shared object as a file: `"RTMFPSO1" length:u16 app payload`, where the payload is that of the
 * message of the AMF3 type which tells somebody all of the object.
 */
export function encodeKept({ app, content }: KeptSharedObject): Uint8Array {
  const { payload } = encodeSharedObject(content, MessageType.sharedObjectAmf3);
  const name = new TextEncoder().encode(app);
  const writer = new Writer(MAGIC.length + 2 + name.length + payload.length);
  return writer.utf8(MAGIC).u16(name.length).put(name).put(payload).bytes();
}

/** Throws MalformedError. */
export function decodeKept(bytes: Uint8Array): KeptSharedObject {
  const reader = new Reader(bytes);
  if (reader.utf8(MAGIC.length) !== MAGIC) throw new MalformedError("no shared object");
  const app = reader.utf8(reader.u16());
  const content = decodeSharedObject({
    type: MessageType.sharedObjectAmf3,
    streamId: 0,
    timestampMs: 0,
    payload: reader.rest(),
  });
  if (!content) throw new MalformedError("no shared object");
  return { app, content };
}

const MAGIC = "RTMFPSO1";
