/** How many there are of each key. */
export class Tally {
  /** BOUNDED: by what is counted. */
  readonly #counts = new Map<string, number>();

  /** Keys of which there are any. */
  get size(): number {
    return this.#counts.size;
  }

  of(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  add(key: string, count = 1): void {
    this.#counts.set(key, this.of(key) + count);
  }

  remove(key: string, count = 1): void {
    const left = this.of(key) - count;
    if (left > 0) this.#counts.set(key, left);
    else this.#counts.delete(key);
  }
}
