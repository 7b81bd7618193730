/** So many things happen at a time; some wait for their turn, and more are refused. */
export class Gate {
  readonly #maxRunning: number;
  readonly #maxWaiting: number;
  #running = 0;
  /** BOUNDED: maxWaiting. */
  readonly #waiting: (() => void)[] = [];

  constructor(maxRunning: number, maxWaiting: number) {
    this.#maxRunning = maxRunning;
    this.#maxWaiting = maxWaiting;
  }

  /** Answers what `work` does, in its turn; undefined: refused. */
  run<Result>(work: () => Promise<Result>): Promise<Result> | undefined {
    if (this.#running < this.#maxRunning) return this.#pass(work);
    if (this.#waiting.length >= this.#maxWaiting) return undefined;
    return new Promise((resolve) => {
      this.#waiting.push(() => resolve(this.#pass(work)));
    });
  }

  async #pass<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#running += 1;
    try {
      return await work();
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }
}
