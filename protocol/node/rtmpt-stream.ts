import { Duplex } from "node:stream";
import type { RtmptSession, RtmptSessionHandler } from "../rtmp/rtmpt-session.ts";
import { plain } from "./plain.ts";

/** The server's end of a tunnel, in place of a socket. */
export class RtmptStream extends Duplex implements RtmptSessionHandler {
  readonly #session: RtmptSession;
  #written: (() => void) | undefined;

  constructor(session: RtmptSession) {
    super({ allowHalfOpen: false });
    this.#session = session;
  }

  onBytes(bytes: Uint8Array): void {
    this.push(bytes);
  }

  onDrain(): void {
    const written = this.#written;
    this.#written = undefined;
    written?.();
  }

  onEnd(): void {
    this.destroy();
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#written = done;
    this.#session.write(plain(chunk));
  }

  /** All that waits goes with one response, if it fits. */
  override _writev(chunks: readonly { readonly chunk: Buffer }[], done: () => void): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), "utf8", done);
  }

  override _final(done: () => void): void {
    this.#session.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#session.abort();
    done(error);
  }
}
