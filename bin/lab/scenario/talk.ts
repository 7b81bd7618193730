/** What one peer tells another, as far as it got. */
export class Talk {
  readonly from: string;
  readonly to: string;
  readonly #arrivals = new Map<number, number>();
  #sent = 0;
  #lastAt: number | undefined;
  #longestGapMs = 0;

  constructor(from: string, to: string) {
    this.from = from;
    this.to = to;
  }

  /** The number of the next message. */
  next(): number {
    this.#sent += 1;
    return this.#sent;
  }

  arrived(number: number, now: number): void {
    this.#arrivals.set(number, (this.#arrivals.get(number) ?? 0) + 1);
    if (this.#lastAt !== undefined) {
      this.#longestGapMs = Math.max(this.#longestGapMs, now - this.#lastAt);
    }
    this.#lastAt = now;
  }

  /** `gapMs`: the longest time between two that arrived. */
  get summary(): TalkSummary {
    const repeated = [...this.#arrivals.values()].filter((times) => times > 1).length;
    const { from, to } = this;
    const arrived = this.#arrivals.size;
    return { from, to, sent: this.#sent, arrived, repeated, gapMs: Math.round(this.#longestGapMs) };
  }
}

export interface TalkSummary {
  readonly from: string;
  readonly to: string;
  readonly sent: number;
  readonly arrived: number;
  /** Of those that arrived, how many did so more than once. */
  readonly repeated: number;
  readonly gapMs: number;
}
