/** A double-ended queue in one array: push, shift and indexing in constant time. */
export class Ring<Item> {
  /** Empty until the first push: a session has a dozen rings, and most never hold anything. */
  #items: (Item | undefined)[] = [];
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The item `index` places behind the head. */
  at(index: number): Item | undefined {
    if (index < 0 || index >= this.#length) return undefined;
    return this.#items[(this.#head + index) & (this.#items.length - 1)];
  }

  push(item: Item): void {
    if (this.#length === this.#items.length) this.#grow();
    this.#items[(this.#head + this.#length) & (this.#items.length - 1)] = item;
    this.#length += 1;
  }

  shift(): Item | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#items.length - 1);
    this.#length -= 1;
    return item;
  }

  clear(): void {
    this.#items = [];
    this.#head = 0;
    this.#length = 0;
  }

  #grow(): void {
    const grown: (Item | undefined)[] = new Array(this.#items.length * 2 || FIRST_ROOM);
    for (let index = 0; index < this.#length; index += 1) grown[index] = this.at(index);
    this.#items = grown;
    this.#head = 0;
  }
}

/** A power of two, as every later size. */
const FIRST_ROOM = 8;
