import type { CacheBudget } from "./cache-budget.ts";
import type { MediaMessage } from "./media.ts";

/** What somebody who joins a live stream needs first: description, decoder setup, a keyframe. */
export class LiveCache {
  readonly #budget: CacheBudget;
  #metadata: MediaMessage | undefined;
  #audioHeader: MediaMessage | undefined;
  #videoHeader: MediaMessage | undefined;
  /**
   * From the latest keyframe on, audio included. BOUNDED: MAX_GROUP_BYTES, MAX_GROUP_MESSAGES, and
   * the budget.
   */
  #group: MediaMessage[] = [];
  #groupBytes = 0;

  /** A group of pictures that does not fit into `budget` is not kept. */
  constructor(budget: CacheBudget) {
    this.#budget = budget;
  }

  add(media: MediaMessage): void {
    switch (media.kind) {
      case "metadata":
        this.#metadata = this.#replace(this.#metadata, media);
        break;
      case "metadata-clear":
        this.#metadata = this.#replace(this.#metadata, undefined);
        break;
      case "audio-header":
        this.#audioHeader = this.#replace(this.#audioHeader, media);
        break;
      case "video-header":
        this.dropGroup();
        this.#videoHeader = this.#replace(this.#videoHeader, media);
        break;
      case "keyframe":
        this.dropGroup();
        this.#append(media);
        break;
      default:
        if (this.#group.length > 0) this.#append(media);
    }
  }

  /** What a newcomer gets, in order; the group of pictures only if it is complete from its keyframe. */
  messages(): MediaMessage[] {
    const heads = [this.#metadata, this.#audioHeader, this.#videoHeader];
    return [...heads.filter((media) => media !== undefined), ...this.#group];
  }

  get hasGroup(): boolean {
    return this.#group.length > 0;
  }

  clear(): void {
    this.#metadata = this.#replace(this.#metadata, undefined);
    this.#audioHeader = this.#replace(this.#audioHeader, undefined);
    this.#videoHeader = this.#replace(this.#videoHeader, undefined);
    this.dropGroup();
  }

  /** The pictures to come do not continue the group: newcomers wait for a keyframe. */
  dropGroup(): void {
    this.#budget.free(this.#groupBytes);
    this.#group = [];
    this.#groupBytes = 0;
  }

  #append(media: MediaMessage): void {
    const bytes = sizeOf(media);
    const fits =
      this.#groupBytes + bytes <= MAX_GROUP_BYTES &&
      this.#group.length < MAX_GROUP_MESSAGES &&
      this.#budget.take(bytes);
    if (!fits) {
      this.dropGroup();
      return;
    }
    this.#group.push(media);
    this.#groupBytes += bytes;
  }

  /** Answers what is kept in place of `before`: a copy of `after`, unless it is enormous. */
  #replace(
    before: MediaMessage | undefined,
    after: MediaMessage | undefined,
  ): MediaMessage | undefined {
    if (before) this.#budget.free(sizeOf(before));
    if (!after || sizeOf(after) > MAX_HEAD_BYTES) return undefined;
    this.#budget.hold(sizeOf(after));
    return copyOf(after);
  }
}

function sizeOf(media: MediaMessage): number {
  return media.message.payload.length;
}

/** What is kept for long must not hold on to the buffer it came in, which may be far larger. */
function copyOf(media: MediaMessage): MediaMessage {
  const { message } = media;
  return { ...media, message: { ...message, payload: new Uint8Array(message.payload) } };
}

/** A group of pictures of 10 s at 3 Mbit/s; longer ones make newcomers wait for a keyframe. */
const MAX_GROUP_BYTES = 4_194_304;
const MAX_GROUP_MESSAGES = 4_096;
/** Decoders are set up with some hundred bytes; descriptions have a few thousand. */
const MAX_HEAD_BYTES = 65_536;
