import { Duplex } from "node:stream";
import type { TcpSocket } from "../tcp/socket.ts";

/** A TCP connection of the lab as a stream of Node.js. */
export class LabStream extends Duplex {
  readonly #socket: TcpSocket;
  #taken: (() => void) | undefined;

  constructor(socket: TcpSocket) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    socket.onData = (bytes) => void this.push(Buffer.from(bytes));
    socket.onDrain = () => {
      const taken = this.#taken;
      this.#taken = undefined;
      taken?.();
    };
    socket.onClose = (error) => {
      if (error) this.destroy(error);
      else this.push(null);
    };
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#socket.send(chunk);
    if (this.#socket.bufferedBytes < SEND_BUFFER_BYTES) done();
    else this.#taken = done;
  }

  override _final(done: () => void): void {
    this.#socket.close();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}

/** As much as the system of a host takes before a writer has to wait. */
export const SEND_BUFFER_BYTES = 16_384;
