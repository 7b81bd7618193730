import type { Duplex } from "node:stream";
import { Deadlines } from "../bytes/deadlines.ts";
import { Ring } from "../bytes/ring.ts";
import type { BudgetMember, SharedBudget } from "../bytes/shared-budget.ts";
import { RtmfpError } from "../errors.ts";
import type { Alarm, Io } from "../io.ts";
import { RtmpConnection, type RtmpOutput } from "../rtmp/connection.ts";
import type { Handshake } from "../rtmp/handshake.ts";
import { MessageType } from "../rtmp/message.ts";
import type { SwfFacts } from "../rtmp/swf-verification.ts";
import { encodeUserControl } from "../rtmp/user-control.ts";
import { ChunkTransport } from "../tc/chunk-transport.ts";
import { type Abortable, contain, type OnFault } from "../tc/containment.ts";
import type { Transport, TransportHandler } from "../tc/transport.ts";
import { plain } from "./plain.ts";
import { nodePrimitives } from "./primitives.ts";
import { SocketWriter } from "./socket-writer.ts";
import { noteBuffers } from "./young-buffers.ts";

/** What the far end may cost before it is disconnected. */
export interface RtmpSocketLimits {
  /**
   * From the connection to the end of the handshake, ms.
   * @default 5 000
   */
  readonly handshakeTimeoutMs?: number | undefined;
  /**
   * From there, ms, until a client has its first command, the answer to `connect`, and until a server
   * has let the client in.
   * @default 10 000
   */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * Without a byte from the far end, ms. At half of it the far end is pinged, which the most idle
   * player answers.
   * @default 60 000
   */
  readonly idleTimeoutMs?: number | undefined;
  /**
   * Bytes that wait for a far end which does not keep up. A newcomer's first group of pictures has to
   * fit.
   * @default 33 554 432
   */
  readonly maxUnsentBytes?: number | undefined;
}

/** Called when the handshake is done: answers who hears of what the far end sends. */
export type AcceptRtmp = (transport: Transport) => TransportHandler;

export interface RtmpSocketOptions {
  /** Decides which end of the connection this is. */
  readonly handshake: Handshake;
  readonly accept: AcceptRtmp;
  readonly limits?: RtmpSocketLimits | undefined;
  /** Told of errors in the handling of what came: they have ended the connection, as `FAULT`. */
  readonly onFault?: OnFault | undefined;
  /** A client's own SWF, or those that a server lets in, see `SwfOptions`. */
  readonly swf?: readonly SwfFacts[] | undefined;
  /**
   * We are the client.
   * @default false
   */
  readonly isClient?: boolean | undefined;
  /**
   * What connections may hold together: of messages that are not finished, and of what they are sent
   * and do not take.
   * @default undefined: each has its own limits alone
   */
  readonly budget?: SharedBudget | undefined;
}

type Told = Exclude<RtmpOutput, { readonly type: "write" }>;

/**
 * Turns one end of an RTMP connection over a TCP socket, or whatever is like one. Its law is the
 * Driver's: *change, drain, then tell*. Handlers may call back in; whatever goes wrong in one of them
 * ends this connection, and no other.
 */
export class RtmpSocket implements Abortable {
  /** Resolves when the socket is gone, with what broke the connection if it was not ended. */
  readonly closed: Promise<RtmfpError | undefined>;
  readonly #socket: Duplex;
  readonly #io: Io;
  readonly #accept: AcceptRtmp;
  readonly #onFault: OnFault | undefined;
  readonly #isClient: boolean;
  readonly #connectTimeoutMs: number;
  readonly #idleTimeoutMs: number;
  readonly #connection: RtmpConnection;
  readonly #events = new Ring<Told>();
  readonly #deadlines = new Deadlines<"handshake" | "connect" | "ping" | "idle" | "linger">();
  readonly #alarm: Alarm;
  readonly #writer: SocketWriter;
  readonly #budget: SharedBudget | undefined;
  readonly #share: BudgetMember;
  #handler: TransportHandler | undefined;
  #isTelling = false;
  #error: RtmfpError | undefined;

  constructor(socket: Duplex, io: Io, options: RtmpSocketOptions) {
    const { handshake, accept, limits = {}, swf } = options;
    this.#socket = socket;
    this.#writer = new SocketWriter(socket, {
      maxUnsentBytes: limits.maxUnsentBytes ?? 33_554_432,
      // After a turn: the handler must not be called in the middle of something.
      onTaken: () => this.#turn((now) => this.#handler?.onWritable?.(now)),
      onWritten: () => this.#budget?.note(this.#share),
      onOverflow: () => this.#giveUp("the far end of an RTMP connection does not keep up"),
    });
    this.#io = io;
    this.#accept = accept;
    this.#onFault = options.onFault;
    this.#isClient = options.isClient ?? false;
    this.#connectTimeoutMs = limits.connectTimeoutMs ?? 10_000;
    this.#idleTimeoutMs = limits.idleTimeoutMs ?? 60_000;
    this.#connection = new RtmpConnection({
      handshake,
      swf: swf && { programs: swf, primitives: nodePrimitives },
    });
    this.#budget = options.budget;
    this.#share = this.#makeShare();
    this.#alarm = io.alarm(() => this.#turn((now) => this.#advance(now)));
    this.#schedule("handshake", io.now() + (limits.handshakeTimeoutMs ?? 5_000));
    socket.on("data", (bytes: Buffer) => {
      noteBuffers(BUFFERS_PER_PIECE * bytes.length);
      this.#turn((now) => this.#receive(plain(bytes), now));
    });
    socket.on("end", () => this.close());
    socket.on("error", (cause) => {
      this.#error ??= brokenBy(cause);
    }); // "close" follows.
    this.closed = new Promise((resolve) => {
      socket.on("close", () => {
        this.close();
        this.#deadlines.clearAll();
        this.#alarm.set(Number.POSITIVE_INFINITY);
        resolve(this.#error);
      });
    });
    this.#turn(ignore); // A client speaks first.
  }

  /** Delivers what was sent, then ends the connection. Idempotent. */
  close(): void {
    this.#turn(() => this.#connection.close());
  }

  /** Ends the connection because of `error`. Idempotent. */
  abort(error: RtmfpError): void {
    this.#connection.close(error);
    this.#drain();
  }

  #turn(change: (now: number) => void): void {
    contain(this, () => change(this.#io.now()), this.#onFault);
    this.#drain();
  }

  #drain(): void {
    for (let output = this.#connection.poll(); output; output = this.#connection.poll()) {
      if (output.type === "write") this.#writer.write(output.bytes);
      else this.#events.push(output);
    }
    if (!this.#isTelling && this.#events.length > 0) this.#tell();
  }

  #tell(): void {
    this.#isTelling = true;
    try {
      for (let event = this.#events.shift(); event; event = this.#events.shift()) {
        contain(this, () => this.#tellOne(event), this.#onFault);
      }
    } finally {
      this.#isTelling = false;
    }
  }

  #tellOne(event: Told): void {
    const now = this.#io.now();
    if (event.type === "open") this.#onOpen(now);
    else if (event.type === "closed") this.#onClosed(event.error, now);
    else {
      if (this.#isClient && isCommand(event.message.type)) this.#deadlines.clear("connect");
      this.#handler?.onMessage(event.message, false, now);
    }
  }

  #onOpen(now: number): void {
    this.#deadlines.clear("handshake");
    this.#schedule("connect", now + this.#connectTimeoutMs);
    this.#expectMore(now);
    const host = {
      drain: () => this.#drain(),
      confirm: () => this.#deadlines.clear("connect"),
    };
    this.#handler = this.#accept(new ChunkTransport(this.#connection, host, this.#writer));
  }

  /** The far end gets time to take what was written, and to end its side. */
  #onClosed(error: RtmfpError | undefined, now: number): void {
    this.#error ??= error;
    this.#deadlines.clearAll();
    this.#budget?.leave(this.#share);
    if (!this.#socket.destroyed) {
      this.#schedule("linger", now + LINGER_MS);
      this.#writer.end();
    }
    const handler = this.#handler;
    this.#handler = undefined;
    handler?.onEnd(now);
  }

  #receive(bytes: Uint8Array, now: number): void {
    this.#connection.receive(bytes);
    this.#budget?.note(this.#share);
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
    if (isLate) {
      this.#error ??= new RtmfpError("TIMEOUT", "the far end of an RTMP connection fell silent");
      this.#socket.destroy();
    } else if (this.#deadlines.takeDue("ping", now)) {
      const timestampMs = Math.trunc(now) >>> 0;
      this.#connection.send(encodeUserControl({ event: "pingRequest", timestampMs }));
    }
    this.#alarm.set(this.#deadlines.earliest);
  }

  #schedule(name: "handshake" | "connect" | "ping" | "idle" | "linger", at: number): void {
    this.#deadlines.set(name, at);
    this.#alarm.set(this.#deadlines.earliest);
  }

  #makeShare(): BudgetMember {
    const [connection, writer] = [this.#connection, this.#writer];
    return {
      get heldBytes() {
        return connection.unfinishedBytes + writer.unsentBytes;
      },
      giveWay: () => this.#giveUp("an RTMP connection takes more memory than others"),
    };
  }

  /** Its end is told when the socket says so: whoever is at it now may be in the middle of something. */
  #giveUp(why: string): void {
    this.#error ??= new RtmfpError("LIMIT", why);
    this.#socket.destroy();
  }
}

function brokenBy(cause: Error): RtmfpError {
  if (cause instanceof RtmfpError) return cause;
  return new RtmfpError("UNREACHABLE", `the connection broke: ${cause.message}`, { cause });
}

function isCommand(type: number): boolean {
  return type === MessageType.commandAmf0 || type === MessageType.commandAmf3;
}

function ignore(): void {}

/** It, the message that is put together, and the chunks in which that goes on to others. */
const BUFFERS_PER_PIECE = 3;
/** Whoever has not taken our last bytes by then does not read. */
const LINGER_MS = 2_000;
