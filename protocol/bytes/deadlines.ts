/** A few named points in time (ms), each set or not. The name says what is due. */
export class Deadlines<Name extends string> {
  readonly #at = new Map<Name, number>();

  /** The earliest point, or Infinity. */
  get earliest(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const at of this.#at.values()) if (at < earliest) earliest = at;
    return earliest;
  }

  set(name: Name, at: number): void {
    this.#at.set(name, at);
  }

  /** Sets it unless it is set to something earlier already. */
  setBy(name: Name, at: number): void {
    const set = this.#at.get(name);
    if (set === undefined || at < set) this.#at.set(name, at);
  }

  clear(name: Name): void {
    this.#at.delete(name);
  }

  clearAll(): void {
    this.#at.clear();
  }

  isSet(name: Name): boolean {
    return this.#at.has(name);
  }

  /** True once, when its time has come: what is due is no longer set. */
  takeDue(name: Name, now: number): boolean {
    const at = this.#at.get(name);
    if (at === undefined || now < at) return false;
    this.#at.delete(name);
    return true;
  }
}
