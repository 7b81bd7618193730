import { Reader } from "../bytes/reader.ts";
import { MalformedError } from "../errors.ts";
import { DEFAULT_TRACK, readEnhancedPacket, readModEx } from "./enhanced.ts";

/** What a relay or a player has to know of a video payload without decoding it. */
export interface VideoFacts {
  readonly frameType: VideoFrameType;
  /** FourCC for codecs that have one (`avc1`, `hvc1`, `av01` …), a name for older ones. */
  readonly codec: string | undefined;
  readonly packet: VideoPacket;
  /** Pictures start here that need nothing before them but the sequence header. */
  readonly isKeyframe: boolean;
  /** Decoder configuration: keep it for those who join later. */
  readonly isSequenceHeader: boolean;
  /** No other picture refers to it. */
  readonly isDisposable: boolean;
  /** Presentation minus decoding time in milliseconds. */
  readonly compositionTimeMs: number;
  /** Tracks inside, [0] where the payload names none. */
  readonly trackIds: readonly number[];
  /** What the timestamp in milliseconds leaves out, 0 to 999 999 ns. */
  readonly timestampOffsetNs: number;
}

export type VideoFrameType =
  | "key"
  | "inter"
  | "disposable"
  | "generated-key"
  | "command"
  | "unknown";

export type VideoPacket =
  | "sequence-start"
  | "frames"
  | "sequence-end"
  | "metadata"
  | "command"
  | "unknown";

/**
 * The facts of a video payload as FLV tags and RTMP messages carry it: FLV 10.1 §E.4.3, Enhanced
 * RTMP v1 and v2. Never throws: a payload that ends early, or means nothing, is "unknown".
 */
export function describeVideo(payload: Uint8Array): VideoFacts {
  if (payload.length === 0) return UNKNOWN;
  try {
    const reader = new Reader(payload);
    const first = reader.u8();
    return first & EX_HEADER ? readEnhanced(reader, first) : readLegacy(reader, first);
  } catch (error) {
    if (error instanceof MalformedError) return UNKNOWN;
    throw error;
  }
}

/** §E.4.3: `frameType:4bits codec:4bits`, for AVC then `packetType:u8 compositionTime:s24`. */
function readLegacy(reader: Reader, first: number): VideoFacts {
  const frameType = FRAME_TYPES[first >> 4] ?? "unknown";
  const codec = LEGACY_CODECS[first & 0x0f];
  if (frameType === "command") return facts(frameType, codec, "command");
  if (codec === undefined) return facts(frameType, codec, "unknown");
  if (!PACKETIZED.has(codec)) return facts(frameType, codec, "frames");
  const packetType = reader.u8();
  const compositionTimeMs = readS24(reader);
  if (packetType > SEQUENCE_END) return facts(frameType, codec, "unknown");
  const isTimed = packetType === CODED_FRAMES;
  return facts(frameType, codec, packetOf(packetType), isTimed ? compositionTimeMs : 0);
}

/** Enhanced RTMP: `1:1bit frameType:3bits packetType:4bits`, then see `enhanced.ts`. */
function readEnhanced(reader: Reader, first: number): VideoFacts {
  const frameType = FRAME_TYPES[(first >> 4) & 0x07] ?? "unknown";
  const { packetType: outer, timestampOffsetNs } = readModEx(reader, first & 0x0f);
  if (frameType === "command" && outer !== METADATA) return facts(frameType, undefined, "command");
  const { packetType, codec, trackIds, body } = readEnhancedPacket(reader, outer, MULTITRACK);
  const hasTime = packetType === CODED_FRAMES && TIMED_CODECS.has(codec);
  const compositionTimeMs = hasTime ? readS24(body) : 0;
  const described = facts(frameType, codec, packetOf(packetType), compositionTimeMs, trackIds);
  return { ...described, timestampOffsetNs };
}

function facts(
  frameType: VideoFrameType,
  codec: string | undefined,
  packet: VideoPacket,
  compositionTimeMs = 0,
  trackIds: readonly number[] = DEFAULT_TRACK,
): VideoFacts {
  const isKey = frameType === "key" || frameType === "generated-key";
  return {
    frameType,
    codec,
    packet,
    isKeyframe: isKey && packet === "frames",
    isSequenceHeader: packet === "sequence-start",
    isDisposable: frameType === "disposable" && packet === "frames",
    compositionTimeMs,
    trackIds,
    timestampOffsetNs: 0,
  };
}

function packetOf(packetType: number): VideoPacket {
  return PACKETS[packetType] ?? "unknown";
}

function readS24(reader: Reader): number {
  return (reader.u24() << 8) >> 8;
}

/** IsExHeader, Enhanced RTMP v1. */
const EX_HEADER = 0x80;

const FRAME_TYPES: readonly (VideoFrameType | undefined)[] = [
  undefined,
  "key",
  "inter",
  "disposable",
  "generated-key",
  "command",
];

/** CodecID, FLV 10.1 §E.4.3.1; 12 and 13 are what cameras made of it before Enhanced RTMP. */
const LEGACY_CODECS: readonly (string | undefined)[] = [
  undefined,
  undefined,
  "sorenson-h263",
  "screen",
  "vp6",
  "vp6-alpha",
  "screen-2",
  "avc1",
  undefined,
  undefined,
  undefined,
  undefined,
  "hvc1",
  "av01",
];

/** Codecs whose legacy payload has a packet type and a composition time. */
const PACKETIZED: ReadonlySet<string> = new Set(["avc1", "hvc1", "av01"]);

/**
 * VideoPacketType, Enhanced RTMP; 0 to 2 are the AVCPacketType of FLV. 3 has no composition time.
 */
const PACKETS: readonly (VideoPacket | undefined)[] = [
  "sequence-start",
  "frames",
  "sequence-end",
  "frames",
  "metadata",
  "sequence-start",
];
const CODED_FRAMES = 1;
const SEQUENCE_END = 2;
const METADATA = 4;
const MULTITRACK = 6;

/** Codecs with a composition time in CodedFrames: those whose pictures are reordered outside. */
const TIMED_CODECS: ReadonlySet<string> = new Set(["avc1", "hvc1", "vvc1"]);

const UNKNOWN: VideoFacts = facts("unknown", undefined, "unknown");
