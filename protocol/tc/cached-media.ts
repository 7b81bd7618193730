import type { MediaMessage } from "./media.ts";

export function sizeOf(media: MediaMessage): number {
  return media.message.payload.length;
}

/** What is kept for long must not hold on to the buffer it came in, which may be far larger. */
export function copyOf(media: MediaMessage): MediaMessage {
  const { message } = media;
  return { ...media, message: { ...message, payload: new Uint8Array(message.payload) } };
}
