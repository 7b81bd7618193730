/** Bytes that the caches of several live streams may hold together. */
export class CacheBudget {
  readonly #limit: number;
  #used = 0;

  constructor(limit: number = MAX_CACHED_BYTES) {
    this.#limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  hasRoom(bytes: number): boolean {
    return bytes <= this.#limit - this.#used;
  }

  /** Answers false, and takes nothing, if there is no room for `bytes` more. */
  take(bytes: number): boolean {
    if (!this.hasRoom(bytes)) return false;
    this.#used += bytes;
    return true;
  }

  /** Takes `bytes` in any case: the little without which the rest makes no sense. */
  hold(bytes: number): void {
    this.#used += bytes;
  }

  free(bytes: number): void {
    this.#used -= bytes;
  }
}

/**
 * 50 streams with the largest group of pictures, or 500 of 2 s at 2 Mbit/s. Beyond, those who join a
 * stream wait for its next keyframe, and the process does not run out of memory.
 */
const MAX_CACHED_BYTES = 268_435_456;
