import { decodeAmf0 } from "../amf/amf0-decode.ts";
import { type AmfObject, type AmfValue, isAmfObject } from "../amf/value.ts";
import { MalformedError } from "../errors.ts";

/** A place in an FLV file where playing can start. */
export interface SeekPoint {
  readonly timeMs: number;
  /** Of the tag, in bytes from the start of the file. */
  readonly position: number;
}

/** Where in an FLV file playing can start, by time. */
export class KeyframeIndex {
  readonly #times: number[] = [];
  readonly #positions: number[] = [];

  get size(): number {
    return this.#times.length;
  }

  at(index: number): SeekPoint | undefined {
    const timeMs = this.#times[index];
    const position = this.#positions[index];
    return timeMs === undefined || position === undefined ? undefined : { timeMs, position };
  }

  /**
   * Adds a point behind the others. One that is not later than the last is left out, and so is what
   * exceeds MAX_SEEK_POINTS.
   */
  add({ timeMs, position }: SeekPoint): void {
    const last = this.at(this.size - 1);
    const isLater = !last || (timeMs > last.timeMs && position > last.position);
    if (!isLater || this.size >= MAX_SEEK_POINTS) return;
    this.#times.push(timeMs);
    this.#positions.push(position);
  }

  /** The last point that is not after `timeMs`; the first if all are. */
  before(timeMs: number): SeekPoint | undefined {
    let low = 0;
    let high = this.size - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#times[middle] ?? 0) <= timeMs) low = middle;
      else high = middle - 1;
    }
    return this.at(low);
  }

  *[Symbol.iterator](): Generator<SeekPoint> {
    for (let index = 0; index < this.size; index += 1) {
      const point = this.at(index);
      if (point) yield point;
    }
  }
}

/**
 * The `keyframes` that tools write into onMetaData: `{times: seconds[], filepositions: bytes[]}`.
 * Undefined if there are none, or none that could be. `payload` is that of a data tag.
 */
export function readKeyframes(payload: Uint8Array): KeyframeIndex | undefined {
  const keyframes = readMetadata(payload)?.keyframes;
  if (!isAmfObject(keyframes)) return undefined;
  const { times, filepositions } = keyframes;
  if (!Array.isArray(times) || !Array.isArray(filepositions)) return undefined;
  const index = new KeyframeIndex();
  for (const [at, time] of times.entries()) {
    const position = filepositions[at];
    if (!isCount(time) || !isCount(position)) return undefined;
    index.add({ timeMs: Math.round(time * 1_000), position });
  }
  return index.size === 0 || index.size < times.length - 1 ? undefined : index;
}

/** The properties in an `onMetaData` tag; undefined if it is none, or cannot be read. */
export function readMetadata(payload: Uint8Array): AmfObject | undefined {
  try {
    const [name, values] = decodeAmf0(payload, { allowMissingEnd: true });
    return name === "onMetaData" && isAmfObject(values) ? values : undefined;
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

function isCount(value: AmfValue): value is number {
  return typeof value === "number" && value >= 0 && Number.isFinite(value);
}

/** A keyframe a second for three days; 4 MB. Later ones are reached through the last of them. */
const MAX_SEEK_POINTS = 262_144;
