import type { Playable, Player } from "../../../protocol/tc/live-stream.ts";
import type { FlvStreams } from "./flv-players.ts";

/**
 * Plays a stream that nobody publishes, so that it is fetched from where it may be had; answers whether
 * somebody publishes it then, or false when the signal is aborted.
 */
export async function awaitStream(
  streams: FlvStreams,
  playable: Playable,
  signal: AbortSignal,
): Promise<boolean> {
  const leaves: (() => void)[] = [];
  const published = new Promise<boolean>((resolve) => {
    const player: Player = {
      onPublish: () => resolve(true),
      onMedia: () => undefined,
      onUnpublish: () => undefined,
      onFailure: () => resolve(false),
    };
    signal.addEventListener("abort", () => resolve(false), { once: true });
    streams.turn((now) => leaves.push(playable.play(player, now)));
  });
  try {
    return await published;
  } finally {
    for (const leave of leaves) streams.turn(leave);
  }
}
