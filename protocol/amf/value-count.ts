import { MalformedError } from "../errors.ts";

/** How many values a message has brought so far, in whichever of the two forms. */
export class AmfValueCount {
  #count = 0;

  /** One more. Throws MalformedError if that is too many. */
  note(): void {
    this.#count += 1;
    if (this.#count > MAX_AMF_VALUES) {
      throw new MalformedError(`more than ${MAX_AMF_VALUES} AMF values in a message`);
    }
  }
}

/**
 * A value takes one byte, and a message may have 16 million. As many as here are the times and places of
 * the keyframes of three days.
 */
export const MAX_AMF_VALUES = 262_144;
