import { invariant } from "../errors.ts";

/**
 * Many items, each with one point in time: a binary heap. Rescheduling an item to a later time is
 * lazy (it stays where it is until that time comes), because a session moves its timeout with
 * every packet, always forward.
 */
export class Schedule<Item extends object> {
  readonly #heap: Entry<Item>[] = [];
  readonly #entries = new Map<Item, Entry<Item>>();

  /** Items that have a time. */
  get size(): number {
    return this.#heap.length;
  }

  /** Not later than the earliest item's time; Infinity if there is none. */
  get earliest(): number {
    return this.#heap[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  /** `Infinity` takes the item off. */
  set(item: Item, at: number): void {
    invariant(!Number.isNaN(at), "what is scheduled has a time");
    const entry = this.#entries.get(item);
    if (at === Number.POSITIVE_INFINITY) {
      if (entry) this.#drop(entry);
    } else if (!entry) {
      this.#insert({ item, at, wanted: at, index: this.#heap.length });
    } else {
      entry.wanted = at;
      if (at < entry.at) {
        entry.at = at;
        this.#up(entry);
      }
    }
  }

  /** Takes off and answers one item whose time has come. */
  takeDue(now: number): Item | undefined {
    for (let first = this.#heap[0]; first && first.at <= now; first = this.#heap[0]) {
      if (first.wanted <= now) {
        this.#drop(first);
        return first.item;
      }
      first.at = first.wanted;
      this.#down(first);
    }
    return undefined;
  }

  #insert(entry: Entry<Item>): void {
    this.#entries.set(entry.item, entry);
    this.#heap.push(entry);
    this.#up(entry);
  }

  #drop(entry: Entry<Item>): void {
    this.#entries.delete(entry.item);
    const last = this.#heap.pop();
    if (!last || last === entry) return;
    this.#place(last, entry.index);
    this.#up(last);
    this.#down(last);
  }

  #up(entry: Entry<Item>): void {
    while (entry.index > 0) {
      const parent = this.#heap[(entry.index - 1) >> 1];
      if (!parent || parent.at <= entry.at) return;
      this.#swap(parent, entry);
    }
  }

  #down(entry: Entry<Item>): void {
    for (;;) {
      const left = this.#heap[entry.index * 2 + 1];
      const right = this.#heap[entry.index * 2 + 2];
      const child = left && right && right.at < left.at ? right : left;
      if (!child || child.at >= entry.at) return;
      this.#swap(entry, child);
    }
  }

  #swap(one: Entry<Item>, other: Entry<Item>): void {
    const index = one.index;
    this.#place(one, other.index);
    this.#place(other, index);
  }

  #place(entry: Entry<Item>, index: number): void {
    entry.index = index;
    this.#heap[index] = entry;
  }
}

interface Entry<Item> {
  readonly item: Item;
  /** Its place in the heap goes by this. */
  at: number;
  /** When it is really due, not before `at`. */
  wanted: number;
  index: number;
}
