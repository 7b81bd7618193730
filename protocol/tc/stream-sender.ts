import { checkMs } from "../errors.ts";
import type { OutgoingMessage, SendOptions } from "../flow/outgoing-message.ts";
import type { Message } from "../rtmp/message.ts";
import { encodeUserControl } from "../rtmp/user-control.ts";
import { encodeCommand, encodeData, type ObjectEncoding } from "./command.ts";
import type { Player } from "./live-stream.ts";
import type { MediaKind, MediaMessage } from "./media.ts";
import { MediaHeads } from "./media-heads.ts";
import { onStatus, type Status, success } from "./status.ts";
import { isLimit, type Transport } from "./transport.ts";

/** How long media is worth sending where the transport can abandon it. */
export interface MediaDeadlines {
  /**
   * Audio, ms.
   * @default 1 000
   */
  readonly audioMs?: number | undefined;
  /**
   * Pictures that depend on others, ms.
   * @default 1 000
   */
  readonly interMs?: number | undefined;
  /**
   * Pictures that others depend on, ms.
   * @default 3 000
   */
  readonly keyframeMs?: number | undefined;
}

/** Where a stream's messages go. */
export type StreamOutlet = Pick<Transport, "send" | "synchronize" | "lateMs" | "unsentBytes"> & {
  /** Ends the connection of a far end that stays behind. */
  close?(now: number): void;
};

/**
 * Plays a live stream to a far end on one message stream: status notices as players expect them,
 * then media. Descriptions and sequence headers always arrive; late media is abandoned, and with a
 * picture all that depend on it, up to the next keyframe. Where nothing can be abandoned any more once
 * it is sent (TCP), a far end that is behind is sent no pictures, and one that stays behind is left.
 */
export class StreamSender implements Player {
  readonly streamId: number;
  /** Stream on which StreamBegin and StreamEOF are sent: 0, or its own where there is no connection. */
  readonly #controlStreamId: number;
  readonly #name: string;
  readonly #outlet: StreamOutlet;
  readonly #deadlines: Readonly<Record<MediaKind, number>>;
  readonly #objectEncoding: ObjectEncoding;
  readonly #onEnd: (now: number) => void;
  /** The latest picture of the current group: the next one depends on it. */
  #picture: OutgoingMessage | undefined;
  /** A picture of the current group could not be queued. */
  #isGroupBroken = false;
  #catchUpUntil = 0;
  readonly #wanted = { audio: true, video: true };
  #behindSince: number | undefined;
  #isOver = false;
  /** What decoders need, and could not be queued. */
  readonly #owed = new MediaHeads();

  /**
   * `onEnd`: a publisher has left, and the far end was told. Throws RangeError for deadlines that are none.
   */
  constructor(
    name: string,
    streamId: number,
    controlStreamId: number,
    outlet: StreamOutlet,
    deadlines: MediaDeadlines = {},
    objectEncoding: ObjectEncoding = 0,
    onEnd: (now: number) => void = () => undefined,
  ) {
    this.#name = name;
    this.streamId = streamId;
    this.#controlStreamId = controlStreamId;
    this.#outlet = outlet;
    this.#deadlines = deadlineOf(deadlines);
    this.#objectEncoding = objectEncoding;
    this.#onEnd = onEnd;
  }

  /** A publisher has left, and no other has come. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The answer to `play`, before anything else. */
  start(now: number, isReset = true): void {
    this.#userControl("streamBegin", now);
    if (isReset) {
      this.#status("NetStream.Play.Reset", `Playing and resetting ${this.#name}.`, now);
    }
    this.#status("NetStream.Play.Start", `Started playing ${this.#name}.`, now);
    const access = { name: "|RtmpSampleAccess", values: [true, true] };
    this.#post(encodeData(access, this.streamId, 0), {}, now);
  }

  onPublish(now: number): void {
    this.#isOver = false;
    this.#startGroup();
    this.#status("NetStream.Play.PublishNotify", `${this.#name} is now published.`, now);
  }

  onMedia(media: MediaMessage, isCatchUp: boolean, now: number): OutgoingMessage | undefined {
    const { kind, message } = media;
    if (kind === "keyframe") this.#startGroup();
    if (!this.#owed.isEmpty) this.#pay(now);
    const isPicture = kind === "keyframe" || kind === "inter";
    if (isCatchUp) this.#catchUpUntil = now + CATCH_UP_MS;
    if (kind === "audio" && !this.#wanted.audio) return undefined;
    const isStale = this.#isBehind(now) || !this.#wanted.video;
    const isTooMuch = kind === "keyframe" && isCatchUp && this.#hasMuchUnsent;
    if (isPicture && (isStale || isTooMuch)) this.#isGroupBroken = true;
    const parent = isPicture ? this.#picture : undefined;
    if (isPicture && (this.#isGroupBroken || parent?.isLost)) return undefined;
    const wantedMs = media.deadlineMs ?? this.#deadlines[kind];
    const deadlineMs = Math.max(wantedMs, this.#catchUpUntil - now);
    const { streamId } = this;
    const mine = message.streamId === streamId ? message : { ...message, streamId };
    const sent = this.#post(mine, { deadlineMs, parent }, now);
    if (sent === FULL) {
      this.#owed.add(media);
      return undefined;
    }
    if (isPicture) this.#picture = sent;
    return sent;
  }

  /** Nothing can be decoded before all of it has been queued. */
  #pay(now: number): void {
    const { streamId } = this;
    let isFull = false;
    for (const media of this.#owed.take()) {
      isFull ||= this.#post({ ...media.message, streamId }, ALWAYS, now) === FULL;
      if (isFull) this.#owed.add(media);
    }
  }

  onDry(now: number): void {
    this.#userControl("streamDry", now);
  }

  onStatus(status: Status, now: number): void {
    const command = onStatus(status, { details: this.#name });
    this.#post(encodeCommand(command, this.streamId, this.#objectEncoding), {}, now);
  }

  /**
   * RTMP 1.0 §7.2.2.4 and §7.2.2.5: whether pictures, or sounds, are wanted. Their sequence headers
   * are sent in any case, so that they can be wanted again; pictures go on with a keyframe.
   */
  receive(kind: "audio" | "video", isWanted: boolean, now: number): void {
    const isNew = isWanted && !this.#wanted[kind];
    this.#wanted[kind] = isWanted;
    if (isNew) this.#status("NetStream.Play.Start", `Started playing ${this.#name}.`, now);
  }

  /** The end comes after the last media, and whatever is published next after the end. */
  onUnpublish(now: number): void {
    this.#isOver = true;
    this.#owed.clear();
    this.#synchronize(now);
    this.#userControl("streamEof", now);
    this.#status("NetStream.Play.UnpublishNotify", `${this.#name} is now unpublished.`, now);
    this.#synchronize(now);
    this.#onEnd(now);
  }

  onFailure(status: Status, now: number): void {
    this.onStatus(status, now);
  }

  #startGroup(): void {
    this.#picture = undefined;
    this.#isGroupBroken = false;
  }

  #synchronize(now: number): void {
    try {
      this.#outlet.synchronize([this.#controlStreamId, this.streamId], now);
    } catch (error) {
      if (!isLimit(error)) throw error;
    }
  }

  get #hasMuchUnsent(): boolean {
    return (this.#outlet.unsentBytes ?? 0) > MAX_CATCH_UP_BYTES;
  }

  /** Not while a newcomer may take its time. */
  #isBehind(now: number): boolean {
    const { lateMs } = this.#outlet;
    if (!lateMs || now < this.#catchUpUntil || lateMs.call(this.#outlet, now) < STALE_MS) {
      this.#behindSince = undefined;
      return false;
    }
    this.#behindSince ??= now;
    if (now - this.#behindSince >= MAX_BEHIND_MS) this.#outlet.close?.(now);
    return true;
  }

  #userControl(event: "streamBegin" | "streamEof" | "streamDry", now: number): void {
    const message = encodeUserControl({ event, streamId: this.streamId });
    this.#post({ ...message, streamId: this.#controlStreamId }, {}, now);
  }

  #status(code: string, description: string, now: number): void {
    this.onStatus(success(code, description), now);
  }

  /**
   * A far end that is too far behind misses this message, and pictures up to the next keyframe. The
   * publisher and the other players must not notice.
   */
  #post(
    message: Message,
    options: SendOptions,
    now: number,
  ): OutgoingMessage | typeof FULL | undefined {
    try {
      return this.#outlet.send(message, options, now);
    } catch (error) {
      if (!isLimit(error)) throw error;
      this.#isGroupBroken = true;
      return FULL;
    }
  }
}

function deadlineOf(options: MediaDeadlines): Readonly<Record<MediaKind, number>> {
  for (const name of ["audioMs", "interMs", "keyframeMs"] as const) checkMs(name, options[name]);
  const never = Number.POSITIVE_INFINITY;
  return {
    metadata: never,
    "metadata-clear": never,
    data: never,
    "audio-header": never,
    "video-header": never,
    "video-metadata": never,
    audio: options.audioMs ?? 1_000,
    inter: options.interMs ?? 1_000,
    keyframe: options.keyframeMs ?? 3_000,
  };
}

/** Pictures that would wait longer than this for a socket are not given to it. */
const STALE_MS = 3_000;
/** Who has not caught up in so long will not; sounds would pile up for ever. */
const MAX_BEHIND_MS = 20_000;
/** A newcomer's first group of pictures may take so long, however old its pictures are. */
const CATCH_UP_MS = 5_000;
/**
 * What a connection may have to deliver when another group begins, which may have 5 MB: with 64 streams it
 * would be 320 MB.
 */
const MAX_CATCH_UP_BYTES = 8_388_608;
const FULL = "full";
const ALWAYS: SendOptions = { deadlineMs: Number.POSITIVE_INFINITY };
