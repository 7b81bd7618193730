import type { Duplex } from "node:stream";
import { SendBacklog } from "./send-backlog.ts";

/** Whose socket it is. */
export interface WriterHost {
  /** More must not wait for the far end, the socket's own buffer included. */
  readonly maxUnsentBytes: number;
  /** The socket has taken something. Never called within a call of the writer. */
  onTaken(): void;
  /** The socket was given what there was: something may wait. Throws nothing. */
  onWritten(): void;
  /** More than that waits: what is written from now on goes nowhere. Called once, also within `write`. */
  onOverflow(): void;
}

/**
 * Gives a socket what one turn of the event loop writes, in one piece, and knows what waits for it. A
 * server writes to hundreds of sockets in a turn: they share one visit at its end.
 */
export class SocketWriter {
  /** Is `onTaken` called? Most have nothing to do then. */
  isWatched = false;
  readonly #socket: Duplex;
  readonly #host: WriterHost;
  readonly #maxUnsentBytes: number;
  readonly #backlog = new SendBacklog();
  #wasLate = false;
  /** BOUNDED: maxUnsentBytes. */
  #pieces: Uint8Array[] = [];
  #pieceBytes = 0;
  #isEnded = false;

  constructor(socket: Duplex, host: WriterHost) {
    this.#socket = socket;
    this.#host = host;
    this.#maxUnsentBytes = host.maxUnsentBytes;
  }

  get unsentBytes(): number {
    return this.#pieceBytes + this.#socket.writableLength;
  }

  /** What this turn writes has not waited yet. */
  lateMs(now: number): number {
    const { writableLength } = this.#socket;
    if (writableLength === 0 && !this.#wasLate) return 0;
    this.#wasLate = writableLength > 0;
    return this.#backlog.lateMs(writableLength, now);
  }

  /** What is written after the end goes nowhere. */
  write(bytes: Uint8Array): void {
    if (this.#isEnded) return;
    if (this.#pieces.push(bytes) === 1) atEndOfTurn(this.#flush);
    this.#pieceBytes += bytes.length;
    if (this.#pieceBytes > this.#maxUnsentBytes) this.#overflow();
  }

  /** The far end gets what was written, and the end. */
  end(): void {
    this.#flush();
    this.#isEnded = true;
    this.#socket.end();
  }

  #overflow(): void {
    this.#isEnded = true;
    this.#host.onOverflow();
  }

  readonly #flush = (): void => {
    const pieces = this.#pieces;
    if (pieces.length === 0) return;
    if (this.unsentBytes > this.#maxUnsentBytes && !this.#isEnded) this.#overflow();
    this.#backlog.wrote(this.#pieceBytes);
    this.#pieces = [];
    this.#pieceBytes = 0;
    const socket = this.#socket;
    if (socket.destroyed) return;
    const onTaken = this.isWatched ? this.#host.onTaken : undefined;
    const whole = joined.of(pieces);
    if (whole) socket.write(whole, onTaken);
    else {
      socket.cork();
      for (const piece of pieces) socket.write(piece, onTaken);
      socket.uncork();
    }
    this.#host.onWritten();
  };
}

/**
 * What one turn writes is often the same for hundreds of sockets, one after another: then it is put
 * together once for all but the first, because one piece is cheaper to write than two.
 */
class Joined {
  #pieces: readonly Uint8Array[] = [];
  #bytes: Buffer | undefined;

  /** Answers undefined if these are several, and not the same as those before. */
  of(pieces: readonly Uint8Array[]): Buffer | undefined {
    if (this.#isSame(pieces)) this.#bytes ??= Buffer.concat(pieces);
    else {
      this.#pieces = pieces;
      this.#bytes = pieces.length === 1 ? bufferOf(pieces[0]) : undefined;
    }
    return this.#bytes;
  }

  /** A turn is over: what it wrote is not held on to. */
  forget(): void {
    this.#pieces = [];
    this.#bytes = undefined;
  }

  #isSame(pieces: readonly Uint8Array[]): boolean {
    const last = this.#pieces;
    if (pieces.length !== last.length) return false;
    for (let index = 0; index < pieces.length; index += 1) {
      if (pieces[index] !== last[index]) return false;
    }
    return true;
  }
}

/** A view: streams make one of each array that they are given. */
function bufferOf(bytes: Uint8Array = NOTHING): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

const NOTHING = new Uint8Array(0);
const joined = new Joined();
/** BOUNDED: one for each socket. */
const flushes: (() => void)[] = [];

function atEndOfTurn(flush: () => void): void {
  if (flushes.push(flush) === 1) process.nextTick(flushAll);
}

function flushAll(): void {
  for (const flush of flushes.splice(0)) flush();
  joined.forget();
}
