import { encodeFlvHeader } from "../../../protocol/flv/tag.ts";
import type { Player } from "../../../protocol/tc/live-stream.ts";
import type { MediaKind, MediaMessage } from "../../../protocol/tc/media.ts";
import { MediaHeads } from "../../../protocol/tc/media-heads.ts";
import { flvTagOf } from "./flv-tags.ts";

/** Where an FLV stream goes. */
export interface FlvSink {
  /** Bytes that the far end has not taken yet. */
  readonly unsentBytes: number;
  send(bytes: Uint8Array): void;
  /** Delivers what was sent, then ends. Idempotent. */
  end(): void;
  /** Ends at once. Idempotent. */
  destroy(): void;
}

/**
 * Plays a live stream as FLV. One that does not keep up misses everything up to a keyframe, gets the
 * latest setups before that, and is sent away if it takes nothing for some time.
 */
export class FlvPlayer implements Player {
  readonly #sink: FlvSink;
  /** What has to come before the next media. */
  readonly #heads = new MediaHeads();
  #isStarted = false;
  #hasPictures = false;
  #behindSince: number | undefined;

  constructor(sink: FlvSink) {
    this.#sink = sink;
  }

  onPublish(): void {}

  onMedia(media: MediaMessage, _isCatchUp: boolean, now: number): undefined {
    const isMedia = MEDIA.has(media.kind);
    this.#hasPictures ||= PICTURES.has(media.kind);
    const isDue = this.#isStarted || isMedia;
    if (isDue && this.#hasRoom(media, now)) this.#sendAll(media);
    else this.#heads.add(media);
  }

  onUnpublish(): void {
    this.#sink.end();
  }

  onFailure(): void {
    this.#sink.end();
  }

  /** Players take the time of what comes first for the start: setups get that of the media. */
  #sendAll(media: MediaMessage): void {
    const heads = this.#heads.take();
    if (!this.#isStarted) this.#sink.send(headerOf([...heads, media]));
    this.#isStarted = true;
    const { timestampMs } = media.message;
    for (const { message } of heads) this.#sink.send(flvTagOf({ ...message, timestampMs }));
    this.#sink.send(flvTagOf(media.message));
  }

  #hasRoom({ kind, message }: MediaMessage, now: number): boolean {
    const { unsentBytes } = this.#sink;
    // The largest message is larger than the limit, and waits alone.
    const fits = unsentBytes === 0 || unsentBytes + message.payload.length <= MAX_UNSENT_BYTES;
    if (this.#behindSince === undefined) {
      if (!fits) this.#behindSince = now;
      return fits;
    }
    const isStart = kind === "keyframe" || (kind === "audio" && !this.#hasPictures);
    if (isStart && fits && unsentBytes <= MAX_UNSENT_BYTES / 2) {
      this.#behindSince = undefined;
      return true;
    }
    if (now - this.#behindSince > MAX_BEHIND_MS) this.#sink.destroy();
    return false;
  }
}

function headerOf(first: readonly MediaMessage[]): Uint8Array {
  const kinds = first.map(({ kind }) => kind);
  return encodeFlvHeader({
    hasAudio: kinds.some((kind) => kind === "audio" || kind === "audio-header"),
    hasVideo: kinds.some((kind) => PICTURES.has(kind)),
  });
}

const PICTURES: ReadonlySet<MediaKind> = new Set(["keyframe", "inter", "video-header"]);
const MEDIA: ReadonlySet<MediaKind> = new Set(["keyframe", "inter", "audio"]);
/** A newcomer's first group of pictures has to fit. */
const MAX_UNSENT_BYTES = 8_388_608;
/** Who has not caught up by then will not. */
const MAX_BEHIND_MS = 20_000;
