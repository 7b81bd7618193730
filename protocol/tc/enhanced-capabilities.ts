import { type AmfObject, type AmfValue, isAmfObject } from "../amf/value.ts";

/** What one end of a connection says of Enhanced RTMP when it connects. */
export interface EnhancedCapabilities {
  /** It has said anything at all. */
  readonly isEnhanced: boolean;
  /** Codecs by FourCC, `*` for all, that it can do something with. BOUNDED: MAX_CODECS. */
  readonly codecs: readonly string[];
  /** Bits of `CapsEx`. */
  readonly capsEx: number;
}

/** Enhanced RTMP v2, capsEx. */
export const CapsEx = { reconnect: 1, multitrack: 2, modEx: 4, timestampNanoOffset: 8 } as const;

/** Reads the command object of `connect`, or of its answer. What makes no sense is left out. */
export function readEnhancedCapabilities(properties: AmfObject): EnhancedCapabilities {
  const { fourCcList, videoFourCcInfoMap, audioFourCcInfoMap, capsEx } = properties;
  const isEnhanced = [fourCcList, videoFourCcInfoMap, audioFourCcInfoMap, capsEx].some(
    (value) => value !== undefined && value !== null,
  );
  const codecs = [
    ...listed(fourCcList),
    ...keysOf(videoFourCcInfoMap),
    ...keysOf(audioFourCcInfoMap),
  ];
  return {
    isEnhanced,
    codecs: [...new Set(codecs)].slice(0, MAX_CODECS),
    capsEx: typeof capsEx === "number" ? capsEx & 0xff : 0,
  };
}

/** What a server that passes everything on says: any codec, any number of tracks. */
export const relayCapabilities: AmfObject = {
  fourCcList: ["*"],
  videoFourCcInfoMap: { "*": 4 },
  audioFourCcInfoMap: { "*": 4 },
  capsEx: CapsEx.reconnect | CapsEx.multitrack | CapsEx.modEx | CapsEx.timestampNanoOffset,
};

function listed(value: AmfValue): string[] {
  if (!Array.isArray(value)) return [];
  return value.filter((item) => typeof item === "string").filter(isFourCc);
}

function keysOf(value: AmfValue): string[] {
  return isAmfObject(value) ? Object.keys(value).filter(isFourCc) : [];
}

function isFourCc(text: string): boolean {
  return text === "*" || text.length === 4;
}

/** Enhanced RTMP knows a dozen. */
const MAX_CODECS = 64;
