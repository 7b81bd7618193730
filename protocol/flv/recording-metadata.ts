import { encodeAmf0 } from "../amf/amf0-encode.ts";
import { type AmfObject, ecmaArray } from "../amf/value.ts";
import type { SeekPoint } from "./keyframe-index.ts";

/** What is known of a recording when it is complete. */
export interface RecordingFacts {
  readonly durationMs: number;
  readonly fileBytes: number;
  readonly points: readonly SeekPoint[];
}

/** What is known when it begins. */
export const NO_FACTS: RecordingFacts = { durationMs: 0, fileBytes: 0, points: [] };

/**
 * The payload of the `onMetaData` tag with which a recording begins: what the publisher said, and the
 * facts. As `payloadBytes` long as it was first made, so that it can be replaced in place; undefined
 * if it does not fit.
 */
export function encodeRecordingMetadata(
  properties: AmfObject,
  facts: RecordingFacts,
  payloadBytes: number = roomFor(properties),
): Uint8Array | undefined {
  const bare = encode(properties, facts, "");
  const room = payloadBytes - bare.length;
  return room < 0 ? undefined : encode(properties, facts, " ".repeat(room));
}

/** With all the points that it will ever list. */
function roomFor(properties: AmfObject): number {
  const points = Array.from({ length: MAX_LISTED_POINTS }, () => ({ timeMs: 0, position: 0 }));
  return encode(properties, { ...NO_FACTS, points }, "").length;
}

function encode(properties: AmfObject, facts: RecordingFacts, padding: string): Uint8Array {
  const { durationMs, fileBytes } = facts;
  const points = thinned(facts.points);
  const values = {
    ...properties,
    duration: durationMs / 1_000,
    lasttimestamp: durationMs / 1_000,
    filesize: fileBytes,
    hasKeyframes: points.length > 0,
    keyframes: {
      times: points.map(({ timeMs }) => timeMs / 1_000),
      filepositions: points.map(({ position }) => position),
    },
    padding,
  };
  return encodeAmf0(["onMetaData", ecmaArray(values)]);
}

/** Every second, every fourth … if there are too many. */
function thinned(points: readonly SeekPoint[]): readonly SeekPoint[] {
  let step = 1;
  while (Math.ceil(points.length / step) > MAX_LISTED_POINTS) step *= 2;
  return points.filter((_, index) => index % step === 0);
}

/** 18 KB in each file; of an hour with a keyframe a second, each fourth is listed. */
const MAX_LISTED_POINTS = 1_024;
