import type { MediaKind, MediaMessage } from "../../../protocol/tc/media.ts";

/** What a player has to get before the next media: descriptions and setups of decoders, the latest of each. */
export class FlvHeads {
  /** BOUNDED: MAX_HEADS, MAX_HEADS_BYTES. */
  readonly #heads = new Map<string, MediaMessage>();
  #bytes = 0;

  /** What sets nothing up is ignored, and what is too much is left out. */
  add(media: MediaMessage): void {
    const { kind, slot = "", message } = media;
    if (!HEADS.has(kind)) return;
    const key = DESCRIPTIONS.has(kind) ? "description" : `${kind} ${slot}`;
    this.#delete(key);
    const { length } = message.payload;
    if (this.#heads.size >= MAX_HEADS || this.#bytes + length > MAX_HEADS_BYTES) return;
    // What is kept for long must not hold on to the buffer it came in, which may be far larger.
    const payload = new Uint8Array(message.payload);
    this.#heads.set(key, { ...media, message: { ...message, payload } });
    this.#bytes += length;
  }

  /** Empties it; in the order in which they came. */
  take(): MediaMessage[] {
    const heads = [...this.#heads.values()];
    this.#heads.clear();
    this.#bytes = 0;
    return heads;
  }

  #delete(key: string): void {
    this.#bytes -= this.#heads.get(key)?.message.payload.length ?? 0;
    this.#heads.delete(key);
  }
}

const DESCRIPTIONS: ReadonlySet<MediaKind> = new Set(["metadata", "metadata-clear"]);
const HEADS: ReadonlySet<MediaKind> = new Set([
  ...DESCRIPTIONS,
  "audio-header",
  "video-header",
  "video-metadata",
]);
/** As many as a live stream keeps for newcomers, and their bytes with the largest description. */
const MAX_HEADS = 64;
const MAX_HEADS_BYTES = 196_608;
