import { NoRoomError, Writer } from "../bytes/writer.ts";
import { Amf0WriteContext, writeAmf0 } from "./amf0-encode.ts";
import { MAX_AMF0_OBJECTS } from "./amf0-marker.ts";
import type { AmfValue } from "./value.ts";

/**
 * Room for values that a far end sent and that are to be written as AMF0. It may not have them, and it
 * repeats what AMF3 refers to: one long text that a message refers to again and again grows to a
 * thousand times the message.
 */
export class Amf0Room {
  #bytes: number;
  #objects: number;

  constructor(bytes: number, objects: number = MAX_AMF0_OBJECTS) {
    this.#bytes = bytes;
    this.#objects = objects;
  }

  /**
   * Takes what `value` needs. Answers false if AMF0 does not have it, or there is not enough room; then
   * there is none for anything else, so that trying costs no more than the room in all.
   */
  take(value: AmfValue): boolean {
    const writer = new Writer(64, this.#bytes);
    const context = new Amf0WriteContext(this.#objects);
    try {
      writeAmf0(writer, value, context);
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
      this.#bytes = error instanceof NoRoomError ? 0 : this.#bytes - writer.length;
      return false;
    }
    this.#bytes -= writer.length;
    this.#objects -= context.objects;
    return true;
  }
}
