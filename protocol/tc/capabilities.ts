import { type AmfObject, type AmfValue, isAmfObject } from "../amf/value.ts";

/** What one end of a NetConnection can do beyond FLV's codecs, Enhanced RTMP v1 and v2. */
export interface Capabilities {
  /** By FourCC ("*": all others), a sum of `FourCcUse`. */
  readonly video: ReadonlyMap<string, number>;
  readonly audio: ReadonlyMap<string, number>;
  /** A sum of `CapsEx`. */
  readonly capsEx: number;
}

/** The status with which a server asks a client to connect anew, Enhanced RTMP v2. */
export const RECONNECT_CODE = "NetConnection.Connect.ReconnectRequest";

/** FourCcInfoMask, Enhanced RTMP v2. */
export const FourCcUse = { canDecode: 1, canEncode: 2, canForward: 4 } as const;

/** CapsExMask, Enhanced RTMP v2. */
export const CapsEx = {
  /** Understands a request to connect anew. */
  reconnect: 1,
  multitrack: 2,
  modEx: 4,
  timestampNanoOffset: 8,
} as const;

/**
 * What is said in `connect`, or in its answer. Names in `fourCcList` (v1) stand for everything that
 * can be done with a codec, also if the maps of v2 do not name it. What makes no sense is left out.
 */
export function readCapabilities(object: AmfObject): Capabilities {
  const { fourCcList, videoFourCcInfoMap, audioFourCcInfoMap, capsEx } = object;
  const listed = readList(fourCcList);
  return {
    video: new Map([...listed, ...readMap(videoFourCcInfoMap)]),
    audio: new Map([...listed, ...readMap(audioFourCcInfoMap)]),
    capsEx: isMask(capsEx) ? capsEx : 0,
  };
}

/** Has this end said anything of Enhanced RTMP? */
export function isEnhanced({ video, audio, capsEx }: Capabilities): boolean {
  return video.size > 0 || audio.size > 0 || capsEx !== 0;
}

/**
 * What an end says that passes everything on: it neither decodes nor encodes. `reconnects`: it
 * follows, or sends, requests to connect anew.
 */
export function forwarding(reconnects: boolean): AmfObject {
  const { modEx, multitrack, reconnect, timestampNanoOffset } = CapsEx;
  return {
    fourCcList: [...VIDEO_FOUR_CCS, ...AUDIO_FOUR_CCS],
    videoFourCcInfoMap: { "*": FourCcUse.canForward },
    audioFourCcInfoMap: { "*": FourCcUse.canForward },
    capsEx: multitrack | modEx | timestampNanoOffset | (reconnects ? reconnect : 0),
  };
}

/** Array or object: encoders write either. BOUNDED: MAX_FOUR_CCS. */
function readList(value: AmfValue): [string, number][] {
  const items = Array.isArray(value) ? value : isAmfObject(value) ? Object.values(value) : [];
  const names = items.slice(0, MAX_FOUR_CCS).filter((item) => typeof item === "string");
  return names.filter(isFourCc).map((name) => [name, EVERYTHING]);
}

/** BOUNDED: MAX_FOUR_CCS. */
function readMap(value: AmfValue): [string, number][] {
  if (!isAmfObject(value)) return [];
  const entries = Object.entries(value).slice(0, MAX_FOUR_CCS);
  return entries.flatMap(([name, use]) => (isFourCc(name) && isMask(use) ? [[name, use]] : []));
}

function isFourCc(name: string): boolean {
  return name === "*" || name.length === 4;
}

function isMask(value: AmfValue): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff;
}

const EVERYTHING = FourCcUse.canDecode | FourCcUse.canEncode | FourCcUse.canForward;

/** More than there are codecs; the rest of a list is not looked at. */
const MAX_FOUR_CCS = 64;

/** VideoFourCc and AudioFourCc, Enhanced RTMP v2. Those that know v1 alone look for theirs by name. */
const VIDEO_FOUR_CCS = ["av01", "hvc1", "vp09", "vp08", "avc1", "vvc1"];
const AUDIO_FOUR_CCS = ["Opus", "fLaC", "ac-3", "ec-3", ".mp3", "mp4a"];
