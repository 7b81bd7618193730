/** A set out of which one can be chosen at random: everything in constant time. */
export class Pool<Item extends object> {
  readonly #items: Item[] = [];
  readonly #indices = new Map<Item, number>();

  get size(): number {
    return this.#items.length;
  }

  add(item: Item): void {
    if (this.#indices.has(item)) return;
    this.#indices.set(item, this.#items.length);
    this.#items.push(item);
  }

  delete(item: Item): void {
    const index = this.#indices.get(item);
    const last = this.#items.at(-1);
    if (index === undefined || last === undefined) return;
    this.#items[index] = last;
    this.#indices.set(last, index);
    this.#items.pop();
    this.#indices.delete(item);
  }

  /** An item that fits: the first from a place that `below(size)` chooses, going round. */
  find(fits: (item: Item) => boolean, below: (limit: number) => number): Item | undefined {
    const { length } = this.#items;
    const start = length === 0 ? 0 : below(length);
    for (let step = 0; step < length; step += 1) {
      const item = this.#items[(start + step) % length];
      if (item && fits(item)) return item;
    }
    return undefined;
  }
}
