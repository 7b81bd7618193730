import { Reader } from "../bytes/reader.ts";
import { MalformedError } from "../errors.ts";
import { DEFAULT_TRACK, readEnhancedPacket, readModEx } from "./enhanced.ts";

/** What a relay or a player has to know of an audio payload without decoding it. */
export interface AudioFacts {
  /** FourCC for codecs that have one (`mp4a`, `Opus`, `.mp3` …), a name for older ones. */
  readonly codec: string | undefined;
  readonly packet: AudioPacket;
  /** Decoder configuration: keep it for those who join later. */
  readonly isSequenceHeader: boolean;
  /** Tracks inside, [0] where the payload names none. */
  readonly trackIds: readonly number[];
  /** What the timestamp in milliseconds leaves out, 0 to 999 999 ns. */
  readonly timestampOffsetNs: number;
}

export type AudioPacket =
  | "sequence-start"
  | "frames"
  | "sequence-end"
  | "multichannel-config"
  | "unknown";

/**
 * The facts of an audio payload as FLV tags and RTMP messages carry it: FLV 10.1 §E.4.2, Enhanced
 * RTMP v2. Never throws: a payload that is empty (silence), ends early, or means nothing, is
 * "unknown".
 */
export function describeAudio(payload: Uint8Array): AudioFacts {
  if (payload.length === 0) return UNKNOWN;
  try {
    const reader = new Reader(payload);
    const first = reader.u8();
    const format = first >> 4;
    if (format === EX_HEADER) return readEnhanced(reader, first);
    const codec = FORMATS[format];
    if (format !== AAC) return facts(codec, codec === undefined ? "unknown" : "frames");
    return facts(codec, AAC_PACKETS[reader.u8()] ?? "unknown");
  } catch (error) {
    if (error instanceof MalformedError) return UNKNOWN;
    throw error;
  }
}

/** Enhanced RTMP v2: `9:4bits packetType:4bits`, then see `enhanced.ts`. */
function readEnhanced(reader: Reader, first: number): AudioFacts {
  const { packetType: outer, timestampOffsetNs } = readModEx(reader, first & 0x0f);
  const { packetType, codec, trackIds } = readEnhancedPacket(reader, outer, MULTITRACK);
  const described = facts(codec, PACKETS[packetType] ?? "unknown", trackIds);
  return { ...described, timestampOffsetNs };
}

function facts(
  codec: string | undefined,
  packet: AudioPacket,
  trackIds: readonly number[] = DEFAULT_TRACK,
): AudioFacts {
  const isSequenceHeader = packet === "sequence-start";
  return { codec, packet, isSequenceHeader, trackIds, timestampOffsetNs: 0 };
}

/** SoundFormat 9, reserved in FLV, ExHeader in Enhanced RTMP v2. */
const EX_HEADER = 9;
const AAC = 10;

/** SoundFormat, FLV 10.1 §E.4.2.1; 13 is what some encoders made of it before Enhanced RTMP. */
const FORMATS: readonly (string | undefined)[] = [
  "pcm",
  "adpcm",
  ".mp3",
  "pcm-little-endian",
  "nellymoser-16khz",
  "nellymoser-8khz",
  "nellymoser",
  "g711-a-law",
  "g711-mu-law",
  undefined,
  "mp4a",
  "speex",
  undefined,
  "Opus",
  "mp3-8khz",
  "device-specific",
];

/** AACPacketType, FLV 10.1 §E.4.2.2. */
const AAC_PACKETS: readonly (AudioPacket | undefined)[] = ["sequence-start", "frames"];

/** AudioPacketType, Enhanced RTMP v2. */
const PACKETS: readonly (AudioPacket | undefined)[] = [
  "sequence-start",
  "frames",
  "sequence-end",
  undefined,
  "multichannel-config",
];
const MULTITRACK = 5;

const UNKNOWN: AudioFacts = facts(undefined, "unknown");
