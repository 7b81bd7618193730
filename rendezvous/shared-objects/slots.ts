import type { CacheBudget } from "../../protocol/tc/cache-budget.ts";
import type { SharedObjectLimits } from "./shared-object-limits.ts";

/** One value of a shared object. */
export interface Slot {
  /** AMF. */
  readonly value: Uint8Array;
  /** Of the object, when the value came. */
  readonly version: number;
  /** The user who changed it last; undefined if that was before the server started. */
  readonly owner: number | undefined;
}

/** The slots of one shared object, within limits. */
export class Slots {
  readonly #limits: Pick<SharedObjectLimits, "maxSlots" | "maxObjectBytes">;
  readonly #budget: CacheBudget;
  /** BOUNDED: maxSlots, maxObjectBytes, and the budget of all objects. */
  readonly #slots = new Map<string, Slot>();
  #bytes = 0;

  constructor(
    limits: Pick<SharedObjectLimits, "maxSlots" | "maxObjectBytes">,
    budget: CacheBudget,
  ) {
    this.#limits = limits;
    this.#budget = budget;
  }

  get size(): number {
    return this.#slots.size;
  }

  /** What all of them take. */
  get bytes(): number {
    return this.#bytes;
  }

  get(name: string): Slot | undefined {
    return this.#slots.get(name);
  }

  [Symbol.iterator](): Iterator<[string, Slot]> {
    return this.#slots.entries();
  }

  /** Answers false, and changes nothing, if there is no room. */
  set(name: string, value: Uint8Array, version: number, owner: number | undefined): boolean {
    const before = this.#slots.get(name);
    const more = costOf(name, value) - (before ? costOf(name, before.value) : 0);
    const { maxSlots, maxObjectBytes } = this.#limits;
    if (!before && this.#slots.size >= maxSlots) return false;
    if (this.#bytes + more > maxObjectBytes || !this.#budget.take(more)) return false;
    this.#bytes += more;
    // The value came within a message that may be far larger.
    this.#slots.set(name, { value: value.slice(), version, owner });
    return true;
  }

  /** Answers false if there was none. */
  delete(name: string): boolean {
    const slot = this.#slots.get(name);
    if (!slot) return false;
    this.#slots.delete(name);
    this.#free(costOf(name, slot.value));
    return true;
  }

  clear(): void {
    this.#slots.clear();
    this.#free(this.#bytes);
  }

  #free(bytes: number): void {
    this.#bytes -= bytes;
    this.#budget.free(bytes);
  }
}

function costOf(name: string, value: Uint8Array): number {
  return Buffer.byteLength(name) + value.length + SLOT_BYTES;
}

/** What a slot takes besides name and value, in memory and on the wire. */
const SLOT_BYTES = 64;
