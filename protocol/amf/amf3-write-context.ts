import { MAX_AMF3_OBJECTS } from "./amf3-marker.ts";
import type { AmfTraits } from "./amf3-value.ts";
import type { Amf3Options } from "./externalizable.ts";

/** The three tables that references of AMF 3 point into, AMF 3 §2.2. */
export class Amf3WriteContext {
  readonly options: Amf3Options;
  readonly strings: IndexTable<string> = new IndexTable();
  /** Traits that the user gave by identity, others by what makes them. */
  readonly traits: IndexTable<AmfTraits | string> = new IndexTable();
  readonly #objects = new IndexTable<object>();
  readonly #sealed = new Map<AmfTraits, ReadonlySet<string>>();

  constructor(options: Amf3Options = {}) {
    this.options = options;
  }

  /** As `IndexTable.indexOf`. Throws RangeError for more objects than a message may have. */
  indexOfObject(object: object): number | undefined {
    const index = this.#objects.indexOf(object);
    if (this.#objects.size > MAX_AMF3_OBJECTS) {
      throw new RangeError(`more than ${MAX_AMF3_OBJECTS} objects in an AMF3 message`);
    }
    return index;
  }

  /** The names of the declared members. */
  sealedOf(traits: AmfTraits): ReadonlySet<string> {
    const known = this.#sealed.get(traits);
    if (known) return known;
    const names = new Set(traits.sealed);
    this.#sealed.set(traits, names);
    return names;
  }
}

class IndexTable<Entry> {
  readonly #indices = new Map<Entry, number>();

  get size(): number {
    return this.#indices.size;
  }

  /** The index of what was written before, or undefined after giving it the next one. */
  indexOf(entry: Entry): number | undefined {
    const index = this.#indices.get(entry);
    if (index === undefined) this.#indices.set(entry, this.#indices.size);
    return index;
  }
}
