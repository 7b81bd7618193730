import type { MediaMessage } from "./media.ts";

/** What somebody who joins a live stream needs first: description, decoder setup, a keyframe. */
export class LiveCache {
  #metadata: MediaMessage | undefined;
  #audioHeader: MediaMessage | undefined;
  #videoHeader: MediaMessage | undefined;
  /** From the latest keyframe on, audio included. BOUNDED: MAX_GROUP_BYTES, MAX_GROUP_MESSAGES. */
  #group: MediaMessage[] = [];
  #groupBytes = 0;

  add(media: MediaMessage): void {
    switch (media.kind) {
      case "metadata":
        this.#metadata = copyOf(media);
        break;
      case "metadata-clear":
        this.#metadata = undefined;
        break;
      case "audio-header":
        this.#audioHeader = copyOf(media);
        break;
      case "video-header":
        this.#videoHeader = copyOf(media);
        this.dropGroup();
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
    this.#metadata = undefined;
    this.#audioHeader = undefined;
    this.#videoHeader = undefined;
    this.dropGroup();
  }

  /** The pictures to come do not continue the group: newcomers wait for a keyframe. */
  dropGroup(): void {
    this.#group = [];
    this.#groupBytes = 0;
  }

  #append(media: MediaMessage): void {
    this.#group.push(media);
    this.#groupBytes += media.message.payload.length;
    const isTooLarge =
      this.#groupBytes > MAX_GROUP_BYTES || this.#group.length > MAX_GROUP_MESSAGES;
    if (isTooLarge) this.dropGroup();
  }
}

/** What is kept for long must not hold on to the buffer it came in, which may be far larger. */
function copyOf(media: MediaMessage): MediaMessage {
  const { message } = media;
  return { ...media, message: { ...message, payload: new Uint8Array(message.payload) } };
}

/** A group of pictures of 10 s at 3 Mbit/s; longer ones make newcomers wait for a keyframe. */
const MAX_GROUP_BYTES = 4_194_304;
const MAX_GROUP_MESSAGES = 4_096;
