import { Reader } from "../bytes/reader.ts";
import { readU64 } from "./box.ts";

/** Which part of a track is shown, and when: what an edit list comes to. */
export interface Edit {
  /** How long nothing is shown before it, in units of the movie's clock. */
  readonly delay: number;
  /** Where in the track it starts, in units of the track's clock. */
  readonly mediaTime: number;
  /** How much of it, in units of the movie's clock; Infinity: all. */
  readonly duration: number;
}

/** Without an edit list. */
export const NO_EDIT: Edit = { delay: 0, mediaTime: 0, duration: Number.POSITIVE_INFINITY };

/**
 * ISO 14496-12 §8.6.6: `version:u8 flags:u24 count:u32 (duration mediaTime:s rate:16.16)*`, of 32 bits
 * each in version 0, of 64 in version 1. Empty edits in front are a delay. Of several others all from
 * the first on is shown, without the cuts. Throws MalformedError.
 */
export function readEditList(elst: Uint8Array): Edit {
  const reader = new Reader(elst);
  const isLarge = reader.u8() === 1;
  reader.skip(3);
  let delay = 0;
  let shown: Edit | undefined;
  for (let left = reader.u32(); left > 0; left -= 1) {
    const duration = isLarge ? readU64(reader) : reader.u32();
    const mediaTime = isLarge ? readS64(reader) : reader.u32() | 0;
    reader.skip(4);
    if (shown && mediaTime >= 0) return { ...shown, duration: Number.POSITIVE_INFINITY };
    if (shown) continue;
    if (mediaTime < 0) delay += duration;
    else shown = { delay, mediaTime, duration: duration || Number.POSITIVE_INFINITY };
  }
  return shown ?? NO_EDIT;
}

/** Beyond 2^53 about right, which is as wrong as it was. */
function readS64(reader: Reader): number {
  return (reader.u32() | 0) * 0x1_0000_0000 + reader.u32();
}
