import { Ring } from "../protocol/bytes/ring.ts";
import { MalformedError, RtmfpError } from "../protocol/errors.ts";
import { type Message, MessageType } from "../protocol/rtmp/message.ts";
import { classify, type MediaKind } from "../protocol/tc/media.ts";
import type { WaitOptions } from "./options.ts";
import { playVerdict, type StreamSource } from "./stream-source.ts";
import { wait } from "./wait.ts";

/** One message of a stream that is being played. */
export interface PlayedMessage {
  readonly type: "audio" | "video" | "data";
  readonly kind: MediaKind;
  readonly timestampMs: number;
  /** As in an FLV tag or RTMP message. */
  readonly payload: Uint8Array;
  /** Messages of this type before it were abandoned by the sender: they came too late. */
  readonly afterGap: boolean;
}

/**
 * Plays a stream: waits until it is published, ends when it is unpublished. Not reading slows the
 * sender down, which then skips what becomes late. Throws `NOT_FOUND` if the far end refuses,
 * `CLOSED` if the connection ends, and the signal's reason when that aborts.
 */
export async function* play(
  source: StreamSource,
  name: string,
  options: WaitOptions,
): AsyncGenerator<PlayedMessage, void, undefined> {
  options.signal?.throwIfAborted();
  const messages = new Ring<PlayedMessage>();
  let end: RtmfpError | "ended" | undefined;
  let notify: (() => void) | undefined;
  let isPaused = false;
  const finish = (how: RtmfpError | "ended"): void => {
    end ??= how;
    notify?.();
  };
  const subscription = source.subscribe(name, {
    onStatus: (status) => {
      const verdict = playVerdict(status);
      if (verdict === "ended") finish("ended");
      else if (verdict) finish(new RtmfpError("NOT_FOUND", status.description || status.code));
    },
    onMessage: (message, afterGap) => {
      const played = playedMessage(message, afterGap);
      if (!played) return;
      messages.push(played);
      if (messages.length >= MAX_WAITING && !isPaused) {
        isPaused = true;
        subscription.pause();
      }
      notify?.();
    },
    onEnd: () => finish(new RtmfpError("CLOSED", "the connection ended")),
  });
  try {
    for (;;) {
      const message = messages.shift();
      if (message) yield message;
      else if (end === "ended") return;
      else if (end) throw end;
      else {
        if (isPaused) subscription.resume();
        isPaused = false;
        if (messages.length === 0 && end === undefined) {
          await wait<void>(options, (resolve) => {
            notify = resolve;
            return () => undefined;
          });
        }
      }
    }
  } finally {
    subscription.close();
  }
}

function playedMessage(message: Message, afterGap: boolean): PlayedMessage | undefined {
  try {
    const media = classify(message);
    if (!media) return undefined;
    const { type, timestampMs, payload } = media.message;
    return { type: typeName(type), kind: media.kind, timestampMs, payload, afterGap };
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

function typeName(type: number): PlayedMessage["type"] {
  if (type === MessageType.audio) return "audio";
  return type === MessageType.video ? "video" : "data";
}

/** Messages that wait for a slow reader before the sender is held back; a second or two of media. */
const MAX_WAITING = 256;
