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

/**
 * Enhanced RTMP v2, ModEx: `(size:u8+1 | 255 size:u16+1) data type:4bits packetType:4bits`, any
 * number of them. Answers the packet type behind the last. Throws MalformedError.
 */
export function skipModEx(reader: Reader, packetType: number): number {
  let type = packetType;
  while (type === MOD_EX) {
    const size = reader.u8() + 1;
    reader.skip(size === 256 ? reader.u16() + 1 : size);
    type = reader.u8() & 0x0f;
  }
  return type;
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

/** AvMultitrackType, Enhanced RTMP v2. */
const Layout = { oneTrack: 0, manyTracks: 1, manyTracksManyCodecs: 2 } as const;

/** A track id is one byte. */
const MAX_TRACKS = 256;
