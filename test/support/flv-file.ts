import { encodeAmf0 } from "../../protocol/amf/amf0-encode.ts";
import { type AmfObject, ecmaArray } from "../../protocol/amf/value.ts";
import { encodeFlvHeader, encodeFlvTag, type FlvTag, FlvTagType } from "../../protocol/flv/tag.ts";

function tag(type: number, timestampMs: number, ...payload: number[]): FlvTag {
  return { type, timestampMs, payload: Uint8Array.from(payload) };
}

/** As much of H.264 and AAC in FLV as a server looks at. */
export const flv = {
  metadata: (properties: AmfObject = { width: 320 }): FlvTag => ({
    type: FlvTagType.data,
    timestampMs: 0,
    payload: encodeAmf0(["onMetaData", ecmaArray(properties)]),
  }),
  videoHeader: (id = 0): FlvTag => tag(FlvTagType.video, 0, 0x17, 0, 0, 0, 0, id),
  audioHeader: (): FlvTag => tag(FlvTagType.audio, 0, 0xaf, 0, 0x12, 0x10),
  keyframe: (timestampMs: number): FlvTag => tag(FlvTagType.video, timestampMs, 0x17, 1, 0, 0, 0),
  inter: (timestampMs: number): FlvTag => tag(FlvTagType.video, timestampMs, 0x27, 1, 0, 0, 0),
  note: (timestampMs: number, bytes: number): FlvTag => ({
    type: FlvTagType.data,
    timestampMs,
    payload: encodeAmf0(["onNote", "-".repeat(bytes)]),
  }),
  sound: (timestampMs: number): FlvTag => tag(FlvTagType.audio, timestampMs, 0xaf, 1, 7),
} as const;

/** A keyframe each second, other pictures and sound each 100 ms. */
export function film(seconds: number): FlvTag[] {
  const tags = [flv.metadata(), flv.videoHeader(), flv.audioHeader()];
  for (let at = 0; at < seconds * 1_000; at += 100) {
    tags.push(at % 1_000 === 0 ? flv.keyframe(at) : flv.inter(at), flv.sound(at));
  }
  return tags;
}

export function flvBytes(tags: readonly FlvTag[]): Buffer {
  return Buffer.concat([
    encodeFlvHeader({ hasAudio: true, hasVideo: true }),
    ...tags.map(encodeFlvTag),
  ]);
}
