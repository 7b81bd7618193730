import type { CacheBudget } from "./cache-budget.ts";
import { keepable, type MediaMessage } from "./media.ts";

/** What somebody who joins a live stream needs first: description, decoder setup, a keyframe. */
export class LiveCache {
  readonly #budget: CacheBudget;
  #metadata: MediaMessage | undefined;
  /** By kind, tracks and what they describe, audio first. BOUNDED: MAX_HEADERS, MAX_HEADERS_BYTES each. */
  readonly #audioHeaders = new Map<string, MediaMessage>();
  readonly #videoHeaders = new Map<string, MediaMessage>();
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
        this.#keep(this.#audioHeaders, media);
        break;
      case "video-header":
        if (this.#keep(this.#videoHeaders, media)) this.dropGroup();
        break;
      case "video-metadata":
        this.#keep(this.#videoHeaders, media);
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
    const headers = [...this.#audioHeaders.values(), ...this.#videoHeaders.values()];
    return [...(this.#metadata ? [this.#metadata] : []), ...headers, ...this.#group];
  }

  get hasGroup(): boolean {
    return this.#group.length > 0;
  }

  clear(): void {
    this.#metadata = this.#replace(this.#metadata, undefined);
    for (const headers of [this.#audioHeaders, this.#videoHeaders]) {
      for (const header of headers.values()) this.#replace(header, undefined);
      headers.clear();
    }
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
    this.#group.push(keepable(media));
    this.#groupBytes += bytes;
  }

  /** Answers true if it says something new: pictures that follow may not continue the group. */
  #keep(headers: Map<string, MediaMessage>, media: MediaMessage): boolean {
    const slot = media.slot ?? "";
    const before = headers.get(slot);
    headers.delete(slot);
    if (before && isSame(before, media)) {
      headers.set(slot, before); // The latest goes last: several may speak of the same track.
      return false;
    }
    const kept = this.#replace(before, media);
    if (kept && hasRoom(headers, kept)) headers.set(slot, kept);
    else if (kept) this.#budget.free(sizeOf(kept));
    return true;
  }

  /** Answers what is kept in place of `before`: `after`, unless it is enormous. */
  #replace(
    before: MediaMessage | undefined,
    after: MediaMessage | undefined,
  ): MediaMessage | undefined {
    if (before) this.#budget.free(sizeOf(before));
    if (!after || after.message.payload.length > MAX_HEAD_BYTES) return undefined;
    this.#budget.hold(sizeOf(after));
    return keepable(after);
  }
}

function sizeOf(media: MediaMessage): number {
  return media.message.payload.length + KEPT_MESSAGE_BYTES;
}

function hasRoom(headers: ReadonlyMap<string, MediaMessage>, media: MediaMessage): boolean {
  let bytes = sizeOf(media);
  for (const header of headers.values()) bytes += sizeOf(header);
  return headers.size < MAX_HEADERS && bytes <= MAX_HEADERS_BYTES;
}

function isSame(one: MediaMessage, other: MediaMessage): boolean {
  const { payload } = one.message;
  const bytes = other.message.payload;
  return payload.length === bytes.length && payload.every((byte, at) => byte === bytes[at]);
}

/**
 * A group of pictures of 10 s at 3 Mbit/s, and its bookkeeping; longer ones make newcomers wait for a
 * keyframe.
 */
const MAX_GROUP_BYTES = 5_242_880;
const MAX_GROUP_MESSAGES = 4_096;
/** Bookkeeping of one message that is kept, without which the empty ones would be for nothing. */
const KEPT_MESSAGE_BYTES = 512;
/** Eight tracks, each with its decoder, its colours or its speakers, and room for mixtures. */
const MAX_HEADERS = 32;
/** The budget cannot refuse them: a thousand streams with as many as they may hold 256 MB. */
const MAX_HEADERS_BYTES = 131_072;
/** Decoders are set up with some hundred bytes; descriptions have a few thousand. */
const MAX_HEAD_BYTES = 65_536;
