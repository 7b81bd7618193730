/** Something that happens at a time. Made by `EventQueue.event`, then scheduled any number of times. */
export interface Event {
  readonly run: () => void;
  /** Virtual time in milliseconds; means something only while the event is scheduled. */
  at: number;
  /** Counts scheduling, so that events of one instant run in the order in which they were set. */
  order: number;
  /** Place in the heap, or -1 while the event is not scheduled. */
  slot: number;
}

/**
 * A binary heap of events, earliest first, ties in the order of scheduling. Events know their place,
 * so that an alarm that is set again moves instead of leaving a dead entry behind.
 */
export class EventQueue {
  readonly #heap: Event[] = [];
  #scheduled = 0;

  /** An event that is not scheduled yet. */
  event(run: () => void): Event {
    return { run, at: 0, order: 0, slot: -1 };
  }

  /** The next event, or undefined if nothing is scheduled. */
  peek(): Event | undefined {
    return this.#heap[0];
  }

  /** Sets `event` to happen at `at`, wherever it was before, after all others of that instant. */
  schedule(event: Event, at: number): void {
    if (event.slot < 0) {
      event.slot = this.#heap.length;
      this.#heap.push(event);
    }
    event.at = at;
    event.order = this.#scheduled;
    this.#scheduled += 1;
    this.#settle(event);
  }

  /** Takes `event` out; nothing happens if it is not scheduled. */
  cancel(event: Event): void {
    if (event.slot < 0) return;
    const last = this.#heap.pop();
    if (last && last !== event) {
      last.slot = event.slot;
      this.#heap[last.slot] = last;
      this.#settle(last);
    }
    event.slot = -1;
  }

  /** Moves an event whose time changed up or down to where it belongs. */
  #settle(event: Event): void {
    this.#rise(event);
    this.#sink(event);
  }

  #rise(event: Event): void {
    while (event.slot > 0) {
      const parent = this.#heap[(event.slot - 1) >> 1];
      if (!parent || precedes(parent, event)) return;
      this.#swap(parent, event);
    }
  }

  #sink(event: Event): void {
    for (;;) {
      const left = this.#heap[2 * event.slot + 1];
      const right = this.#heap[2 * event.slot + 2];
      const child = left && right && precedes(right, left) ? right : left;
      if (!child || precedes(event, child)) return;
      this.#swap(event, child);
    }
  }

  #swap(upper: Event, lower: Event): void {
    const slot = upper.slot;
    upper.slot = lower.slot;
    lower.slot = slot;
    this.#heap[upper.slot] = upper;
    this.#heap[lower.slot] = lower;
  }
}

function precedes(one: Event, other: Event): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
