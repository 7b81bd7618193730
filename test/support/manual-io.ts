import type { Alarm, Io, Link } from "../../protocol/io.ts";

/** A world whose time stands still until it is moved, for machines that need no network. */
export class ManualIo implements Io {
  #now = 0;
  readonly #alarms = new Map<() => void, number>();

  /** When the next alarm rings; Infinity if none is set. */
  get nextAlarm(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.#alarms.values());
  }

  now(): number {
    return this.#now;
  }

  random(length: number): Uint8Array {
    return new Uint8Array(length);
  }

  alarm(ring: () => void): Alarm {
    return { set: (at) => this.#alarms.set(ring, at) };
  }

  bind(): Promise<Link> {
    throw new Error("there is no network here");
  }

  /** Moves time on, ringing on the way. */
  advance(ms: number): void {
    const end = this.#now + ms;
    while (this.nextAlarm <= end) {
      this.#now = Math.max(this.#now, this.nextAlarm);
      for (const [ring, at] of this.#alarms) {
        if (at > this.#now) continue;
        this.#alarms.set(ring, Number.POSITIVE_INFINITY);
        ring();
      }
    }
    this.#now = end;
  }
}
