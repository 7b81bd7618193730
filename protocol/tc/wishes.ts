import type { Playback } from "./playback.ts";

/** What a client has said of one thing. */
export type Wish = (playback: Playback, now: number) => void;

/**
 * What a client has said of what it plays on a stream: holds for all of it, from before its `play` on,
 * until the client closes the stream.
 */
export class Wishes {
  /** BOUNDED: one of each kind. */
  readonly #wishes = new Map<string, Wish>();

  /** `playback`: what is played already. */
  add(kind: string, wish: Wish, playback: Playback | undefined, now: number): void {
    this.#wishes.set(kind, wish);
    if (playback) wish(playback, now);
  }

  tell(playback: Playback, now: number): void {
    for (const wish of this.#wishes.values()) wish(playback, now);
  }

  clear(): void {
    this.#wishes.clear();
  }
}
