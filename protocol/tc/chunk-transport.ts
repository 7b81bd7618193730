import type { OutgoingMessage } from "../flow/outgoing-message.ts";
import type { RtmpConnection } from "../rtmp/connection.ts";
import type { Message } from "../rtmp/message.ts";
import type { Transport } from "./transport.ts";

/** An RTMP connection as a transport: TCP delivers everything, so there are no deadlines. */
export class ChunkTransport implements Transport {
  readonly #connection: RtmpConnection;
  readonly #drain: () => void;
  readonly #unsentBytes: () => number;

  /**
   * `drain` is called when the connection has output; its driver polls it then. `unsentBytes` answers
   * how much of that waits for the socket.
   */
  constructor(connection: RtmpConnection, drain: () => void, unsentBytes = (): number => 0) {
    this.#connection = connection;
    this.#drain = drain;
    this.#unsentBytes = unsentBytes;
  }

  get unsentBytes(): number {
    return this.#unsentBytes();
  }

  send(message: Message): OutgoingMessage | undefined {
    this.#connection.send(message);
    this.#drain();
    return undefined;
  }

  /** A chunk stream is in order as it is. */
  synchronize(): void {}

  closeStream(): void {}

  close(): void {
    this.#connection.close();
    this.#drain();
  }
}
