import { Duplex } from "node:stream";

/** One end of a byte stream in memory, in place of a socket. */
export class DuplexEnd extends Duplex {
  /** Takes nothing from the other end while this is set. */
  isStalled = false;
  /** Pieces that were handed over, in bytes. */
  readonly pieces: number[] = [];
  #other: DuplexEnd | undefined;

  static pair(): [DuplexEnd, DuplexEnd] {
    const one = new DuplexEnd({ allowHalfOpen: false });
    const other = new DuplexEnd({ allowHalfOpen: false });
    one.#other = other;
    other.#other = one;
    return [one, other];
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#deliver(chunk, done);
  }

  override _writev(chunks: { readonly chunk: Buffer }[], done: () => void): void {
    this.#deliver(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _final(done: () => void): void {
    this.#other?.push(null);
    done();
  }

  #deliver(bytes: Buffer, done: () => void): void {
    if (this.#other?.isStalled) return;
    this.pieces.push(bytes.length);
    this.#other?.push(bytes);
    done();
  }
}
