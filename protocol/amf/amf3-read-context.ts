import { MalformedError } from "../errors.ts";
import { MAX_AMF3_OBJECTS } from "./amf3-marker.ts";
import type { AmfTraits } from "./amf3-value.ts";
import type { Amf3Options } from "./externalizable.ts";
import type { AmfValue } from "./value.ts";
import { AmfValueCount } from "./value-count.ts";

/** Traits of an object whose members are in a form of its own. */
export interface ExternalizableTraits {
  readonly externalizable: string;
}

/** The three tables that references of AMF 3 point into, AMF 3 §2.2. */
export class Amf3ReadContext {
  readonly options: Amf3Options;
  /** Of the whole message. */
  readonly values: AmfValueCount;
  /** BOUNDED: by the bytes of the message, as each entry takes some. */
  readonly #strings: string[] = [];
  /** BOUNDED: MAX_AMF3_OBJECTS. */
  readonly #objects: AmfValue[] = [];
  /** BOUNDED: by the bytes of the message, as each entry takes some. */
  readonly #traits: (AmfTraits | ExternalizableTraits)[] = [];
  #opened = 0;

  constructor(options: Amf3Options = {}, values: AmfValueCount = new AmfValueCount()) {
    this.options = options;
    this.values = values;
  }

  /** Empties the tables. The limit of objects goes on counting: it holds for the whole message. */
  reset(): void {
    this.#strings.length = 0;
    this.#objects.length = 0;
    this.#traits.length = 0;
  }

  addString(string: string): string {
    this.#strings.push(string);
    return string;
  }

  /** Gives the object the next index. It is added when it opens, so that it can contain itself. */
  addObject<Opened extends AmfValue>(object: Opened): Opened {
    if (this.#opened >= MAX_AMF3_OBJECTS) {
      throw new MalformedError(`more than ${MAX_AMF3_OBJECTS} AMF3 objects in a message`);
    }
    this.#opened += 1;
    this.#objects.push(object);
    return object;
  }

  addTraits<Traits extends AmfTraits | ExternalizableTraits>(traits: Traits): Traits {
    this.#traits.push(traits);
    return traits;
  }

  stringAt(index: number): string {
    return entry(this.#strings[index], index);
  }

  objectAt(index: number): AmfValue {
    return entry(this.#objects[index], index);
  }

  traitsAt(index: number): AmfTraits | ExternalizableTraits {
    return entry(this.#traits[index], index);
  }
}

function entry<Entry>(found: Entry | undefined, index: number): Entry {
  if (found === undefined) throw new MalformedError(`AMF3 reference to nothing: ${index}`);
  return found;
}
