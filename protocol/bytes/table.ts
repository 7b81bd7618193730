/**
 * A Map whose values come and go while it stays. V8 gives a Map a new table every few dozen deletions; the
 * table of an old Map is old as well, and one that was given up keeps all that it held until the whole heap
 * is collected. What lives shortly must not live on there: here a table holds boxes, and they are emptied.
 */
export class Table<Key extends number | string, Value> {
  readonly #boxes = new Map<Key, Box<Value>>();

  get size(): number {
    return this.#boxes.size;
  }

  has(key: Key): boolean {
    return this.#boxes.has(key);
  }

  get(key: Key): Value | undefined {
    return this.#boxes.get(key)?.value;
  }

  set(key: Key, value: Value): this {
    const box = this.#boxes.get(key);
    if (box) box.value = value;
    else this.#boxes.set(key, { value });
    return this;
  }

  /** Answers whether there was anything. */
  delete(key: Key): boolean {
    const box = this.#boxes.get(key);
    if (box) box.value = undefined;
    return this.#boxes.delete(key);
  }

  /** In the order in which their keys came. What is deleted meanwhile does not come any more. */
  *[Symbol.iterator](): Generator<Value, void, undefined> {
    for (const { value } of this.#boxes.values()) if (value !== undefined) yield value;
  }
}

interface Box<Value> {
  value: Value | undefined;
}
