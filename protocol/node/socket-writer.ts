import type { Duplex } from "node:stream";
import { SendBacklog } from "../tc/send-backlog.ts";

/**
 * Gives a socket what one turn of the event loop writes, in one piece, and knows what waits for it. A
 * server writes to hundreds of sockets in a turn: they share one visit at its end.
 */
export class SocketWriter {
  /** Is `onTaken` called? Most have nothing to do then. */
  isWatched = false;
  readonly #socket: Duplex;
  readonly #onTaken: () => void;
  readonly #backlog = new SendBacklog();
  /** BOUNDED: by whoever looks at `unsentBytes` after each write. */
  #pieces: Uint8Array[] = [];
  #pieceBytes = 0;

  /** `onTaken` is called after the socket has taken something, never within a call of this. */
  constructor(socket: Duplex, onTaken: () => void) {
    this.#socket = socket;
    this.#onTaken = onTaken;
  }

  get unsentBytes(): number {
    return this.#pieceBytes + this.#socket.writableLength;
  }

  lateMs(now: number): number {
    return this.#backlog.lateMs(this.unsentBytes, now);
  }

  /** What is written after the end goes nowhere. */
  write(bytes: Uint8Array): void {
    if (this.#socket.destroyed || this.#socket.writableEnded) return;
    if (this.#pieces.push(bytes) === 1) atEndOfTurn(this.#flush);
    this.#pieceBytes += bytes.length;
    this.#backlog.wrote(bytes.length);
  }

  /** The far end gets what was written, and the end. */
  end(): void {
    this.#flush();
    this.#socket.end();
  }

  readonly #flush = (): void => {
    const pieces = this.#pieces;
    if (pieces.length === 0) return;
    this.#pieces = [];
    this.#pieceBytes = 0;
    const socket = this.#socket;
    if (socket.destroyed) return;
    const onTaken = this.isWatched ? this.#onTaken : undefined;
    if (pieces.length > 1) socket.cork();
    for (const piece of pieces) socket.write(piece, onTaken);
    if (pieces.length > 1) socket.uncork();
  };
}

/** BOUNDED: one for each socket. */
const flushes: (() => void)[] = [];

function atEndOfTurn(flush: () => void): void {
  if (flushes.push(flush) === 1) process.nextTick(flushAll);
}

function flushAll(): void {
  for (const flush of flushes.splice(0)) flush();
}
