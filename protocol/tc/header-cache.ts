import type { CacheBudget } from "./cache-budget.ts";
import { copyOf, sizeOf } from "./cached-media.ts";
import type { MediaMessage } from "./media.ts";

/**
 * The headers of one stream, of each purpose and track the latest: those who join later need all of
 * them. BOUNDED: MAX_HEADERS, MAX_HEADERS_BYTES.
 */
export class HeaderCache {
  readonly #budget: CacheBudget;
  #headers: MediaMessage[] = [];
  #bytes = 0;

  constructor(budget: CacheBudget) {
    this.#budget = budget;
  }

  /** Answers whether it says anything new: many encoders repeat theirs with each keyframe. */
  add(media: MediaMessage): boolean {
    const replaced = this.#headers.filter((header) => replaces(media, header));
    for (const header of replaced) this.#drop(header);
    if (sizeOf(media) <= MAX_HEADER_BYTES) {
      this.#headers.push(copyOf(media));
      this.#bytes += sizeOf(media);
      this.#budget.hold(sizeOf(media));
    }
    while (this.#headers.length > MAX_HEADERS || this.#bytes > MAX_HEADERS_BYTES) {
      this.#drop(this.#headers[0]);
    }
    return !replaced.some((header) => isSame(header, media));
  }

  /** In the order in which they came, those for audio first. */
  messages(): MediaMessage[] {
    const isAudio = ({ kind }: MediaMessage): boolean => kind === "audio-header";
    const audio = this.#headers.filter(isAudio);
    return [...audio, ...this.#headers.filter((media) => !isAudio(media))];
  }

  clear(): void {
    this.#budget.free(this.#bytes);
    this.#headers = [];
    this.#bytes = 0;
  }

  #drop(media: MediaMessage | undefined): void {
    if (!media) return;
    this.#headers = this.#headers.filter((header) => header !== media);
    this.#bytes -= sizeOf(media);
    this.#budget.free(sizeOf(media));
  }
}

/** Does the newer one say all that the older one says? */
function replaces(newer: MediaMessage, older: MediaMessage): boolean {
  if (newer.kind !== older.kind || newer.header?.purpose !== older.header?.purpose) return false;
  const tracks = new Set(newer.header?.trackIds);
  return older.header?.trackIds.every((id) => tracks.has(id)) ?? true;
}

function isSame(one: MediaMessage, other: MediaMessage): boolean {
  const { payload } = other.message;
  return (
    one.message.payload.length === payload.length &&
    one.message.payload.every((byte, at) => byte === payload[at])
  );
}

/** Decoders are set up with some hundred bytes. */
const MAX_HEADER_BYTES = 65_536;
/** Streams have a few tracks; a track's number is one byte. */
const MAX_HEADERS = 64;
/** All streams of a server together hold no more than what it can do without. */
const MAX_HEADERS_BYTES = 131_072;
