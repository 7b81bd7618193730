import type { AmfObject } from "../../protocol/amf/value.ts";
import { readMetadata } from "../../protocol/flv/keyframe-index.ts";
import { FLV_TAG_HEADER_BYTES } from "../../protocol/flv/tag.ts";
import type { Message } from "../../protocol/rtmp/message.ts";
import type { Player } from "../../protocol/tc/live-stream.ts";
import { keepable, type MediaKind, type MediaMessage } from "../../protocol/tc/media.ts";
import { BACK_POINTER_BYTES } from "../vod/tag-heads.ts";
import { kindOf } from "../vod/tag-kind.ts";
import { hasQueueRoom, RecordingQueue, type RecordingQueueHost } from "./recording-queue.ts";
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
  /** The latest of each kind and track: how each file begins. BOUNDED: MAX_HEADERS, MAX_HEAD_BYTES each. */
  readonly #headers = new Map<string, Message>();
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
    if (this.#isBehind && !isStart) return;
    if (this.#segment) this.#record(media.message, isStart);
    else this.#start(media.message, isStart);
  }

  onUnpublish(): void {
    this.#finish();
    this.#headers.clear();
  }

  onFailure(): void {}

  /** Says that the file is still being written, whether anything comes or not. */
  touch(): void {
    void this.#queue?.touch();
  }

  /** Resolves when all that was recorded is on the disk. */
  async end(): Promise<void> {
    this.#finish();
    await Promise.all(this.#endings);
  }

  #note(media: MediaMessage): void {
    const { kind, message } = media;
    const isEnormous = message.payload.length > MAX_HEAD_BYTES;
    if (kind === "metadata") {
      this.#properties = (isEnormous ? undefined : readMetadata(message.payload)) ?? {};
    }
    if (kind === "keyframe" || kind === "video-header") this.#hasPictures = true;
    if ((kind !== "audio-header" && kind !== "video-header") || isEnormous) return;
    const tag = kindOf(message.type, message.payload);
    const slot = tag.kind === "header" ? tag.slot : kind;
    if (!this.#headers.has(slot) && this.#headers.size >= MAX_HEADERS) return;
    this.#headers.set(slot, keepable(media).message);
  }

  /** A file is only begun if there is room for all that has to come before the first media. */
  #start(message: Message, isStart: boolean): void {
    const segment = new Segment(message.timestampMs, this.#properties);
    const setups = this.#setups(message.timestampMs);
    const bytes = segment.head.length + sizeOf(setups) + sizeOf([message]);
    this.#isBehind = !hasQueueRoom(this.#host.budget, bytes);
    if (this.#isBehind) return;
    const queue = new RecordingQueue(this.#host.nextPath(), this.#host);
    queue.push(segment.head);
    for (const setup of setups) queue.push(segment.add(setup, false));
    queue.push(segment.add(message, isStart));
    this.#queue = queue;
    this.#segment = segment;
  }

  #record(message: Message, isStart: boolean): void {
    const queue = this.#queue;
    if (!queue || !this.#segment) return;
    // Some may have come, and been left out, since it fell behind.
    const setups = this.#isBehind ? this.#setups(message.timestampMs) : [];
    this.#isBehind = !queue.hasRoom(sizeOf(setups) + sizeOf([message]));
    if (this.#isBehind) return;
    for (const setup of setups) queue.push(this.#segment.add(setup, false));
    queue.push(this.#segment.add(message, isStart));
  }

  #setups(timestampMs: number): Message[] {
    return [...this.#headers.values()].map((header) => ({ ...header, timestampMs }));
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

/** As tags. */
function sizeOf(messages: readonly Message[]): number {
  let bytes = 0;
  for (const { payload } of messages) bytes += payload.length + FLV_TAG_OVERHEAD_BYTES;
  return bytes;
}

const MEDIA: ReadonlySet<MediaKind> = new Set(["keyframe", "inter", "audio"]);
/** More tracks than anybody publishes. */
const MAX_HEADERS = 64;
/** Decoders are set up with some hundred bytes; descriptions have a few thousand. */
const MAX_HEAD_BYTES = 65_536;
const FLV_TAG_OVERHEAD_BYTES = FLV_TAG_HEADER_BYTES + BACK_POINTER_BYTES;
const RETRY_MS = 30_000;
