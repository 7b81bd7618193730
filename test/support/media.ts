import { encodeAmf0 } from "../../protocol/amf/amf0-encode.ts";
import type { AmfValue } from "../../protocol/amf/value.ts";
import { type Message, MessageType } from "../../protocol/rtmp/message.ts";
import type { Player } from "../../protocol/tc/live-stream.ts";
import type { MediaMessage } from "../../protocol/tc/media.ts";
import type { Status } from "../../protocol/tc/status.ts";

function message(type: number, timestampMs: number, ...payload: number[]): Message {
  return { type, streamId: 1, timestampMs, payload: Uint8Array.from(payload) };
}

/** H.264 and AAC as publishers send them; the last byte tells them apart. */
export const media = {
  videoHeader: (tag = 0): Message => message(MessageType.video, 0, 0x17, 0, 0, 0, 0, tag),
  keyframe: (at: number): Message => message(MessageType.video, at, 0x17, 1, 0, 0, 0, at),
  inter: (at: number): Message => message(MessageType.video, at, 0x27, 1, 0, 0, 0, at),
  audioHeader: (tag = 0): Message => message(MessageType.audio, 0, 0xaf, 0, tag),
  audio: (at: number): Message => message(MessageType.audio, at, 0xaf, 1, at),
  data: (...values: AmfValue[]): Message => ({
    type: MessageType.dataAmf0,
    streamId: 1,
    timestampMs: 0,
    payload: encodeAmf0(values),
  }),
} as const;

/** A player that writes down what it is given, such as `publish`, `keyframe 40`, `+inter 80`. */
export class Notes implements Player {
  readonly lines: string[] = [];
  readonly media: MediaMessage[] = [];

  /** What was noted since it was last asked. */
  take(): string[] {
    return this.lines.splice(0);
  }

  onPublish(): void {
    this.lines.push("publish");
  }

  /** A plus sign marks what is sent to catch up. */
  onMedia(note: MediaMessage, isCatchUp: boolean): undefined {
    this.media.push(note);
    this.lines.push(`${isCatchUp ? "+" : ""}${note.kind} ${note.message.timestampMs}`);
  }

  onUnpublish(): void {
    this.lines.push("unpublish");
  }

  onFailure(status: Status): void {
    this.lines.push(`failure ${status.code}`);
  }
}
