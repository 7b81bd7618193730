import { MalformedError } from "../../protocol/errors.ts";
import { MAX_RELAYED_BYTES } from "../../protocol/wire/relayed-datagram.ts";

/** A datagram as it goes over a stream: `length:16 datagram`. A new array. Throws RangeError. */
export function frameDatagram(datagram: Uint8Array): Uint8Array {
  const { length } = datagram;
  if (length === 0 || length > MAX_FRAMED_BYTES) throw new RangeError(`${length} bytes`);
  const frame = new Uint8Array(LENGTH_BYTES + length);
  frame[0] = length >> 8;
  frame[1] = length & 0xff;
  frame.set(datagram, LENGTH_BYTES);
  return frame;
}

/** Takes datagrams out of a stream, wherever that is cut. Holds one frame at most. */
export class FrameReader {
  readonly #frame = new Uint8Array(LENGTH_BYTES + MAX_FRAMED_BYTES);
  #filled = 0;

  /**
   * The datagrams that are complete now, each in an array of its own. Throws MalformedError for a
   * length that no datagram has: nothing after it makes sense any more.
   */
  receive(bytes: Uint8Array): Uint8Array[] {
    const datagrams: Uint8Array[] = [];
    let at = 0;
    while (at < bytes.length) {
      const taken = Math.min(this.#missing, bytes.length - at);
      this.#frame.set(bytes.subarray(at, at + taken), this.#filled);
      this.#filled += taken;
      at += taken;
      if (this.#filled >= LENGTH_BYTES && this.#missing === 0) {
        datagrams.push(this.#frame.slice(LENGTH_BYTES, this.#filled));
        this.#filled = 0;
      }
    }
    return datagrams;
  }

  /** Bytes up to the end of the length, or of the frame. */
  get #missing(): number {
    if (this.#filled < LENGTH_BYTES) return LENGTH_BYTES - this.#filled;
    const [high = 0, low = 0] = this.#frame;
    const length = (high << 8) | low;
    if (length === 0 || length > MAX_FRAMED_BYTES) {
      throw new MalformedError(`a datagram of ${length} bytes`);
    }
    return LENGTH_BYTES + length - this.#filled;
  }
}

const LENGTH_BYTES = 2;
/** As much as a relay carries: a session changes between the two at any time. */
export const MAX_FRAMED_BYTES: number = MAX_RELAYED_BYTES;
