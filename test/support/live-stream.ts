import assert from "node:assert/strict";
import type { Message } from "../../protocol/rtmp/message.ts";
import type { LiveStream, Publisher } from "../../protocol/tc/live-stream.ts";
import { Notes } from "./media.ts";

/** Who publishes it from now on. */
export function published(stream: LiveStream): Publisher {
  const publisher = stream.publish(0);
  assert.ok(publisher);
  return publisher;
}

/** Who plays it from now on. */
export function joined(stream: LiveStream): Notes {
  const notes = new Notes();
  stream.play(notes, 0);
  return notes;
}

export function write(publisher: Publisher, ...messages: Message[]): void {
  for (const message of messages) publisher.write(message, 0);
}
