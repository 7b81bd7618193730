import { Readable } from "node:stream";
import cors from "@fastify/cors";
import websocket from "@fastify/websocket";
import type { FastifyInstance, FastifyRequest } from "fastify";
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

/**
 * `/app/name.flv`, over HTTP and over WebSocket, for players in browsers: what is live, from its last
 * keyframe on, until it ends.
 */
export async function flvRoutes(
  server: FastifyInstance,
  streams: FlvStreams,
  maxPlayers: number = MAX_PLAYERS,
): Promise<void> {
  let players = 0;
  /** `onClose` registers what is to be done when a player leaves. */
  const serve = (request: FastifyRequest, sink: FlvSink, onClose: OnClose): void => {
    const stream = find(streams, request);
    if (!stream?.isLive) {
      sink.end();
      return;
    }
    streams.turn((now) => {
      const stop = stream.play(new FlvPlayer(sink), now);
      players += 1;
      onClose(() => {
        players -= 1;
        streams.turn(stop);
      });
    });
  };
  /** Is it there, perhaps after some time? */
  const comes = async (
    stream: FlvStream,
    { raw: { socket } }: FastifyRequest,
  ): Promise<boolean> => {
    if (stream.isLive) return true;
    const gone = new AbortController();
    const leave = (): void => gone.abort();
    socket.once("close", leave);
    players += 1;
    try {
      const limit = AbortSignal.any([gone.signal, AbortSignal.timeout(MAX_WAIT_MS)]);
      return await awaitStream(streams, stream, limit);
    } finally {
      players -= 1;
      socket.off("close", leave);
    }
  };
  await server.register(cors, { origin: "*", methods: ["GET", "HEAD"] });
  await server.register(websocket, { options: { maxPayload: MAX_RECEIVED_BYTES } });
  server.route({
    method: "GET",
    url: "/*",
    // Nobody listens to an answer without a body, nor to one that comes after the upgrade.
    exposeHeadRoute: false,
    preValidation: async (request, reply) => {
      const stream = find(streams, request);
      if (stream && players >= maxPlayers)
        await reply.code(503).send({ error: "too many players" });
      else if (!stream || !(await comes(stream, request))) {
        await reply.code(404).send({ error: "there is no such stream" });
      }
    },
    handler: (request, reply) => {
      const body = new Readable({ read: () => undefined });
      // Bytes that wait in the socket count as well as those that wait for it.
      const unsent = (): number => body.readableLength + reply.raw.writableLength;
      serve(request, readableSink(body, unsent), (leave) => body.once("close", leave));
      return reply.type("video/x-flv").send(body);
    },
    wsHandler: (socket, request) => {
      serve(request, webSocketSink(socket), (leave) => socket.once("close", leave));
      // What a player says is not for us.
      socket.on("error", () => socket.terminate());
    },
  });
}

type OnClose = (leave: () => void) => void;

/** What is before the last slash is the application. */
function find(streams: FlvStreams, { url }: FastifyRequest): FlvStream | undefined {
  const parts = PATH.exec(url)?.groups;
  if (!parts) return undefined;
  const { app = "", name = "", query = "" } = parts;
  try {
    return streams.find(decodeURIComponent(app), decodeURIComponent(name) + query);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

function readableSink(body: Readable, unsent: () => number): FlvSink {
  return {
    get unsentBytes() {
      return unsent();
    },
    send: (bytes) => {
      if (!body.destroyed) body.push(bytes);
    },
    end: () => {
      if (!body.readableEnded && !body.destroyed) body.push(null);
    },
    destroy: () => body.destroy(),
  };
}

/** What is used of a WebSocket. */
interface WebSocketLike {
  readonly bufferedAmount: number;
  send(bytes: Uint8Array): void;
  close(code: number): void;
  terminate(): void;
}

function webSocketSink(socket: WebSocketLike): FlvSink {
  return {
    get unsentBytes() {
      return socket.bufferedAmount;
    },
    send: (bytes) => socket.send(bytes),
    end: () => socket.close(ENDED),
    destroy: () => socket.terminate(),
  };
}

const PATH = /^\/(?:(?<app>[^?]*)\/)?(?<name>[^/?]+)\.flv(?<query>\?.*)?$/;
/** RFC 6455 §7.4.1: it is done. */
const ENDED = 1_000;
/** As many as RTMP connections; each may have 8 MB to take. */
const MAX_PLAYERS = 1_024;
/** Another server answers in a second or two; what nobody publishes there will not come. */
const MAX_WAIT_MS = 10_000;
const MAX_RECEIVED_BYTES = 4_096;
