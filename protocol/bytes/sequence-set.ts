/** Numbers from `from` through `to`, both included. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * A set of sequence numbers that always holds 0: everything up to `cumulative`, and the ranges
 * beyond it, ascending and apart. At most `limit` ranges: a number that would need one more is
 * refused, so a far end cannot make the set grow by leaving gaps.
 */
export class SequenceSet {
  #cumulative = 0;
  readonly #ranges: { from: number; to: number }[] = [];
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The highest number of the contiguous run that starts at 0. */
  get cumulative(): number {
    return this.#cumulative;
  }

  get highest(): number {
    return this.#ranges.at(-1)?.to ?? this.#cumulative;
  }

  get hasGaps(): boolean {
    return this.#ranges.length > 0;
  }

  get ranges(): readonly Range[] {
    return this.#ranges;
  }

  has(number: number): boolean {
    if (number <= this.#cumulative) return true;
    const range = this.#ranges[this.#indexOf(number)];
    return range !== undefined && range.from <= number;
  }

  /** Adds one number. Answers false if the set has no room for another range. */
  add(number: number): boolean {
    if (number === this.#cumulative + 1) {
      this.addThrough(number);
      return true;
    }
    if (number <= this.#cumulative) return true;
    const index = this.#indexOf(number);
    const next = this.#ranges[index];
    if (next && next.from <= number) return true;
    const previous = this.#ranges[index - 1];
    if (previous && previous.to + 1 === number) {
      previous.to = number;
      if (next && next.from === number + 1) {
        previous.to = next.to;
        this.#ranges.splice(index, 1);
      }
      return true;
    }
    if (next && next.from === number + 1) {
      next.from = number;
      return true;
    }
    if (this.#ranges.length >= this.#limit) return false;
    this.#ranges.splice(index, 0, { from: number, to: number });
    return true;
  }

  /** Adds everything from 0 through `number`. */
  addThrough(number: number): void {
    if (number <= this.#cumulative) return;
    this.#cumulative = number;
    let absorbed = 0;
    for (const range of this.#ranges) {
      if (range.from > this.#cumulative + 1) break;
      this.#cumulative = Math.max(this.#cumulative, range.to);
      absorbed += 1;
    }
    if (absorbed > 0) this.#ranges.splice(0, absorbed);
  }

  /** Takes out all beyond `cumulative`. */
  clearRanges(): void {
    this.#ranges.length = 0;
  }

  /** Index of the first range that ends at or after `number`. */
  #indexOf(number: number): number {
    let low = 0;
    let high = this.#ranges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const range = this.#ranges[middle];
      if (range && range.to < number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
