import type { AmfObject } from "../../protocol/amf/value.ts";
import { readMetadata } from "../../protocol/flv/keyframe-index.ts";
import type { Message } from "../../protocol/rtmp/message.ts";
import type { Player } from "../../protocol/tc/live-stream.ts";
import type { MediaKind, MediaMessage } from "../../protocol/tc/media.ts";
import { kindOf } from "../vod/tag-kind.ts";
import { RecordingQueue, type RecordingQueueHost } from "./recording-queue.ts";
import { type RecordingLimits, Segment } from "./segment.ts";

export interface StreamRecorderHost extends RecordingQueueHost {
  /** The path of the next file, without its ending. */
  nextPath(): string;
}

/**
 * Records a live stream, as one of its players. Files change at keyframes, and each can be played on
 * its own. What the disk does not take in time is left out, up to the next keyframe.
 */
export class StreamRecorder implements Player {
  readonly #limits: RecordingLimits;
  readonly #host: StreamRecorderHost;
  #queue: RecordingQueue | undefined;
  #segment: Segment | undefined;
  #properties: AmfObject = {};
  /** The latest of each kind and track: how each file begins. BOUNDED: MAX_HEADERS. */
  readonly #headers = new Map<string, MediaMessage>();
  #hasPictures = false;
  #isBehind = false;
  #retryAt = Number.NEGATIVE_INFINITY;
  readonly #endings: Promise<void>[] = [];

  constructor(limits: RecordingLimits, host: StreamRecorderHost) {
    this.#limits = limits;
    this.#host = host;
  }

  onPublish(): void {}

  onMedia(media: MediaMessage, _isCatchUp: boolean, now: number): undefined {
    this.#note(media);
    if (this.#queue?.hasFailed) this.#giveUp(now);
    if (now < this.#retryAt) return;
    const isMedia = MEDIA.has(media.kind);
    if (!this.#segment && !isMedia) return;
    const isStart = media.kind === "keyframe" || (media.kind === "audio" && !this.#hasPictures);
    if (isMedia && isStart && this.#segment?.exceeds(this.#limits, media.message)) this.#finish();
    if (!this.#segment) this.#start(media.message);
    this.#record(media, isMedia, isStart);
  }

  onUnpublish(): void {
    this.#finish();
    this.#headers.clear();
  }

  onFailure(): void {}

  /** Resolves when all that was recorded is on the disk. */
  async end(): Promise<void> {
    this.#finish();
    await Promise.all(this.#endings);
  }

  #note(media: MediaMessage): void {
    const { kind, message } = media;
    if (kind === "metadata") this.#properties = readMetadata(message.payload) ?? {};
    if (kind === "keyframe" || kind === "video-header") this.#hasPictures = true;
    if (kind !== "audio-header" && kind !== "video-header") return;
    const tag = kindOf(message.type, message.payload);
    const slot = tag.kind === "header" ? tag.slot : kind;
    if (this.#headers.has(slot) || this.#headers.size < MAX_HEADERS) this.#headers.set(slot, media);
  }

  #start({ timestampMs }: Message): void {
    const queue = new RecordingQueue(this.#host.nextPath(), this.#host);
    const segment = new Segment(timestampMs, this.#properties);
    queue.push(segment.head);
    for (const { message } of this.#headers.values()) {
      queue.push(segment.add({ ...message, timestampMs }, false));
    }
    this.#queue = queue;
    this.#segment = segment;
  }

  #record({ message }: MediaMessage, isMedia: boolean, isStart: boolean): void {
    const queue = this.#queue;
    if (!queue || !this.#segment) return;
    if (isStart) this.#isBehind = false;
    if (isMedia && !queue.hasRoom(message.payload.length)) this.#isBehind = true;
    if (this.#isBehind && isMedia) return;
    queue.push(this.#segment.add(message, isStart));
  }

  #finish(): void {
    const { facts } = this.#segment ?? {};
    if (this.#queue && facts) this.#keep(this.#queue.finish(facts));
    this.#queue = undefined;
    this.#segment = undefined;
  }

  /** The disk is full, or gone: live streams go on, and later there may be room again. */
  #giveUp(now: number): void {
    if (this.#queue) this.#keep(this.#queue.abandon());
    this.#queue = undefined;
    this.#segment = undefined;
    this.#retryAt = now + RETRY_MS;
  }

  #keep(ending: Promise<void>): void {
    const kept = ending.finally(() => {
      this.#endings.splice(this.#endings.indexOf(kept), 1);
    });
    this.#endings.push(kept);
  }
}

const MEDIA: ReadonlySet<MediaKind> = new Set(["keyframe", "inter", "audio"]);
/** More tracks than anybody publishes. */
const MAX_HEADERS = 64;
const RETRY_MS = 30_000;
