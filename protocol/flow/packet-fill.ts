import { nextUserDataSize } from "../wire/chunks/user-data.ts";

/**
 * How far the fragments that wait to be sent fill their last packet. A long message is cut so that its
 * beginning goes with the end of the one before: fragments are as long as a packet has room, and the end
 * of a message seldom is.
 */
export class PacketFill {
  /** Bytes that are taken in the packet of the last fragment. */
  #takenBytes = 0;

  /**
   * A message of `length` bytes is cut into fragments of `limit` bytes, which fill a packet. Answers the
   * length of the first one. `isShared`: the packet of the last fragment before it is still to be sent.
   */
  add(length: number, limit: number, isShared: boolean): number {
    const taken = isShared ? this.#takenBytes + NEXT_HEADER_BYTES : 0;
    const room = limit - taken;
    if (length <= limit) {
      this.#takenBytes = length <= room ? taken + length : length;
      return length;
    }
    const first = room < limit / WORTH_A_CUT ? limit : room;
    this.#takenBytes = (length - first) % limit || limit;
    return first;
  }
}

/** Into how many fragments of `limit` bytes a message of `length` bytes is cut at most. */
export function mostFragments(length: number, limit: number): number {
  return length <= limit ? 1 : 1 + Math.ceil(length / limit);
}

const NEXT_HEADER_BYTES = nextUserDataSize(new Uint8Array(0));
/** A fragment costs about a tenth of what a packet does. */
const WORTH_A_CUT = 8;
