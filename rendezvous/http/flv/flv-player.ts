import { encodeFlvHeader, encodeFlvTag } from "../../../protocol/flv/tag.ts";
import type { Player } from "../../../protocol/tc/live-stream.ts";
import type { MediaKind, MediaMessage } from "../../../protocol/tc/media.ts";

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
 * Plays a live stream as FLV. One that does not keep up misses pictures and sound up to a keyframe,
 * and one that takes nothing for some time is sent away.
 */
export class FlvPlayer implements Player {
  readonly #sink: FlvSink;
  /** What comes before the first media: it says what the header has to say. BOUNDED: MAX_HEADS. */
  #heads: MediaMessage[] | undefined = [];
  #behindSince: number | undefined;

  constructor(sink: FlvSink) {
    this.#sink = sink;
  }

  onPublish(): void {}

  onMedia(media: MediaMessage, _isCatchUp: boolean, now: number): undefined {
    const isMedia = MEDIA.has(media.kind);
    if (this.#heads && !isMedia) {
      if (this.#heads.length < MAX_HEADS) this.#heads.push(media);
      return;
    }
    if (this.#heads) this.#start(this.#heads, media);
    if (isMedia && this.#isBehind(media.kind, now)) return;
    this.#send(media);
  }

  onUnpublish(): void {
    this.#sink.end();
  }

  onFailure(): void {
    this.#sink.end();
  }

  /** Players take the time of what comes first for the start: setups get that of the media. */
  #start(heads: readonly MediaMessage[], { kind, message }: MediaMessage): void {
    this.#heads = undefined;
    const kinds = new Set([...heads.map((head) => head.kind), kind]);
    const hasAudio = kinds.has("audio-header") || kinds.has("audio");
    const hasVideo = kinds.has("video-header") || kinds.has("keyframe") || kinds.has("inter");
    this.#sink.send(encodeFlvHeader({ hasAudio, hasVideo }));
    const { timestampMs } = message;
    for (const head of heads) this.#send({ ...head, message: { ...head.message, timestampMs } });
  }

  #isBehind(kind: MediaKind, now: number): boolean {
    const { unsentBytes } = this.#sink;
    const isStart = kind === "keyframe" || unsentBytes === 0;
    if (this.#behindSince === undefined) {
      if (unsentBytes <= MAX_UNSENT_BYTES) return false;
      this.#behindSince = now;
    } else if (isStart && unsentBytes <= MAX_UNSENT_BYTES / 2) {
      this.#behindSince = undefined;
      return false;
    } else if (now - this.#behindSince > MAX_BEHIND_MS) this.#sink.destroy();
    return true;
  }

  #send({ message: { type, timestampMs, payload } }: MediaMessage): void {
    this.#sink.send(encodeFlvTag({ type, timestampMs, payload }));
  }
}

const MEDIA: ReadonlySet<MediaKind> = new Set(["keyframe", "inter", "audio"]);
const MAX_HEADS = 64;
/** A newcomer's first group of pictures has to fit. */
const MAX_UNSENT_BYTES = 8_388_608;
/** Who has not caught up by then will not. */
const MAX_BEHIND_MS = 20_000;
