import type { CacheBudget } from "./cache-budget.ts";
import { copyOf, sizeOf } from "./cached-media.ts";
import { HeaderCache } from "./header-cache.ts";
import type { MediaMessage } from "./media.ts";

/** What somebody who joins a live stream needs first: description, decoder setup, a keyframe. */
export class LiveCache {
  readonly #budget: CacheBudget;
  #metadata: MediaMessage | undefined;
  readonly #headers: HeaderCache;
  /**
   * From the latest keyframe on, audio included. BOUNDED: MAX_GROUP_BYTES, MAX_GROUP_MESSAGES, and
   * the budget.
   */
  #group: MediaMessage[] = [];
  #groupBytes = 0;

  /** A group of pictures that does not fit into `budget` is not kept. */
  constructor(budget: CacheBudget) {
    this.#budget = budget;
    this.#headers = new HeaderCache(budget);
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
        this.#headers.add(media);
        break;
      case "video-header":
        this.#addVideoHeader(media);
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
    const metadata = this.#metadata ? [this.#metadata] : [];
    return [...metadata, ...this.#headers.messages(), ...this.#group];
  }

  get hasGroup(): boolean {
    return this.#group.length > 0;
  }

  clear(): void {
    this.#metadata = this.#replace(this.#metadata, undefined);
    this.#headers.clear();
    this.dropGroup();
  }

  /** The pictures to come do not continue the group: newcomers wait for a keyframe. */
  dropGroup(): void {
    this.#budget.free(this.#groupBytes);
    this.#group = [];
    this.#groupBytes = 0;
  }

  /** Pictures that another decoder setup made are of no use with the new one. */
  #addVideoHeader(media: MediaMessage): void {
    const isNew = this.#headers.add(media);
    if (isNew && media.header?.purpose !== "metadata") this.dropGroup();
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
    if (!after || sizeOf(after) > MAX_METADATA_BYTES) return undefined;
    this.#budget.hold(sizeOf(after));
    return copyOf(after);
  }
}

/** A group of pictures of 10 s at 3 Mbit/s; longer ones make newcomers wait for a keyframe. */
const MAX_GROUP_BYTES = 4_194_304;
const MAX_GROUP_MESSAGES = 4_096;
/** Descriptions have a few thousand bytes. */
const MAX_METADATA_BYTES = 65_536;
