import type { WaitOptions } from "../options.ts";
import { Playback, type PlayedMessage } from "./playback.ts";
import type { StreamSource } from "./stream-source.ts";

/**
 * Plays a stream: waits until it is published, ends when it is unpublished. Not reading slows the
 * sender down, which then skips what becomes late. Throws `NOT_FOUND` if the far end refuses,
 * `CLOSED` if the connection ends, and the signal's reason when that aborts.
 */
export async function* play(
  source: StreamSource,
  name: string,
  options: WaitOptions,
): AsyncGenerator<PlayedMessage, void, undefined> {
  options.signal?.throwIfAborted();
  const playback = new Playback();
  const subscription = source.subscribe(name, playback);
  playback.subscription = subscription;
  try {
    for (;;) {
      const message = await playback.take(options);
      if (!message) return;
      yield message;
    }
  } finally {
    subscription.close();
  }
}
