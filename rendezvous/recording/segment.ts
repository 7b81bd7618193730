import type { AmfObject } from "../../protocol/amf/value.ts";
import { KeyframeIndex } from "../../protocol/flv/keyframe-index.ts";
import type { RecordingFacts } from "../../protocol/flv/recording-metadata.ts";
import { encodeFlvTag, FlvTagType } from "../../protocol/flv/tag.ts";
import type { Message } from "../../protocol/rtmp/message.ts";
import { recordingHead } from "./recording-file.ts";

export interface RecordingLimits {
  /** A file that has more is followed by another. */
  readonly maxBytes: number;
  /** A file that is longer is followed by another, ms. */
  readonly maxMs: number;
}

/** What goes into one file of a recording, and where: its time starts at 0. */
export class Segment {
  readonly head: Uint8Array;
  readonly #startMs: number;
  readonly #points = new KeyframeIndex();
  #bytes: number;
  #durationMs = 0;

  /** `startMs`: the timestamp that becomes 0. */
  constructor(startMs: number, properties: AmfObject) {
    this.#startMs = startMs;
    this.head = recordingHead(properties);
    this.#bytes = this.head.length;
  }

  get facts(): RecordingFacts {
    return {
      durationMs: this.#durationMs,
      fileBytes: this.#bytes,
      points: [...this.#points],
    };
  }

  /** Would it be too large or too long with this message? */
  exceeds({ maxBytes, maxMs }: RecordingLimits, { timestampMs }: Message): boolean {
    return this.#bytes >= maxBytes || this.#timeOf(timestampMs) >= maxMs;
  }

  /** Answers the tag of a message. `isStart`: playing can start there. */
  add({ type, timestampMs, payload }: Message, isStart: boolean): Uint8Array {
    const timeMs = this.#timeOf(timestampMs);
    const isMedia = type === FlvTagType.audio || type === FlvTagType.video;
    const tag = encodeFlvTag({ type, timestampMs: timeMs, payload });
    if (isMedia) this.#durationMs = Math.max(this.#durationMs, timeMs);
    if (isStart) this.#points.add({ timeMs, position: this.#bytes });
    this.#bytes += tag.length;
    return tag;
  }

  /** Timestamps wrap, and setups of decoders often have none. */
  #timeOf(timestampMs: number): number {
    return Math.max((timestampMs - this.#startMs) | 0, 0);
  }
}
