import { invariant } from "../errors.ts";

/** What can have a point in time, in one schedule at a time. */
export interface Scheduled {
  /** The schedule's note: its place there; undefined: it has none. */
  scheduledIndex: number | undefined;
}

/**
 * Many items, each with one point in time: a binary heap. Rescheduling an item to a later time is
 * lazy (it stays where it is until that time comes), because a session moves its timeout with
 * every packet, always forward. For the same reason it notes on the item itself where it is.
 */
export class Schedule<Item extends Scheduled> {
  readonly #heap: Entry<Item>[] = [];

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
    const index = item.scheduledIndex;
    const entry = index === undefined ? undefined : this.#heap[index];
    if (index === undefined || entry === undefined) {
      if (at < Number.POSITIVE_INFINITY) this.#insert({ item, at, wanted: at });
    } else if (at === Number.POSITIVE_INFINITY) {
      this.#drop(index);
    } else {
      entry.wanted = at;
      if (at < entry.at) {
        entry.at = at;
        this.#up(entry, index);
      }
    }
  }

  /** Takes off and answers one item whose time has come. */
  takeDue(now: number): Item | undefined {
    for (let first = this.#heap[0]; first && first.at <= now; first = this.#heap[0]) {
      if (first.wanted <= now) {
        this.#drop(0);
        return first.item;
      }
      first.at = first.wanted;
      this.#down(first, 0);
    }
    return undefined;
  }

  #insert(entry: Entry<Item>): void {
    this.#up(entry, this.#heap.push(entry) - 1);
  }

  /** The last takes its place. */
  #drop(index: number): void {
    const dropped = this.#heap[index];
    if (dropped) dropped.item.scheduledIndex = undefined;
    const last = this.#heap.pop();
    if (!last || last === dropped) return;
    this.#down(last, this.#up(last, index));
  }

  /** Puts it there, or before whatever is later on the way up; answers where. */
  #up(entry: Entry<Item>, from: number): number {
    let index = from;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = this.#heap[above];
      if (!parent || parent.at <= entry.at) break;
      this.#place(parent, index);
      index = above;
    }
    this.#place(entry, index);
    return index;
  }

  /** Puts it there, or behind whatever is earlier on the way down. */
  #down(entry: Entry<Item>, from: number): void {
    let index = from;
    for (;;) {
      const below = index * 2 + 1;
      const left = this.#heap[below];
      const right = this.#heap[below + 1];
      const isRight = left !== undefined && right !== undefined && right.at < left.at;
      const child = isRight ? right : left;
      if (!child || child.at >= entry.at) break;
      this.#place(child, index);
      index = isRight ? below + 1 : below;
    }
    this.#place(entry, index);
  }

  #place(entry: Entry<Item>, index: number): void {
    entry.item.scheduledIndex = index;
    this.#heap[index] = entry;
  }
}

interface Entry<Item> {
  readonly item: Item;
  /** Its place in the heap goes by this. */
  at: number;
  /** When it is really due, not before `at`. */
  wanted: number;
}
