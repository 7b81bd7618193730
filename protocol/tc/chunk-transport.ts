import type { OutgoingMessage } from "../flow/outgoing-message.ts";
import type { RtmpConnection } from "../rtmp/connection.ts";
import type { Message } from "../rtmp/message.ts";
import type { Transport } from "./transport.ts";

/** What a socket has not taken yet. */
export interface SocketQueue {
  readonly unsentBytes: number;
  /** Takes bytes; nothing that was polled before may be missing. */
  write(bytes: Uint8Array): void;
  /** For how long the oldest of it has waited, ms. */
  lateMs(now: number): number;
  /** Is the handler told when something of it was taken? */
  isWatched: boolean;
}

/** An RTMP connection as a transport: TCP delivers everything, so there are no deadlines. */
export class ChunkTransport implements Transport {
  readonly #connection: RtmpConnection;
  readonly #drain: () => void;
  readonly #socket: SocketQueue | undefined;

  /**
   * `drain` is called when the connection has output; its driver polls it then. `socket` tells what
   * of it waits there.
   */
  constructor(connection: RtmpConnection, drain: () => void, socket?: SocketQueue) {
    this.#connection = connection;
    this.#drain = drain;
    this.#socket = socket;
  }

  get unsentBytes(): number {
    return this.#socket?.unsentBytes ?? 0;
  }

  lateMs(now: number): number {
    return this.#socket?.lateMs(now) ?? 0;
  }

  watchWritable(): void {
    if (this.#socket) this.#socket.isWatched = true;
  }

  send(message: Message): OutgoingMessage | undefined {
    if (this.#socket) {
      const bytes = this.#connection.sendAtOnce(message);
      if (bytes) {
        this.#socket.write(bytes);
        return undefined;
      }
    } else this.#connection.send(message);
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
