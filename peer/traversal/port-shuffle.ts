import type { PortRange } from "./strategy.ts";

/** The ports of a range in random order, each once, drawn one by one (Fisher and Yates, as needed). */
export class PortShuffle {
  readonly #range: PortRange;
  readonly #random: (limit: number) => number;
  /** Places whose port was drawn, and the port that stands there instead. BOUNDED: by the draws. */
  readonly #moved = new Map<number, number>();
  #drawn = 0;

  /** `random`: a whole number from 0 up to, not including, its argument. */
  constructor(range: PortRange, random: (limit: number) => number) {
    this.#range = range;
    this.#random = random;
  }

  /** Undefined once all were drawn. */
  next(): number | undefined {
    const left = this.#range.size - this.#drawn;
    if (left <= 0) return undefined;
    this.#drawn += 1;
    const last = left - 1;
    const place = this.#random(left);
    const offset = this.#moved.get(place) ?? place;
    this.#moved.set(place, this.#moved.get(last) ?? last);
    return this.#range.base + offset;
  }
}
