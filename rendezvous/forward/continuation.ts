import type { MediaKind, MediaMessage } from "../../protocol/tc/media.ts";

/** What becomes of a message: where it belongs on the stream's clock, or nothing. */
export type Placed = { readonly timestampMs: number; readonly afterGap: boolean } | undefined;

/**
 * Makes one stream of what comes over several connections, one after another: timestamps go on where
 * they were, whether the far end's clock is still the same or has started anew; and what a far end
 * repeats so that we can start decoding is left out where we had it already.
 */
export class Continuation {
  /** What to add to the far end's timestamps, modulo 2^32. */
  #shift = 0;
  /** The latest of each kind, on the stream's clock. */
  readonly #latest: { audio: number | undefined; video: number | undefined } = {
    audio: undefined,
    video: undefined,
  };
  #latestAt = 0;
  #keyframe: { readonly timestampMs: number; readonly payload: Uint8Array } | undefined;
  /** Not yet known how this connection continues what was before. */
  #rejoinsAt: number | undefined;
  /** What comes may have come before. */
  readonly #repeats = { audio: false, video: false };

  /** A new connection: what comes from now on may be of another clock. */
  rejoin(now: number): void {
    this.#setRepeats(false);
    if (this.#end() !== undefined) this.#rejoinsAt = now;
  }

  place({ kind, message }: MediaMessage, now: number): Placed {
    const isSound = kind === "audio";
    const isPicture = kind === "keyframe" || kind === "inter";
    if (!isSound && !isPicture) return this.#placeOther(message.timestampMs);
    let afterGap = false;
    if (this.#rejoinsAt !== undefined) {
      if (!this.#canDecide(kind, now)) return undefined;
      afterGap = !this.#decide(kind, message.timestampMs, message.payload, now);
    }
    const timestampMs = (message.timestampMs + this.#shift) >>> 0;
    const track = isSound ? "audio" : "video";
    const latest = this.#latest[track];
    if (this.#repeats[track] && latest !== undefined && !isAfter(timestampMs, latest)) {
      return undefined;
    }
    this.#repeats[track] = false;
    this.#latest[track] = timestampMs;
    this.#latestAt = now;
    if (kind === "keyframe") this.#keyframe = { timestampMs, payload: message.payload };
    return { timestampMs, afterGap };
  }

  /** Descriptions and headers are never left out. */
  #placeOther(timestampMs: number): Placed {
    const end = this.#end();
    const shifted = (timestampMs + this.#shift) >>> 0;
    const isUnknown = this.#rejoinsAt !== undefined && end !== undefined;
    return { timestampMs: isUnknown ? end : shifted, afterGap: false };
  }

  /** Where there are pictures, a keyframe decides; unless none comes. */
  #canDecide(kind: MediaKind, now: number): boolean {
    if (kind === "keyframe" || this.#latest.video === undefined) return true;
    return now - (this.#rejoinsAt ?? now) > DECISION_MS;
  }

  /** Answers whether nothing is missing. */
  #decide(kind: MediaKind, timestampMs: number, payload: Uint8Array, now: number): boolean {
    this.#rejoinsAt = undefined;
    const end = this.#end() ?? 0;
    const elapsedMs = now - this.#latestAt;
    if (kind === "keyframe" && this.#wasHere(timestampMs, payload)) {
      this.#setRepeats(true);
      return true;
    }
    const ahead = (timestampMs + this.#shift - end) | 0;
    const isSameClock = ahead > 0 && ahead <= elapsedMs + MAX_DRIFT_MS;
    if (!isSameClock) {
      this.#shift = (end + Math.max(1, Math.round(elapsedMs)) - timestampMs) >>> 0;
    }
    return false;
  }

  #wasHere(timestampMs: number, payload: Uint8Array): boolean {
    const keyframe = this.#keyframe;
    if (!keyframe || (timestampMs + this.#shift) >>> 0 !== keyframe.timestampMs) return false;
    return isSame(keyframe.payload, payload);
  }

  #setRepeats(isRepeated: boolean): void {
    this.#repeats.audio = isRepeated;
    this.#repeats.video = isRepeated;
  }

  #end(): number | undefined {
    const { audio, video } = this.#latest;
    if (audio === undefined || video === undefined) return audio ?? video;
    return isAfter(audio, video) ? audio : video;
  }
}

/** Timestamps are modulo 2^32. */
function isAfter(one: number, other: number): boolean {
  return ((one - other) | 0) > 0;
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

/** Without a keyframe for so long, the stream has no pictures any more. */
const DECISION_MS = 10_000;
/** A far end's buffers, and an encoder that goes on a little late. */
const MAX_DRIFT_MS = 30_000;
