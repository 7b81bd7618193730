import { Readable } from "node:stream";
import cors from "@fastify/cors";
import websocket from "@fastify/websocket";
import type { FastifyInstance } from "fastify";
import type { FlvSink } from "./flv-player.ts";
import { FlvPlayers, type FlvStreams } from "./flv-players.ts";

export interface FlvRoutesOptions {
  /** @default 1 024 */
  readonly maxPlayers?: number | undefined;
  /** How long players over WebSocket have to say goodbye when the server closes, ms. */
  readonly graceMs: number;
}

/**
 * `/app/name.flv`, over HTTP and over WebSocket, for players in browsers: what is live, from its last
 * keyframe on, until it ends.
 */
export async function flvRoutes(
  server: FastifyInstance,
  streams: FlvStreams,
  { maxPlayers = MAX_PLAYERS, graceMs }: FlvRoutesOptions,
): Promise<void> {
  const players = new FlvPlayers(streams, maxPlayers);
  await server.register(cors, { origin: "*", methods: ["GET", "HEAD"] });
  await server.register(websocket, {
    options: { maxPayload: MAX_RECEIVED_BYTES },
    preClose(done) {
      endWebSockets(this.websocketServer, graceMs, done);
    },
  });
  server.route({
    method: "GET",
    url: "/*",
    // Nobody listens to an answer without a body, nor to one that comes after the upgrade.
    exposeHeadRoute: false,
    preValidation: async (request, reply) => {
      const refusal = await players.admit(request);
      if (refusal) await reply.code(refusal.code).send({ error: refusal.error });
    },
    handler: (request, reply) => {
      const body = new Readable({ read: () => undefined });
      // Bytes that wait in the socket count as well as those that wait for it.
      const unsent = (): number => body.readableLength + reply.raw.writableLength;
      players.serve(request, readableSink(body, unsent), (leave) => body.once("close", leave));
      return reply.type("video/x-flv").send(body);
    },
    wsHandler: (socket, request) => {
      players.serve(request, webSocketSink(socket), (leave) => socket.once("close", leave));
      // What a player says is not for us.
      socket.on("error", () => socket.terminate());
    },
  });
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

/** Says goodbye to all; who does not answer in time is hung up on. */
function endWebSockets(server: WebSocketServerLike, graceMs: number, done: () => void): void {
  for (const client of server.clients) client.close(GOING_AWAY);
  const timer = setTimeout(() => {
    for (const client of server.clients) client.terminate();
  }, graceMs);
  server.close(() => {
    clearTimeout(timer);
    done();
  });
}

interface WebSocketServerLike {
  readonly clients: ReadonlySet<WebSocketLike>;
  close(done: () => void): void;
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

/** RFC 6455 §7.4.1: it is done. */
const ENDED = 1_000;
/** RFC 6455 §7.4.1: the server ends. */
const GOING_AWAY = 1_001;
/** As many as RTMP connections; each may have 8 MB to take. */
const MAX_PLAYERS = 1_024;
const MAX_RECEIVED_BYTES = 4_096;
