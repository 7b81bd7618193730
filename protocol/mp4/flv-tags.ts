import { encodeAmf0 } from "../amf/amf0-encode.ts";
import { ecmaArray } from "../amf/value.ts";
import { Writer } from "../bytes/writer.ts";
import { type FlvTag, FlvTagType } from "../flv/tag.ts";
import type { Movie } from "./movie.ts";
import { type Codec, isAudio, MAX_HEAD_BYTES } from "./sample-entry.ts";
import type { Sample } from "./track.ts";

/** The `onMetaData` with which an FLV file of the same content begins, FLV 10.1 §E.5. */
export function metadataTag({ tracks, durationMs }: Movie): FlvTag {
  const properties = Object.assign({}, ...tracks.map(({ codec }) => describe(codec)));
  const values = ecmaArray({ duration: durationMs / 1_000, ...properties });
  return { type: FlvTagType.data, timestampMs: 0, payload: encodeAmf0(["onMetaData", values]) };
}

function describe(codec: Codec): Readonly<Record<string, number | boolean>> {
  const { fourCc, width, height, sampleRate, channels } = codec;
  if (!isAudio(codec)) return { width, height, videocodecid: videoCodecId(fourCc) };
  return {
    audiocodecid: AAC,
    audiosamplerate: sampleRate,
    audiochannels: channels,
    stereo: channels > 1,
  };
}

/** In Enhanced RTMP the four characters as a number. */
function videoCodecId(fourCc: string): number {
  if (fourCc === "avc1") return AVC;
  return [...fourCc].reduce((id, letter) => id * 256 + letter.charCodeAt(0), 0);
}

/** What sets up the decoder, FLV 10.1 §E.4.2 and §E.4.3, Enhanced RTMP v1. */
export function configurationTag(codec: Codec, timestampMs: number): FlvTag {
  const { config } = codec;
  const writer = new Writer(config.length + MAX_HEAD_BYTES);
  if (isAudio(codec)) writer.u8(AAC_BYTE).u8(SEQUENCE_START);
  else writeVideoHead(writer, codec, true, SEQUENCE_START, 0);
  return { type: typeOf(codec), timestampMs, payload: writer.put(config).bytes() };
}

/** A sample whose bytes are `data`. */
export function sampleTag(codec: Codec, sample: Sample, data: Uint8Array): FlvTag {
  const { decodeMs: timestampMs, compositionMs, isSync } = sample;
  const writer = new Writer(data.length + MAX_HEAD_BYTES);
  if (isAudio(codec)) writer.u8(AAC_BYTE).u8(CODED_FRAMES);
  else writeVideoHead(writer, codec, isSync, CODED_FRAMES, compositionMs);
  return { type: typeOf(codec), timestampMs, payload: writer.put(data).bytes() };
}

function writeVideoHead(
  writer: Writer,
  { fourCc }: Codec,
  isKeyframe: boolean,
  packetType: number,
  compositionMs: number,
): void {
  const frameType = (isKeyframe ? KEYFRAME : INTER_FRAME) << 4;
  if (fourCc === "avc1") {
    writer
      .u8(frameType | AVC)
      .u8(packetType)
      .u24(compositionMs & 0xff_ffff);
    return;
  }
  writer.u8(EX_HEADER | frameType | packetType).utf8(fourCc);
  const isReordered = fourCc === "hvc1" && packetType === CODED_FRAMES;
  if (isReordered) writer.u24(compositionMs & 0xff_ffff);
}

function typeOf(codec: Codec): number {
  return isAudio(codec) ? FlvTagType.audio : FlvTagType.video;
}

const AVC = 7;
const AAC = 10;
/** As it has to be for AAC, whatever the sound is: 44 kHz, 16 bits, stereo. */
const AAC_BYTE = 0xaf;
const EX_HEADER = 0x80;
const [KEYFRAME, INTER_FRAME] = [1, 2];
const [SEQUENCE_START, CODED_FRAMES] = [0, 1];
