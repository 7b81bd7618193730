import { invariant } from "../errors.ts";

/** A few named points in time (ms), each set or not. The name says what is due. */
export class Deadlines<Name extends string> {
  /** Made when the first is set: in a session that is idle none ever is. */
  #at: Map<Name, number> | undefined;

  /** The earliest point, or Infinity. */
  get earliest(): number {
    let earliest = Number.POSITIVE_INFINITY;
    if (this.#at === undefined) return earliest;
    for (const at of this.#at.values()) if (at < earliest) earliest = at;
    return earliest;
  }

  set(name: Name, at: number): void {
    invariant(!Number.isNaN(at), "a deadline has a time");
    this.#at ??= new Map();
    this.#at.set(name, at);
  }

  /** Sets it unless it is set to something earlier already. */
  setBy(name: Name, at: number): void {
    const set = this.#at?.get(name);
    if (set === undefined || at < set) this.set(name, at);
  }

  clear(name: Name): void {
    this.#at?.delete(name);
  }

  clearAll(): void {
    this.#at?.clear();
  }

  isSet(name: Name): boolean {
    return this.#at?.has(name) ?? false;
  }

  /** True once, when its time has come: what is due is no longer set. */
  takeDue(name: Name, now: number): boolean {
    const at = this.#at?.get(name);
    if (at === undefined || now < at) return false;
    this.#at?.delete(name);
    return true;
  }
}
