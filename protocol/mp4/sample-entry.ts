import { Reader } from "../bytes/reader.ts";
import { bodyAt, boxesIn } from "./box.ts";

/** What a track's samples are, and what their decoder has to know first. */
export interface Codec {
  /** `mp4a` is AAC. */
  readonly fourCc: "avc1" | "hvc1" | "av01" | "mp4a";
  /** The decoder configuration record, or of AAC the AudioSpecificConfig. */
  readonly config: Uint8Array;
  /** Of video, in pixels; 0 of audio. */
  readonly width: number;
  readonly height: number;
  /** Of audio, in Hz; 0 of video. */
  readonly sampleRate: number;
  readonly channels: number;
}

export function isAudio({ fourCc }: Codec): boolean {
  return fourCc === "mp4a";
}

/**
 * ISO 14496-12 §8.5.2, the first entry of a `stsd`; undefined for what FLV and RTMP have no form for.
 * Throws MalformedError.
 */
export function readSampleEntry(stsd: Uint8Array): Codec | undefined {
  // Version, flags and the count of entries.
  for (const { type, body } of boxesIn(new Reader(stsd, STSD_HEAD_BYTES).rest())) {
    const visual = VISUAL[type];
    if (visual) return readVisual(visual, body);
    return type === "mp4a" ? readAac(body) : undefined;
  }
  return undefined;
}

interface Visual {
  readonly fourCc: Codec["fourCc"];
  /** The box with its configuration. */
  readonly box: string;
}

/** ISO 14496-12 §12.1.3: `reserved:16 predefined:16 width:u16 height:u16 …`, then boxes. */
function readVisual({ fourCc, box }: Visual, entry: Uint8Array): Codec | undefined {
  const reader = new Reader(entry);
  reader.skip(24);
  const [width, height] = [reader.u16(), reader.u16()];
  reader.skip(VISUAL_ENTRY_BYTES - 28);
  const config = bodyAt(reader.rest(), box);
  return config && { fourCc, config: config.slice(), width, height, sampleRate: 0, channels: 0 };
}

/**
 * ISO 14496-12 §12.2.3: `reserved:8 version:u16 reserved:6 channels:u16 bits:u16 reserved:4
 * sampleRate:16.16`, then boxes. QuickTime's versions 1 and 2 have more between, and may have the
 * boxes in another.
 */
function readAac(entry: Uint8Array): Codec | undefined {
  const reader = new Reader(entry);
  reader.skip(8);
  const version = reader.u16();
  reader.skip(6);
  const channels = reader.u16();
  reader.skip(6);
  const sampleRate = reader.u32() >>> 16;
  reader.skip(QUICKTIME_EXTRA_BYTES[version] ?? 0);
  const boxes = reader.rest();
  const esds = bodyAt(boxes, "esds") ?? bodyAt(boxes, "wave", "esds");
  const config = esds && readEsds(esds);
  return config && { fourCc: "mp4a", config, width: 0, height: 0, sampleRate, channels };
}

/**
 * ISO 14496-1 §7.2.6.5: the AudioSpecificConfig in the decoder's description; undefined if that is not
 * AAC.
 */
function readEsds(esds: Uint8Array): Uint8Array | undefined {
  const reader = new Reader(esds);
  reader.skip(4);
  const stream = readDescriptor(reader, Tag.stream);
  if (!stream) return undefined;
  stream.skip(2);
  const flags = stream.u8();
  if (flags & DEPENDS_ON_STREAM) stream.skip(2);
  if (flags & HAS_URL) stream.skip(stream.u8());
  if (flags & HAS_CLOCK) stream.skip(2);
  const decoder = readDescriptor(stream, Tag.decoder);
  if (!decoder || !AAC.has(decoder.u8())) return undefined;
  decoder.skip(12);
  return readDescriptor(decoder, Tag.decoderSpecific)?.rest().slice();
}

/** `tag:u8 size:(7 bits a byte) body`; undefined if it is another one. */
function readDescriptor(reader: Reader, tag: number): Reader | undefined {
  return reader.u8() === tag ? new Reader(reader.field()) : undefined;
}

const VISUAL: Readonly<Record<string, Visual | undefined>> = Object.assign(Object.create(null), {
  avc1: { fourCc: "avc1", box: "avcC" },
  avc3: { fourCc: "avc1", box: "avcC" },
  hvc1: { fourCc: "hvc1", box: "hvcC" },
  hev1: { fourCc: "hvc1", box: "hvcC" },
  av01: { fourCc: "av01", box: "av1C" },
} satisfies Record<string, Visual>);

const STSD_HEAD_BYTES = 8;
const VISUAL_ENTRY_BYTES = 78;
const QUICKTIME_EXTRA_BYTES: readonly number[] = [0, 16, 36];
const Tag = { stream: 3, decoder: 4, decoderSpecific: 5 } as const;
const [DEPENDS_ON_STREAM, HAS_URL, HAS_CLOCK] = [0x80, 0x40, 0x20];
/** MPEG-4, and MPEG-2 in its three profiles. */
const AAC: ReadonlySet<number> = new Set([0x40, 0x66, 0x67, 0x68]);
/** What FLV and RTMP put before a configuration or a sample, at most. */
export const MAX_HEAD_BYTES = 8;
