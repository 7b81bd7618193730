import { Ring } from "../../protocol/bytes/ring.ts";
import { MalformedError, RtmfpError } from "../../protocol/errors.ts";
import { type Message, MessageType } from "../../protocol/rtmp/message.ts";
import type { ClientStreamHandler } from "../../protocol/tc/client-stream.ts";
import { classify, type MediaKind, type MediaMessage } from "../../protocol/tc/media.ts";
import type { Status } from "../../protocol/tc/status.ts";
import type { WaitOptions } from "../options.ts";
import { wait } from "../wait.ts";
import { isSampleAccess, playVerdict, type Subscription } from "./stream-source.ts";

/** One message of a stream that is being played. */
export interface PlayedMessage {
  readonly type: "audio" | "video" | "data";
  readonly kind: MediaKind;
  readonly timestampMs: number;
  /** As in an FLV tag or RTMP message. */
  readonly payload: Uint8Array;
  /** Messages of this type are missing before it: they came too late, or were not read in time. */
  readonly afterGap: boolean;
}

/**
 * What waits between a far end that sends and a user who reads. Pictures that cannot be decoded,
 * because one before them is missing, are left out.
 */
export class Playback implements ClientStreamHandler {
  /** BOUNDED: MAX_WAITING. */
  readonly #messages = new Ring<PlayedMessage>();
  #subscription: Subscription | undefined;
  #end: RtmfpError | "ended" | undefined;
  #notify: (() => void) | undefined;
  #isPaused = false;
  /** Types of which something is missing since the last one that was passed on. */
  readonly #gaps = new Set<PlayedMessage["type"]>();

  set subscription(subscription: Subscription) {
    this.#subscription = subscription;
  }

  /** The next message; undefined when the stream has ended. Rejects as `play` says. */
  async take(options: WaitOptions): Promise<PlayedMessage | undefined> {
    for (;;) {
      options.signal?.throwIfAborted();
      const message = this.#messages.shift();
      if (message) return message;
      if (this.#end === "ended") return undefined;
      if (this.#end) throw this.#end;
      this.#resume();
      await wait<void>(options, (resolve) => {
        this.#notify = resolve;
        if (this.#messages.length > 0 || this.#end) resolve();
        return () => undefined;
      });
    }
  }

  onStatus(status: Status): void {
    const verdict = playVerdict(status);
    if (verdict === "ended") this.#finish("ended");
    else if (verdict) this.#finish(new RtmfpError("NOT_FOUND", status.description || status.code));
  }

  onMessage(message: Message, afterGap: boolean): void {
    const media = isSampleAccess(message) ? undefined : tryClassify(message);
    if (!media) return;
    const type = typeOf(media.message);
    if (afterGap || this.#messages.length >= MAX_WAITING) this.#gaps.add(type);
    if (!this.#isWanted(media.kind)) return;
    const { timestampMs, payload } = media.message;
    const isAfterGap = this.#gaps.delete(type);
    this.#messages.push({ type, kind: media.kind, timestampMs, payload, afterGap: isAfterGap });
    this.#notify?.();
    if (this.#messages.length < PAUSE_AT || this.#isPaused) return;
    this.#isPaused = true;
    this.#subscription?.pause();
  }

  onEnd(): void {
    this.#finish(new RtmfpError("CLOSED", "the connection ended"));
  }

  #isWanted(kind: MediaKind): boolean {
    if (kind === "inter" && this.#gaps.has("video")) return false;
    return this.#messages.length < MAX_WAITING;
  }

  #resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#subscription?.resume();
  }

  #finish(how: RtmfpError | "ended"): void {
    this.#end ??= how;
    this.#notify?.();
  }
}

function tryClassify(message: Message): MediaMessage | undefined {
  try {
    return classify(message);
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

function typeOf({ type }: Message): PlayedMessage["type"] {
  if (type === MessageType.audio) return "audio";
  return type === MessageType.video ? "video" : "data";
}

/** From here on the sender is held back: some seconds of media. */
const PAUSE_AT = 256;
/** A sender that cannot be held back loses what comes on top. */
const MAX_WAITING = 1_024;
