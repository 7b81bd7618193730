import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { RtmfpError } from "../errors.ts";
import { plain } from "./plain.ts";

export interface TcpTarget {
  /** An IP address. */
  readonly host: string;
  readonly port: number;
  /** Connections from one port to several places: libuv sets SO_REUSEADDR on what it binds. */
  readonly localPort: number;
}

/** Who hears of a connection. */
interface Listener {
  onBytes(bytes: Uint8Array): void;
  onClosed(): void;
}

/**
 * Connects over TCP, also when the far end does the same: simultaneous open, RFC 9293 §3.5. Rejects
 * with `UNREACHABLE`, or the signal's reason.
 */
export async function connectTcp(
  to: TcpTarget,
  { signal }: { readonly signal?: AbortSignal | undefined },
): Promise<NodeTcpStream> {
  signal?.throwIfAborted();
  const socket = connect({ ...to, noDelay: true });
  socket.on("error", () => undefined); // "close" follows.
  try {
    await once(socket, "connect", { signal });
    return new NodeTcpStream(socket);
  } catch (cause) {
    socket.destroy();
    signal?.throwIfAborted();
    throw new RtmfpError("UNREACHABLE", `cannot connect to ${to.host}:${to.port}`, { cause });
  }
}

class NodeTcpStream {
  readonly #socket: Socket;
  #listener: Listener | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  listen(listener: Listener): void {
    this.#listener = listener;
    this.#socket.on("close", () => this.#listener?.onClosed());
    this.#socket.on("data", (bytes: Buffer) => this.#listener?.onBytes(plain(bytes)));
  }

  send(bytes: Uint8Array): void {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  close(): void {
    this.#listener = undefined;
    this.#socket.destroy();
  }
}
