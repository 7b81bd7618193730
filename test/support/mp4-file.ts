import { concat } from "../../protocol/bytes/concat.ts";
import { Writer } from "../../protocol/bytes/writer.ts";

/** A box of MP4 out of numbers of 32 bits, and bytes. */
export function box(type: string, ...parts: readonly (number | Uint8Array)[]): Uint8Array {
  const body = concat(
    parts.map((part) => (typeof part === "number" ? new Writer(4).u32(part >>> 0).bytes() : part)),
  );
  return new Writer(body.length + 8)
    .u32(body.length + 8)
    .utf8(type)
    .put(body)
    .bytes();
}

export function bytes(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values);
}

export interface TrackPlan {
  /** @default a picture track, H.264 */
  readonly stsd?: Uint8Array | undefined;
  readonly timescale: number;
  /** Sizes of samples. */
  readonly sizes: readonly number[];
  /** Samples, and the units between them. */
  readonly stts: readonly (readonly [samples: number, delta: number])[];
  readonly ctts?: readonly (readonly [samples: number, offset: number])[] | undefined;
  /** Counted from 1. */
  readonly stss?: readonly number[] | undefined;
  /** First chunk, samples per chunk. */
  readonly stsc: readonly (readonly [first: number, samples: number])[];
  /** Where chunks are. */
  readonly stco?: readonly number[] | undefined;
  readonly co64?: readonly number[] | undefined;
  /** Duration in units of the movie's clock, 1 000 a second, and the time in the track. */
  readonly elst?: readonly (readonly [duration: number, mediaTime: number])[] | undefined;
}

/** The body of a `moov` box with these tracks. */
export function moov(...tracks: readonly TrackPlan[]): Uint8Array {
  return concat([box("mvhd", 0, 0, 0, 1_000, 0), ...tracks.map(trak)]);
}

function trak(plan: TrackPlan): Uint8Array {
  const { stsd = H264, timescale, sizes, stts, ctts, stss, stsc, stco, co64, elst } = plan;
  const stbl = [
    stsd,
    box("stsz", 0, 0, sizes.length, ...sizes),
    box("stts", 0, stts.length, ...stts.flat()),
    box("stsc", 0, stsc.length, ...stsc.flatMap(([first, samples]) => [first, samples, 1])),
  ];
  if (ctts) stbl.push(box("ctts", 0, ctts.length, ...ctts.flat()));
  if (stss) stbl.push(box("stss", 0, stss.length, ...stss));
  if (stco) stbl.push(box("stco", 0, stco.length, ...stco));
  if (co64) {
    const halves = co64.flatMap((at) => [Math.floor(at / 0x1_0000_0000), at]);
    stbl.push(box("co64", 0, co64.length, ...halves));
  }
  const parts = [
    box("mdia", box("mdhd", 0, 0, 0, timescale, 0), box("minf", box("stbl", ...stbl))),
  ];
  const edits = elst?.flatMap(([duration, mediaTime]) => [duration, mediaTime, 0x1_0000]);
  if (edits && elst) parts.unshift(box("edts", box("elst", 0, elst.length, ...edits)));
  return box("trak", ...parts);
}

/** An `stsd` with one entry of pictures, 320 by 180. */
export function visual(type: string, configuration: Uint8Array): Uint8Array {
  const size = new Writer(4).u16(320).u16(180).bytes();
  const entry = [new Uint8Array(24), size, new Uint8Array(50), configuration];
  return box("stsd", 0, 1, box(type, ...entry));
}

/** An `stsd` with one entry of sound, stereo at 44 100 Hz; `objectType`: 0x40 is AAC. */
export function audible(objectType = 0x40, asc: readonly number[] = [0x12, 0x10]): Uint8Array {
  const specific = [5, asc.length, ...asc];
  const decoder = [4, 13 + specific.length, objectType, ...new Array(12).fill(0), ...specific];
  // Sizes may have as many as four bytes.
  const stream = [3, 0x80, 0x80, 0x80, 3 + decoder.length, 0, 1, 0, ...decoder];
  const head = new Writer(28).u32(0).u32(1).u32(0).u32(0).u16(2).u16(16).u32(0).u16(44_100).u16(0);
  return box("stsd", 0, 1, box("mp4a", head.bytes(), box("esds", 0, bytes(...stream))));
}

export const AVCC: Uint8Array = bytes(1, 0x64, 0, 0x1e, 0xff, 0xe1);
const H264: Uint8Array = visual("avc1", box("avcC", AVCC));
