import { encodeAmf0 } from "../amf/amf0-encode.ts";
import { MAX_AMF0_OBJECTS } from "../amf/amf0-marker.ts";
import { Amf0Room } from "../amf/amf0-room.ts";
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
 * The payload of the `onMetaData` tag with which a recording begins: what the publisher said, as far as
 * AMF0 can say it in MAX_SAID_BYTES, and the facts. As `payloadBytes` long as it was first made, so that
 * it can be replaced in place; undefined if it does not fit.
 */
export function encodeRecordingMetadata(
  said: AmfObject,
  facts: RecordingFacts,
  payloadBytes?: number,
): Uint8Array | undefined {
  const properties = writable(said);
  const bare = encode(properties, facts, "");
  const room = (payloadBytes ?? roomFor(properties)) - bare.length;
  return room < 0 ? undefined : encode(properties, facts, " ".repeat(room));
}

/** Of an object's own class nothing is left: the description is an ECMA array. */
function writable(said: AmfObject): AmfObject {
  const room = new Amf0Room(MAX_SAID_BYTES, MAX_AMF0_OBJECTS - FACT_OBJECTS);
  const properties = Object.entries(said).filter(
    ([name, value]) => !FACTS.has(name) && room.take({ [name]: value }),
  );
  return Object.fromEntries(properties);
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

/** What is known better here. */
const FACTS: ReadonlySet<string> = new Set([
  "duration",
  "lasttimestamp",
  "filesize",
  "hasKeyframes",
  "keyframes",
  "padding",
]);
/** The description, its keyframes, and their times and positions. */
const FACT_OBJECTS = 4;
/** Publishers say some hundred bytes; what they say in AMF3 may be a thousand times as long in AMF0. */
const MAX_SAID_BYTES = 131_072;
/** 18 KB in each file; of an hour with a keyframe a second, each fourth is listed. */
const MAX_LISTED_POINTS = 1_024;
