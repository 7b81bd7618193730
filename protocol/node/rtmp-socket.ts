import { randomBytes } from "node:crypto";
import type { Duplex } from "node:stream";
import { Deadlines } from "../bytes/deadlines.ts";
import { Ring } from "../bytes/ring.ts";
import { RtmfpError } from "../errors.ts";
import type { Alarm, Io } from "../io.ts";
import { RtmpConnection, type RtmpOutput } from "../rtmp/connection.ts";
import { HANDSHAKE_RANDOM_BYTES, PlainHandshake } from "../rtmp/handshake.ts";
import { MessageType } from "../rtmp/message.ts";
import { encodeUserControl } from "../rtmp/user-control.ts";
import { ChunkTransport } from "../tc/chunk-transport.ts";
import type { Transport, TransportHandler } from "../tc/transport.ts";
import { plain } from "./plain.ts";

/** What a client may cost before it is disconnected. */
export interface RtmpSocketLimits {
  /**
   * From the connection to the end of the handshake, ms.
   * @default 5 000
   */
  readonly handshakeTimeoutMs?: number | undefined;
  /**
   * From there to the first command, ms; that has to be `connect`.
   * @default 10 000
   */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * Without a byte from the client, ms. At half of it the client is pinged, which the most idle player
   * answers.
   * @default 60 000
   */
  readonly idleTimeoutMs?: number | undefined;
  /**
   * Bytes that wait for a client which does not keep up. A newcomer's first group of pictures has to
   * fit.
   * @default 33 554 432
   */
  readonly maxUnsentBytes?: number | undefined;
}

/** Called when the handshake is done: answers who hears of what the client sends. */
export type AcceptRtmp = (transport: Transport) => TransportHandler;

type Told = Exclude<RtmpOutput, { readonly type: "write" }>;

/**
 * Turns the server's end of one RTMP connection over a TCP socket, or whatever is like one. Its law
 * is the Driver's: *change, drain, then tell*. Handlers may call back in; one that throws an
 * RtmfpError ends this connection alone.
 */
export class RtmpSocket {
  /** Resolves when the socket is gone. */
  readonly closed: Promise<void>;
  readonly #socket: Duplex;
  readonly #io: Io;
  readonly #accept: AcceptRtmp;
  readonly #connectTimeoutMs: number;
  readonly #idleTimeoutMs: number;
  readonly #maxUnsentBytes: number;
  readonly #connection: RtmpConnection;
  readonly #events = new Ring<Told>();
  readonly #deadlines = new Deadlines<"handshake" | "connect" | "ping" | "idle" | "linger">();
  readonly #alarm: Alarm;
  #handler: TransportHandler | undefined;
  #isTelling = false;
  #isCorked = false;

  constructor(socket: Duplex, io: Io, accept: AcceptRtmp, limits: RtmpSocketLimits = {}) {
    this.#socket = socket;
    this.#io = io;
    this.#accept = accept;
    this.#connectTimeoutMs = limits.connectTimeoutMs ?? 10_000;
    this.#idleTimeoutMs = limits.idleTimeoutMs ?? 60_000;
    this.#maxUnsentBytes = limits.maxUnsentBytes ?? 33_554_432;
    const random = plain(randomBytes(HANDSHAKE_RANDOM_BYTES));
    this.#connection = new RtmpConnection({ handshake: PlainHandshake.server(random) });
    this.#alarm = io.alarm(() => this.#turn((now) => this.#advance(now)));
    this.#schedule("handshake", io.now() + (limits.handshakeTimeoutMs ?? 5_000));
    socket.on("data", (bytes: Buffer) => this.#turn((now) => this.#receive(plain(bytes), now)));
    socket.on("end", () => this.close());
    socket.on("error", ignore); // "close" follows.
    this.closed = new Promise((resolve) => {
      socket.on("close", () => {
        this.close();
        this.#deadlines.clearAll();
        this.#alarm.set(Number.POSITIVE_INFINITY);
        resolve();
      });
    });
  }

  /** Delivers what was sent, then ends the connection. Idempotent. */
  close(): void {
    this.#turn(() => this.#connection.close());
  }

  #turn(change: (now: number) => void): void {
    change(this.#io.now());
    for (let output = this.#connection.poll(); output; output = this.#connection.poll()) {
      if (output.type === "write") this.#write(output.bytes);
      else this.#events.push(output);
    }
    if (!this.#isTelling) this.#tell();
  }

  #tell(): void {
    this.#isTelling = true;
    try {
      for (let event = this.#events.shift(); event; event = this.#events.shift()) {
        this.#tellOne(event);
      }
    } finally {
      this.#isTelling = false;
    }
  }

  #tellOne(event: Told): void {
    const now = this.#io.now();
    try {
      if (event.type === "open") this.#onOpen(now);
      else if (event.type === "closed") this.#onClosed(now);
      else {
        if (isCommand(event.message.type)) this.#deadlines.clear("connect");
        this.#handler?.onMessage(event.message, false, now);
      }
    } catch (error) {
      if (!(error instanceof RtmfpError)) throw error;
      this.#turn(() => this.#connection.close(error));
    }
  }

  #onOpen(now: number): void {
    this.#deadlines.clear("handshake");
    this.#schedule("connect", now + this.#connectTimeoutMs);
    this.#expectMore(now);
    const transport = new ChunkTransport(this.#connection, () => this.#turn(() => undefined));
    this.#handler = this.#accept(transport);
  }

  /** The far end gets time to take what was written, and to end its side. */
  #onClosed(now: number): void {
    this.#deadlines.clearAll();
    if (!this.#socket.destroyed) {
      this.#schedule("linger", now + LINGER_MS);
      this.#socket.end();
    }
    const handler = this.#handler;
    this.#handler = undefined;
    handler?.onEnd(now);
  }

  #receive(bytes: Uint8Array, now: number): void {
    this.#connection.receive(bytes);
    if (this.#handler) this.#expectMore(now);
  }

  #expectMore(now: number): void {
    this.#schedule("ping", now + this.#idleTimeoutMs / 2);
    this.#schedule("idle", now + this.#idleTimeoutMs);
  }

  /** Everything that has its time, runs out of it. */
  #advance(now: number): void {
    const isLate =
      this.#deadlines.takeDue("handshake", now) ||
      this.#deadlines.takeDue("connect", now) ||
      this.#deadlines.takeDue("idle", now) ||
      this.#deadlines.takeDue("linger", now);
    if (isLate) this.#socket.destroy();
    else if (this.#deadlines.takeDue("ping", now)) {
      const timestampMs = Math.trunc(now) >>> 0;
      this.#connection.send(encodeUserControl({ event: "pingRequest", timestampMs }));
    }
    this.#alarm.set(this.#deadlines.earliest);
  }

  #schedule(name: "handshake" | "connect" | "ping" | "idle" | "linger", at: number): void {
    this.#deadlines.set(name, at);
    this.#alarm.set(this.#deadlines.earliest);
  }

  /** What one turn of the event loop writes leaves in one piece. */
  #write(bytes: Uint8Array): void {
    const socket = this.#socket;
    if (socket.destroyed || socket.writableEnded) return;
    if (!this.#isCorked) {
      this.#isCorked = true;
      socket.cork();
      process.nextTick(() => {
        this.#isCorked = false;
        socket.uncork();
      });
    }
    socket.write(bytes);
    // Its end is told when the socket says so: whoever sends now may be in the middle of something.
    if (socket.writableLength > this.#maxUnsentBytes) socket.destroy();
  }
}

function isCommand(type: number): boolean {
  return type === MessageType.commandAmf0 || type === MessageType.commandAmf3;
}

function ignore(): void {}

/** Whoever has not taken our last bytes by then does not read. */
const LINGER_MS = 2_000;
