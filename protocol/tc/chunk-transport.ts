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

/** What its driver hears of a transport. */
export interface ChunkTransportHost {
  /** The connection has output, which is to be polled. */
  drain(): void;
  /** See `Transport.confirm`. */
  confirm?(): void;
}

/** An RTMP connection as a transport: TCP delivers everything, so there are no deadlines. */
export class ChunkTransport implements Transport {
  readonly #connection: RtmpConnection;
  readonly #host: ChunkTransportHost;
  readonly #socket: SocketQueue | undefined;

  /** `socket` tells what of the connection's output waits there. */
  constructor(connection: RtmpConnection, host: ChunkTransportHost, socket?: SocketQueue) {
    this.#connection = connection;
    this.#host = host;
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

  confirm(): void {
    this.#host.confirm?.();
  }

  send(message: Message): OutgoingMessage | undefined {
    if (this.#socket) {
      const bytes = this.#connection.sendAtOnce(message);
      if (bytes) {
        this.#socket.write(bytes);
        return undefined;
      }
    } else this.#connection.send(message);
    this.#host.drain();
    return undefined;
  }

  /** A chunk stream is in order as it is. */
  synchronize(): void {}

  closeStream(): void {}

  close(): void {
    this.#connection.close();
    this.#host.drain();
  }
}
