import { type Message, MessageType } from "../../protocol/rtmp/message.ts";

function message(type: number, timestampMs: number, ...parts: (string | number)[]): Message {
  const payload = parts.flatMap((part) =>
    typeof part === "string" ? [...Buffer.from(part, "latin1")] : [part],
  );
  return { type, streamId: 1, timestampMs, payload: Uint8Array.from(payload) };
}

/** Enhanced RTMP v1 and v2 as publishers send it, written by hand; the last byte tells them apart. */
export const enhanced = {
  videoStart: (codec: string, tag = 0): Message => message(9, 0, 0x90, codec, tag),
  keyframe: (codec: string, at: number): Message => message(9, at, 0x93, codec, at),
  inter: (codec: string, at: number): Message => message(9, at, 0xa3, codec, at),
  /** onMetaData's small sister: colorInfo and the like. */
  colorInfo: (codec: string, tag = 0): Message => message(9, 0, 0x94, codec, tag),
  /** Multitrack, one track. */
  trackStart: (codec: string, track: number, tag = 0): Message =>
    message(9, 0, 0x96, 0x00, codec, track, tag),
  trackKeyframe: (codec: string, track: number, at: number): Message =>
    message(9, at, 0x96, 0x03, codec, track, at),
  trackInter: (codec: string, track: number, at: number): Message =>
    message(9, at, 0xa6, 0x03, codec, track, at),
  /** Multitrack, tracks 0 and 1 of one codec. */
  bothStart: (codec: string, tag = 0): Message =>
    message(9, 0, 0x96, 0x10, codec, 0, 0, 0, 1, tag, 1, 0, 0, 1, tag),
  bothKeyframe: (codec: string, at: number): Message =>
    message(9, at, 0x96, 0x13, codec, 0, 0, 0, 1, at, 1, 0, 0, 1, at),
  audioStart: (codec: string, tag = 0): Message => message(8, 0, 0x90, codec, tag),
  audio: (codec: string, at: number): Message => message(8, at, 0x91, codec, at),
  multichannel: (codec: string, tag = 0): Message => message(8, 0, 0x94, codec, 1, 2, 0, 0, 0, tag),
  audioTrackStart: (codec: string, track: number): Message =>
    message(MessageType.audio, 0, 0x95, 0x00, codec, track, 0),
  /** A timestamp offset of 256 ns before frames. */
  modEx: (codec: string, at: number): Message => message(9, at, 0xa7, 2, 0, 1, 0, 0x03, codec, at),
} as const;
