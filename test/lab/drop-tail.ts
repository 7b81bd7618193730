/** A queue that empties at a rate, and drops what does not fit: one per line. */
export class DropTailQueue {
  #bytesPerSecond: number;
  #limitBytes: number;
  /** Bytes not yet sent at `#asOf`. */
  #backlogBytes = 0;
  #asOf = 0;

  constructor(bytesPerSecond: number, limitBytes: number) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#limitBytes = limitBytes;
  }

  /** Holds from `now` on; what was taken before has kept its time of departure. */
  change(bytesPerSecond: number, limitBytes: number, now: number): void {
    this.#drain(now);
    this.#bytesPerSecond = bytesPerSecond;
    this.#limitBytes = limitBytes;
  }

  /** Takes a packet: the time when its last bit has left, or undefined if it is dropped. */
  take(bytes: number, now: number): number | undefined {
    this.#drain(now);
    if (this.#backlogBytes > 0 && this.#backlogBytes + bytes > this.#limitBytes) return undefined;
    if (this.#bytesPerSecond === Number.POSITIVE_INFINITY) return now;
    this.#backlogBytes += bytes;
    return now + (this.#backlogBytes * 1000) / this.#bytesPerSecond;
  }

  #drain(now: number): void {
    const sentBytes = ((now - this.#asOf) * this.#bytesPerSecond) / 1000;
    // No time at an infinite rate is NaN bytes, and leaves an empty queue all the same.
    this.#backlogBytes = sentBytes < this.#backlogBytes ? this.#backlogBytes - sentBytes : 0;
    this.#asOf = now;
  }
}
