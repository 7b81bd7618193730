import type { Socket } from "node:net";
import type { FastifyRequest } from "fastify";
import type { Playable } from "../../../protocol/tc/live-stream.ts";
import { awaitStream } from "./await-stream.ts";
import { FlvPlayer, type FlvSink } from "./flv-player.ts";

/** A stream that is live, or that is fetched for who plays it. */
interface FlvStream extends Playable {
  readonly isLive: boolean;
}

/** Where live streams come from. */
export interface FlvStreams {
  /**
   * Undefined if nobody publishes it and it cannot be had elsewhere, or if this player may not play it:
   * the name has its query.
   */
  find(app: string, queriedName: string): FlvStream | undefined;
  /** Runs what changes streams. */
  turn(change: (now: number) => void): void;
}

/** Why somebody may not play. */
export interface FlvRefusal {
  readonly code: number;
  readonly error: string;
}

/** Who plays over HTTP and WebSocket, one stream a connection. */
export class FlvPlayers {
  readonly #streams: FlvStreams;
  readonly #maxPlayers: number;
  /** BOUNDED: maxPlayers. */
  readonly #sockets = new Set<Socket>();
  /** Those whose end is known of: a connection may play one stream after another. */
  readonly #watched = new WeakSet<Socket>();
  readonly #admitted = new WeakMap<FastifyRequest, FlvStream>();

  constructor(streams: FlvStreams, maxPlayers: number) {
    this.#streams = streams;
    this.#maxPlayers = maxPlayers;
  }

  /** Waits until the stream that is asked for is there; answers why it cannot be played. */
  async admit(request: FastifyRequest): Promise<FlvRefusal | undefined> {
    const { socket } = request.raw;
    const stream = this.#find(request);
    if (!stream) return NO_STREAM;
    // Requests that are sent ahead would each have their media wait for the one before.
    const isRoom = this.#sockets.size < this.#maxPlayers && !this.#sockets.has(socket);
    if (!isRoom) return TOO_MANY;
    this.#enter(socket);
    if (stream.isLive || (await this.#comes(stream, socket))) {
      this.#admitted.set(request, stream);
      return undefined;
    }
    this.#sockets.delete(socket);
    return NO_STREAM;
  }

  /** Plays what was asked for; `onClose` registers what is to be done when the player leaves. */
  serve(request: FastifyRequest, sink: FlvSink, onClose: (leave: () => void) => void): void {
    const stream = this.#admitted.get(request);
    const { socket } = request.raw;
    if (!stream?.isLive) {
      this.#sockets.delete(socket);
      sink.end(); // It has ended since.
      return;
    }
    this.#streams.turn((now) => {
      const stop = stream.play(new FlvPlayer(sink), now);
      onClose(() => {
        this.#sockets.delete(socket);
        this.#streams.turn(stop);
      });
    });
  }

  #enter(socket: Socket): void {
    this.#sockets.add(socket);
    if (this.#watched.has(socket)) return;
    this.#watched.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
  }

  async #comes(stream: FlvStream, socket: Socket): Promise<boolean> {
    const gone = new AbortController();
    const leave = (): void => gone.abort();
    socket.once("close", leave);
    try {
      const limit = AbortSignal.any([gone.signal, AbortSignal.timeout(MAX_WAIT_MS)]);
      return await awaitStream(this.#streams, stream, limit);
    } finally {
      socket.off("close", leave);
    }
  }

  /** What is before the last slash is the application. */
  #find({ url }: FastifyRequest): FlvStream | undefined {
    const parts = PATH.exec(url)?.groups;
    if (!parts) return undefined;
    const { app = "", name = "", query = "" } = parts;
    try {
      return this.#streams.find(decodeURIComponent(app), decodeURIComponent(name) + query);
    } catch (error) {
      if (error instanceof URIError) return undefined;
      throw error;
    }
  }
}

const NO_STREAM: FlvRefusal = { code: 404, error: "there is no such stream" };
const TOO_MANY: FlvRefusal = { code: 503, error: "too many players" };
const PATH = /^\/(?:(?<app>[^?]*)\/)?(?<name>[^/?]+)\.flv(?<query>\?.*)?$/;
/** Another server answers in a second or two; what nobody publishes there will not come. */
const MAX_WAIT_MS = 10_000;
