import { Reader } from "../bytes/reader.ts";
import { MalformedError } from "../errors.ts";
import { bodyAt, boxesIn, requiredAt } from "./box.ts";
import { NO_EDIT, readEditList } from "./edit.ts";
import { type Codec, isAudio, readSampleEntry } from "./sample-entry.ts";
import { readSampleTable } from "./sample-table.ts";
import { Track } from "./track.ts";

/** What of an MP4 file can be played: its first picture and its first sound that FLV has a form for. */
export interface Movie {
  /** One or two; decoding starts at 0, the tracks are in step. */
  readonly tracks: readonly Track[];
  /** When the last sample is decoded. */
  readonly durationMs: number;
}

/**
 * Reads the body of a `moov` box, ISO 14496-12 §8.2.1. Throws MalformedError, also for a movie of
 * fragments (§8.8), one with nothing that can be played, and one with more samples than MAX_SAMPLES.
 */
export function decodeMovie(moov: Uint8Array): Movie {
  if (bodyAt(moov, "mvex")) throw new MalformedError("a movie of fragments");
  const movie = { timescale: readTimescale(requiredAt(moov, "mvhd")), traks: traksIn(moov) };
  const video = firstTrack(movie, false, { maxSamples: MAX_SAMPLES, prerollMs: 0 });
  const audio = firstTrack(movie, true, {
    maxSamples: MAX_SAMPLES - (video?.count ?? 0),
    prerollMs: PREROLL_MS + Math.max(0, -(video?.startMs ?? 0)),
  });
  const tracks = [video, audio].filter((track) => track !== undefined);
  if (tracks.length === 0) throw new MalformedError("nothing that can be played");
  const shiftMs = Math.max(0, ...tracks.map(({ startMs }) => -startMs));
  for (const track of tracks) track.shiftMs = shiftMs;
  return { tracks, durationMs: Math.max(...tracks.map(({ endMs }) => endMs)) };
}

interface MovieBoxes {
  readonly timescale: number;
  readonly traks: readonly Uint8Array[];
}

interface TrackLimits {
  readonly maxSamples: number;
  /** How much of sound to keep that is before what is shown. */
  readonly prerollMs: number;
}

/** The first of its kind that can be played and is not empty. */
function firstTrack(
  { timescale, traks }: MovieBoxes,
  isSound: boolean,
  limits: TrackLimits,
): Track | undefined {
  for (const trak of traks) {
    const codec = readCodec(trak);
    if (!codec || isAudio(codec) !== isSound) continue;
    const track = readTrack(trak, codec, timescale, limits);
    if (track.count > 0) return track;
  }
  return undefined;
}

function traksIn(moov: Uint8Array): readonly Uint8Array[] {
  const tracks = [...boxesIn(moov)].filter(({ type }) => type === "trak");
  if (tracks.length > MAX_TRACKS) throw new MalformedError(`${tracks.length} tracks are too many`);
  return tracks.map(({ body }) => body);
}

function readCodec(trak: Uint8Array): Codec | undefined {
  const stsd = bodyAt(trak, "mdia", "minf", "stbl", "stsd");
  return stsd && readSampleEntry(stsd);
}

function readTrack(
  trak: Uint8Array,
  codec: Codec,
  movieTimescale: number,
  { maxSamples, prerollMs }: TrackLimits,
): Track {
  const timescale = readTimescale(requiredAt(trak, "mdia", "mdhd"));
  const elst = bodyAt(trak, "edts", "elst");
  const edit = elst ? readEditList(elst) : NO_EDIT;
  const samples = readSampleTable(requiredAt(trak, "mdia", "minf", "stbl"), maxSamples);
  return new Track(codec, samples, { timescale, movieTimescale, edit, prerollMs });
}

/** §8.2.2 and §8.4.2: `version:u8 flags:u24 created modified timescale:u32 …`. */
function readTimescale(header: Uint8Array): number {
  const reader = new Reader(header);
  const isLarge = reader.u8() === 1;
  reader.skip(isLarge ? 19 : 11);
  const timescale = reader.u32();
  if (timescale === 0) throw new MalformedError("a clock that stands still");
  return timescale;
}

/** Ten hours of pictures and sound are 2.5 million; each takes 24 bytes. */
const MAX_SAMPLES = 4_194_304;
/** Languages and renditions; films have a dozen. */
const MAX_TRACKS = 64;
/** Decoders of sound need a little of what comes before, and encoders put it there. */
const PREROLL_MS = 100;
