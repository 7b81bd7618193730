import { Reader } from "../bytes/reader.ts";
import { MalformedError } from "../errors.ts";

/** What an Enhanced RTMP payload says before its media, for one track or several. */
export interface EnhancedPacket {
  /** Of the media: never ModEx, never Multitrack. */
  readonly packetType: number;
  /** FourCC of the first track, such as `hvc1`. */
  readonly codec: string;
  readonly trackIds: readonly number[];
  /** Media of the first track. */
  readonly body: Reader;
}

/** The track of a payload that names none, Enhanced RTMP v2. */
export const DEFAULT_TRACK: readonly number[] = [0];

/** What stands behind the last ModEx of a payload. */
export interface Modified {
  readonly packetType: number;
  /** To be added to the message's timestamp, for this message alone: 0 to 999 999 ns. */
  readonly timestampOffsetNs: number;
}

/**
 * Enhanced RTMP v2, ModEx: `(size:u8+1 | 255 size:u16+1) data type:4bits packetType:4bits`, any
 * number of them; types that nobody knows are skipped. Throws MalformedError.
 */
export function readModEx(reader: Reader, packetType: number): Modified {
  let type = packetType;
  let timestampOffsetNs = 0;
  while (type === MOD_EX) {
    const size = reader.u8() + 1;
    const data = reader.bytes(size === 256 ? reader.u16() + 1 : size);
    const types = reader.u8();
    if (types >> 4 === TIMESTAMP_OFFSET_NANO) timestampOffsetNs = readOffset(data);
    type = types & 0x0f;
  }
  return { packetType: type, timestampOffsetNs };
}

/** What would be a millisecond or more is none. */
function readOffset(data: Uint8Array): number {
  const offsetNs = new Reader(data).u24();
  if (offsetNs > MAX_OFFSET_NS) throw new MalformedError(`timestamp offset of ${offsetNs} ns`);
  return offsetNs;
}

/**
 * Enhanced RTMP v1: `fourCC body`; v2, Multitrack: `layout:4bits packetType:4bits [fourCC] track*`,
 * where a track is `[fourCC] id:u8 [size:u24] body`. `multitrack` is the packet type that means it.
 * Throws MalformedError.
 */
export function readEnhancedPacket(
  reader: Reader,
  packetType: number,
  multitrack: number,
): EnhancedPacket {
  if (packetType !== multitrack) {
    return { packetType, codec: readFourCc(reader), trackIds: DEFAULT_TRACK, body: reader };
  }
  const types = reader.u8();
  const layout = types >> 4;
  const inner = types & 0x0f;
  if (layout > Layout.manyTracksManyCodecs) throw new MalformedError("unknown multitrack layout");
  const codec = layout === Layout.manyTracksManyCodecs ? undefined : readFourCc(reader);
  if (codec !== undefined && layout === Layout.oneTrack) {
    return { packetType: inner, codec, trackIds: [reader.u8()], body: reader };
  }
  return readTracks(reader, inner, codec);
}

function readTracks(
  reader: Reader,
  packetType: number,
  shared: string | undefined,
): EnhancedPacket {
  const trackIds: number[] = [];
  let first: { codec: string; body: Reader } | undefined;
  while (reader.remaining > 0) {
    const codec = shared ?? readFourCc(reader);
    trackIds.push(reader.u8());
    const body = new Reader(reader.bytes(reader.u24()));
    first ??= { codec, body };
    if (trackIds.length > MAX_TRACKS) throw new MalformedError("more tracks than there are ids");
  }
  if (first === undefined) throw new MalformedError("multitrack packet without a track");
  return { packetType, trackIds, ...first };
}

function readFourCc(reader: Reader): string {
  return String.fromCharCode(...reader.bytes(4));
}

const MOD_EX = 7;

/** VideoPacketModExType and AudioPacketModExType, Enhanced RTMP v2. */
const TIMESTAMP_OFFSET_NANO = 0;
const MAX_OFFSET_NS = 999_999;

/** AvMultitrackType, Enhanced RTMP v2. */
const Layout = { oneTrack: 0, manyTracks: 1, manyTracksManyCodecs: 2 } as const;

/** A track id is one byte. */
const MAX_TRACKS = 256;
