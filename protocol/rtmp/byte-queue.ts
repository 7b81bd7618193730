import { concat } from "../bytes/concat.ts";

/** Bytes in pieces as they were written, taken out in other pieces. */
export class ByteQueue {
  #pieces: Uint8Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(bytes: Uint8Array): void {
    this.#pieces.push(bytes);
    this.#length += bytes.length;
  }

  /** Takes `limit` bytes, or all that there are. */
  take(limit: number): Uint8Array {
    const taken: Uint8Array[] = [];
    let [room, count] = [limit, 0];
    for (const piece of this.#pieces) {
      if (piece.length > room) break;
      taken.push(piece);
      room -= piece.length;
      count += 1;
    }
    const [cut] = this.#pieces.splice(0, count + 1).slice(count);
    if (cut) {
      taken.push(cut.subarray(0, room));
      this.#pieces.unshift(cut.subarray(room));
    }
    const bytes = concat(taken);
    this.#length -= bytes.length;
    return bytes;
  }

  clear(): void {
    this.#pieces = [];
    this.#length = 0;
  }
}
