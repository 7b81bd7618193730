import type { FileHandle } from "node:fs/promises";
import type { FlvTag } from "../../protocol/flv/tag.ts";
import { configurationTag, metadataTag, sampleTag } from "../../protocol/mp4/flv-tags.ts";
import type { Movie } from "../../protocol/mp4/movie.ts";
import { isAudio } from "../../protocol/mp4/sample-entry.ts";
import type { Sample, Track } from "../../protocol/mp4/track.ts";
import type { SourceStart, TagSource } from "./tag-source.ts";

export interface Mp4SourceOptions {
  readonly file: FileHandle;
  /** Asked for once. */
  movie(): Promise<Movie>;
  onClose(): void;
}

/** An MP4 file that is read while it plays, as the tags of an FLV file. */
export class Mp4Source implements TagSource {
  readonly #file: FileHandle;
  readonly #askMovie: () => Promise<Movie>;
  readonly #onClose: () => void;
  #movie: Movie | undefined;
  /** Where each track stands. BOUNDED: by the tracks of a movie. */
  #cursors: Cursor[] = [];

  constructor({ file, movie, onClose }: Mp4SourceOptions) {
    this.#file = file;
    this.#askMovie = movie;
    this.#onClose = onClose;
  }

  async seek(timeMs: number): Promise<SourceStart | undefined> {
    this.#movie ??= await this.#askMovie();
    const movie = this.#movie;
    if (timeMs > movie.durationMs) return undefined;
    const startMs = startBefore(movie.tracks, timeMs);
    this.#cursors = movie.tracks.map((track) => ({ track, index: track.firstFrom(startMs) }));
    const setups = movie.tracks.map(({ codec }) => configurationTag(codec, startMs));
    return { timeMs: startMs, heads: [{ ...metadataTag(movie), timestampMs: startMs }, ...setups] };
  }

  async read(): Promise<readonly FlvTag[]> {
    const batch = this.#next();
    const data = await readSamples(this.#file, batch);
    // A file that has become shorter ends there.
    const tags: FlvTag[] = [];
    for (const { track, sample } of batch) {
      const bytes = data.get(sample);
      if (!bytes) break;
      tags.push(sampleTag(track.codec, sample, bytes));
    }
    return tags;
  }

  async close(): Promise<void> {
    this.#onClose();
    await this.#file.close();
  }

  /** Samples of all tracks in the order of their decoding, as many as are read at once. */
  #next(): readonly Placed[] {
    const batch: Placed[] = [];
    for (let bytes = 0; bytes < READ_BYTES && batch.length < MAX_BATCH; ) {
      let next: Placed | undefined;
      let from: Cursor | undefined;
      for (const cursor of this.#cursors) {
        const sample = cursor.track.at(cursor.index);
        if (!sample || (next && next.sample.decodeMs <= sample.decodeMs)) continue;
        next = { track: cursor.track, sample };
        from = cursor;
      }
      if (!next || !from) break;
      from.index += 1;
      batch.push(next);
      bytes += next.sample.size;
    }
    return batch;
  }
}

interface Cursor {
  readonly track: Track;
  /** Of the next sample. */
  index: number;
}

interface Placed {
  readonly track: Track;
  readonly sample: Sample;
}

/** Pictures say where playing can start; sound can anywhere. */
function startBefore(tracks: readonly Track[], timeMs: number): number {
  const lead = tracks.find(({ codec }) => !isAudio(codec)) ?? tracks[0];
  const index = lead?.syncBefore(timeMs) ?? 0;
  return index === 0 ? 0 : (lead?.at(index)?.decodeMs ?? 0);
}

/** The bytes of samples; those that are beside each other in the file are read together. */
async function readSamples(
  file: FileHandle,
  batch: readonly Placed[],
): Promise<ReadonlyMap<Sample, Uint8Array>> {
  const data = new Map<Sample, Uint8Array>();
  const samples = batch.map(({ sample }) => sample);
  samples.sort((one, other) => one.position - other.position);
  let run: Sample[] = [];
  for (const sample of samples) {
    if (run.length > 0 && sample.position !== endOf(run)) {
      await readRun(file, run, data);
      run = [];
    }
    run.push(sample);
  }
  await readRun(file, run, data);
  return data;
}

async function readRun(
  file: FileHandle,
  run: readonly Sample[],
  data: Map<Sample, Uint8Array>,
): Promise<void> {
  const start = run[0]?.position ?? 0;
  const length = endOf(run) - start;
  const bytes = new Uint8Array(length);
  const { bytesRead } = length === 0 ? { bytesRead: 0 } : await file.read(bytes, 0, length, start);
  for (const sample of run) {
    const from = sample.position - start;
    if (from + sample.size <= bytesRead) data.set(sample, bytes.subarray(from, from + sample.size));
  }
}

function endOf(run: readonly Sample[]): number {
  const last = run.at(-1);
  return last ? last.position + last.size : 0;
}

/** A second of 1 Mbit/s: what a player holds of a file. */
const READ_BYTES = 131_072;
/** Where samples are tiny. */
const MAX_BATCH = 1_024;
