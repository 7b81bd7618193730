import { Reader } from "../bytes/reader.ts";
import { MalformedError } from "../errors.ts";
import { bodyAt, readU64, requiredAt } from "./box.ts";
import { MAX_HEAD_BYTES } from "./sample-entry.ts";

/** The samples of a track as its `stbl` lists them, in units of the track's clock. */
export interface RawSamples {
  /** In bytes from the start of the file. */
  readonly positions: Float64Array;
  readonly sizes: Uint32Array;
  readonly decodeTimes: Float64Array;
  /** What to add for the time of presentation. */
  readonly compositionOffsets: Int32Array;
  /** Samples at which decoding can start, in their order; undefined: all. */
  readonly syncs: Uint32Array | undefined;
}

/**
 * ISO 14496-12 §8.5 to §8.7: `stsz`, `stsc` with `stco` or `co64`, `stts`, `ctts`, `stss`. Throws
 * MalformedError, also for more than `maxSamples`.
 */
export function readSampleTable(stbl: Uint8Array, maxSamples: number): RawSamples {
  const sizes = readSizes(requiredAt(stbl, "stsz"), maxSamples);
  return {
    sizes,
    positions: readPositions(stbl, sizes),
    decodeTimes: readDecodeTimes(requiredAt(stbl, "stts"), sizes.length),
    compositionOffsets: readCompositionOffsets(bodyAt(stbl, "ctts"), sizes.length),
    syncs: readSyncs(bodyAt(stbl, "stss"), sizes.length),
  };
}

/** §8.7.3: `version flags sampleSize:u32 count:u32 size:u32*`. */
function readSizes(stsz: Uint8Array, maxSamples: number): Uint32Array {
  const reader = afterFlags(stsz);
  const common = reader.u32();
  const count = reader.u32();
  if (count > maxSamples) throw new MalformedError(`${count} samples are too many`);
  if (common === 0 && reader.remaining < count * 4) {
    throw new MalformedError("fewer sample sizes than samples");
  }
  const sizes = common === 0 ? readU32s(reader, count) : new Uint32Array(count).fill(common);
  for (const size of sizes) {
    if (size > MAX_SAMPLE_BYTES) throw new MalformedError(`a sample of ${size} bytes`);
  }
  return sizes;
}

/** §8.7.4: `version flags count:u32 (firstChunk:u32 samplesPerChunk:u32 description:u32)*`. */
function readPositions(stbl: Uint8Array, sizes: Uint32Array): Float64Array {
  const runs = afterFlags(requiredAt(stbl, "stsc"));
  const chunks = chunkPositions(stbl);
  const positions = new Float64Array(sizes.length);
  let runsLeft = runs.u32();
  let [nextFirst, nextPerChunk] = runsLeft > 0 ? [runs.u32(), runs.u32()] : [0, 0];
  let perChunk = 0;
  let chunk = 0;
  let sample = 0;
  for (let position = chunks(); position !== undefined; position = chunks()) {
    chunk += 1;
    if (runsLeft > 0 && chunk === nextFirst) {
      perChunk = nextPerChunk;
      runs.skip(4);
      runsLeft -= 1;
      if (runsLeft > 0) [nextFirst, nextPerChunk] = [runs.u32(), runs.u32()];
    }
    const end = Math.min(sample + perChunk, sizes.length);
    for (; sample < end; sample += 1) {
      positions[sample] = position;
      position += sizes[sample] ?? 0;
    }
  }
  if (sample < sizes.length) throw new MalformedError("samples that are in no chunk");
  return positions;
}

/** §8.7.5: `version flags count:u32 position*`, of 32 bits in `stco`, of 64 in `co64`. */
function chunkPositions(stbl: Uint8Array): () => number | undefined {
  const small = bodyAt(stbl, "stco");
  const reader = afterFlags(small ?? requiredAt(stbl, "co64"));
  let left = reader.u32();
  return () => {
    if (left === 0) return undefined;
    left -= 1;
    return small ? reader.u32() : readU64(reader);
  };
}

/** §8.6.1.2: `version flags count:u32 (samples:u32 delta:u32)*`. Some lists are a little short. */
function readDecodeTimes(stts: Uint8Array, count: number): Float64Array {
  const times = new Float64Array(count);
  let [time, sample, delta] = [0, 0, 0];
  forRuns(stts, (samples, value) => {
    delta = value;
    for (const end = Math.min(sample + samples, count); sample < end; sample += 1) {
      times[sample] = time;
      time += delta;
    }
  });
  for (; sample < count; sample += 1) {
    times[sample] = time;
    time += delta;
  }
  return times;
}

/** §8.6.1.3: `version flags count:u32 (samples:u32 offset:s32)*`; writers of version 0 sign it, too. */
function readCompositionOffsets(ctts: Uint8Array | undefined, count: number): Int32Array {
  const offsets = new Int32Array(count);
  let sample = 0;
  if (!ctts) return offsets;
  forRuns(ctts, (samples, offset) => {
    const end = Math.min(sample + samples, count);
    offsets.fill(offset | 0, sample, end);
    sample = end;
  });
  return offsets;
}

/** §8.6.2: `version flags count:u32 sample:u32*`, counted from 1. */
function readSyncs(stss: Uint8Array | undefined, count: number): Uint32Array | undefined {
  if (!stss) return undefined;
  const reader = afterFlags(stss);
  const listed = reader.u32();
  if (reader.remaining < listed * 4) throw new MalformedError("fewer sync samples than it says");
  const numbers = readU32s(reader, listed);
  let last = 0;
  for (const number of numbers) {
    if (number <= last || number > count) throw new MalformedError("sync samples out of order");
    last = number;
  }
  return numbers.map((number) => number - 1);
}

function readU32s(reader: Reader, count: number): Uint32Array {
  const values = new Uint32Array(count);
  for (let index = 0; index < count; index += 1) values[index] = reader.u32();
  return values;
}

function forRuns(table: Uint8Array, act: (samples: number, value: number) => void): void {
  const reader = afterFlags(table);
  for (let runs = reader.u32(); runs > 0; runs -= 1) act(reader.u32(), reader.u32());
}

/** Behind the version and the flags of a full box, §4.2. */
function afterFlags(body: Uint8Array): Reader {
  const reader = new Reader(body);
  reader.skip(4);
  return reader;
}

/** With what stands before it, a message of RTMP and a tag of FLV hold no more. */
const MAX_SAMPLE_BYTES = 0xff_ffff - MAX_HEAD_BYTES;
