import { isSetup, keepable, type MediaMessage } from "./media.ts";

/** What a player has to get before the next media: descriptions and setups of decoders, the latest of each. */
export class MediaHeads {
  /** BOUNDED: MAX_HEADS, MAX_HEADS_BYTES. */
  readonly #heads = new Map<string, MediaMessage>();
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#heads.size === 0;
  }

  /** What sets nothing up is ignored, and what is too much is left out. */
  add(media: MediaMessage): void {
    const { kind, slot, message } = media;
    if (!isSetup(kind)) return;
    const key = slot === undefined ? "description" : `${kind} ${slot}`;
    this.#delete(key);
    const { length } = message.payload;
    if (this.#heads.size >= MAX_HEADS || this.#bytes + length > MAX_HEADS_BYTES) return;
    this.#heads.set(key, keepable(media));
    this.#bytes += length;
  }

  /** Empties it; in the order in which they came. */
  take(): MediaMessage[] {
    const heads = [...this.#heads.values()];
    this.clear();
    return heads;
  }

  clear(): void {
    this.#heads.clear();
    this.#bytes = 0;
  }

  #delete(key: string): void {
    this.#bytes -= this.#heads.get(key)?.message.payload.length ?? 0;
    this.#heads.delete(key);
  }
}

/** As many as a live stream keeps for newcomers, and their bytes with the largest description. */
const MAX_HEADS = 64;
const MAX_HEADS_BYTES = 196_608;
