import { MalformedError } from "../errors.ts";
import type { Edit } from "./edit.ts";
import { type Codec, isAudio } from "./sample-entry.ts";
import type { RawSamples } from "./sample-table.ts";

/** One coded picture, or what of sound is coded together. */
export interface Sample {
  /** In bytes from the start of the file. */
  readonly position: number;
  readonly size: number;
  readonly decodeMs: number;
  /** Presentation minus decoding time. */
  readonly compositionMs: number;
  readonly isSync: boolean;
}

/** What a track's clock and edit list make of its samples. */
export interface TrackClock {
  /** Units in a second, of the track and of the movie. */
  readonly timescale: number;
  readonly movieTimescale: number;
  readonly edit: Edit;
  /** How much of sound is kept that comes before what is shown. */
  readonly prerollMs: number;
}

/** The samples of a track that are shown, on the clock of the movie. */
export class Track {
  readonly codec: Codec;
  readonly #samples: RawSamples;
  readonly #clock: TrackClock;
  readonly #first: number;
  readonly #end: number;
  /** What to add to times of decoding so that none is after its presentation, in units. */
  readonly #reorder: number;
  #shiftMs = 0;

  /** Throws MalformedError if it does not fit into the time that FLV has. */
  constructor(codec: Codec, samples: RawSamples, clock: TrackClock) {
    this.codec = codec;
    this.#samples = samples;
    this.#clock = clock;
    this.#reorder = least(samples.compositionOffsets);
    this.#first = isAudio(codec) ? this.#firstSound() : this.#firstPicture();
    this.#end = this.#endOfEdit();
    if (this.count > 0 && Math.abs(this.#decodeMs(this.count - 1)) > MAX_TIME_MS) {
      throw new MalformedError("a track that lasts longer than its timestamps");
    }
  }

  get count(): number {
    return Math.max(0, this.#end - this.#first);
  }

  /** When the first sample is decoded, ms: negative if it is shown at 0 and others are decoded before. */
  get startMs(): number {
    return this.count > 0 ? this.#decodeMs(0) : 0;
  }

  /** When the last sample is decoded, ms. */
  get endMs(): number {
    return this.count > 0 ? this.#decodeMs(this.count - 1) : 0;
  }

  /** All happens so much later. */
  set shiftMs(ms: number) {
    this.#shiftMs = ms;
  }

  /** The samples count from 0. */
  at(index: number): Sample | undefined {
    const sample = this.#first + index;
    if (index < 0 || sample >= this.#end) return undefined;
    const { positions, sizes, compositionOffsets } = this.#samples;
    const decodeMs = this.#decodeMs(index);
    const offset = (compositionOffsets[sample] ?? 0) - this.#reorder;
    return {
      position: positions[sample] ?? 0,
      size: sizes[sample] ?? 0,
      decodeMs,
      compositionMs: this.#toMs(this.#decodeTime(sample) + offset) - decodeMs,
      isSync: this.#isSync(sample),
    };
  }

  /** The last sample not decoded after `timeMs` with which decoding can start; else the first one. */
  syncBefore(timeMs: number): number {
    const before = this.#lowest((index) => this.#decodeMs(index) > timeMs) - 1;
    return Math.max(0, this.#syncBefore(this.#first + before) - this.#first);
  }

  /** The first sample decoded at `timeMs` or later; `count` if there is none. */
  firstFrom(timeMs: number): number {
    return this.#lowest((index) => this.#decodeMs(index) >= timeMs);
  }

  #decodeMs(index: number): number {
    return this.#toMs(this.#decodeTime(this.#first + index));
  }

  /** From where on the movie counts, in units of the track. */
  #decodeTime(sample: number): number {
    const { timescale, movieTimescale, edit } = this.#clock;
    const delay = (edit.delay * timescale) / movieTimescale - edit.mediaTime;
    return (this.#samples.decodeTimes[sample] ?? 0) + this.#reorder + delay;
  }

  #toMs(units: number): number {
    return nearest((units * 1_000) / this.#clock.timescale) + this.#shiftMs;
  }

  #isSync(sample: number): boolean {
    return this.#syncBefore(sample) === sample;
  }

  /** Counts from the first in the table; -1 if there is none. */
  #syncBefore(sample: number): number {
    const { syncs } = this.#samples;
    if (!syncs) return sample;
    const after = lowest(0, syncs.length, (at) => (syncs[at] ?? 0) > sample);
    return syncs[after - 1] ?? -1;
  }

  #lowest(isSo: (index: number) => boolean): number {
    return lowest(0, this.count, isSo);
  }

  /** Decoding starts at or before what is shown first. */
  #firstPicture(): number {
    const { mediaTime } = this.#clock.edit;
    const { decodeTimes, compositionOffsets, syncs } = this.#samples;
    const shownAt = (sample: number): number =>
      (decodeTimes[sample] ?? 0) + (compositionOffsets[sample] ?? 0);
    if (!syncs)
      return Math.max(0, lowest(0, decodeTimes.length, (at) => shownAt(at) > mediaTime) - 1);
    const after = lowest(0, syncs.length, (at) => shownAt(syncs[at] ?? 0) > mediaTime);
    return syncs[after - 1] ?? syncs[0] ?? 0;
  }

  #firstSound(): number {
    const { edit, timescale, prerollMs } = this.#clock;
    const { decodeTimes } = this.#samples;
    const from = edit.mediaTime - (timescale * prerollMs) / 1_000;
    return lowest(0, decodeTimes.length, (sample) => (decodeTimes[sample] ?? 0) >= from);
  }

  /** Behind the last sample that is shown, one unit of the movie's clock for what was rounded. */
  #endOfEdit(): number {
    const { edit, timescale, movieTimescale } = this.#clock;
    const { decodeTimes, compositionOffsets } = this.#samples;
    const endTime = edit.mediaTime + ((edit.duration + 1) * timescale) / movieTimescale;
    let end = decodeTimes.length;
    const isAfter = (sample: number): boolean =>
      (decodeTimes[sample] ?? 0) + (compositionOffsets[sample] ?? 0) >= endTime;
    while (end > this.#first && isAfter(end - 1)) end -= 1;
    return end;
  }
}

/** Not above 0. */
function least(values: Int32Array): number {
  let low = 0;
  for (const value of values) if (value < low) low = value;
  return low;
}

/** The lowest number for which it is so, if it is so for all above; `end` if for none. */
function lowest(start: number, end: number, isSo: (value: number) => boolean): number {
  let [low, high] = [start, end];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isSo(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Halves go away from 0, as other programs have it. */
function nearest(value: number): number {
  return Math.sign(value) * Math.round(Math.abs(value)) || 0;
}

/** 24 days: beyond it a timestamp of FLV is a negative one for many programs. */
const MAX_TIME_MS = 0x7fff_ffff;
