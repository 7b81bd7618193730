/** The receiving half of a connection: puts pieces in order. Holds what the sender's window lets out. */
export class TcpReceiver {
  /** Pieces that came too early, by their first sequence number. */
  readonly #early = new Map<number, { readonly bytes: Uint8Array; readonly isEnd: boolean }>();
  #next: number;
  #isEnded = false;

  constructor(firstSeq: number) {
    this.#next = firstSeq;
  }

  /** The sequence number that is expected next. */
  get next(): number {
    return this.#next;
  }

  /** All that was sent has been received. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Takes a piece; answers what can be delivered now. */
  receive(seq: number, bytes: Uint8Array, isEnd: boolean): Uint8Array[] {
    if (seq >= this.#next && (bytes.length > 0 || isEnd)) this.#early.set(seq, { bytes, isEnd });
    const ready: Uint8Array[] = [];
    // Pieces are repeated as they were cut, so that each begins where another ends.
    for (let piece = this.#early.get(this.#next); piece; piece = this.#early.get(this.#next)) {
      this.#early.delete(this.#next);
      if (piece.bytes.length > 0) ready.push(piece.bytes);
      this.#next += piece.bytes.length + (piece.isEnd ? 1 : 0);
      if (piece.isEnd) this.#isEnded = true;
    }
    return ready;
  }
}
