import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from "fastify";
import { RtmfpError } from "../../protocol/errors.ts";
import {
  type ConnectionLimits,
  ConnectionRoom,
  connectionLimits,
} from "../../protocol/node/connection-room.ts";
import { type Address, formatAddress } from "../../protocol/wire/address.ts";
import type { ServerStatus } from "../status.ts";
import type { FlvStreams } from "./flv/flv-players.ts";
import { flvRoutes } from "./flv/routes.ts";
import { headers } from "./headers.ts";
import { refuseStrangeHosts } from "./own-host.ts";
import { renderPage } from "./page.ts";

export interface HttpServerOptions {
  /** Its address is one of this machine alone: only who asks for it as such is answered. */
  readonly isLocal?: boolean | undefined;
  /** @default 1 024, 256 of them from one address */
  readonly limits?: ConnectionLimits | undefined;
  /**
   * How long `close` waits for players over WebSocket to say goodbye, ms.
   * @default 500
   */
  readonly graceMs?: number | undefined;
  /**
   * How long a client may take over a request, ms.
   * @default 10 000
   */
  readonly requestMs?: number | undefined;
}

/**
 * The HTTP face: `/` for people, `/api/status` for programs, `/healthz` for those who watch over it,
 * and `/app/name.flv` for players.
 */
export function createHttpServer(
  status: () => ServerStatus,
  streams?: FlvStreams,
  options: HttpServerOptions = {},
): FastifyInstance {
  const {
    isLocal = false,
    limits = connectionLimits({}),
    graceMs = 500,
    requestMs = REQUEST_MS,
  } = options;
  const server = fastify({
    logger: false,
    forceCloseConnections: true,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: requestMs,
    http: { connectionsCheckingInterval: requestMs / 2 },
  });
  const room = new ConnectionRoom(limits);
  server.server.on("connection", (socket) => room.admit(socket, socket.remoteAddress));
  server.addHook("onSend", async (_request, reply) => {
    reply.headers(headers);
  });
  void server.register(async (scope) => {
    if (isLocal) scope.addHook("onRequest", refuseStrangeHosts);
    scope.get("/", (request, reply) => sendPage(status(), request, reply));
    scope.get("/api/status", () => status());
  });
  server.get("/healthz", () => ({ status: "ok" }));
  // Loaded before it listens.
  if (streams)
    void server.register((scope: FastifyInstance) => flvRoutes(scope, streams, { graceMs }));
  return server;
}
/** Answers where it listens. Rejects with `ADDRESS_IN_USE` or `UNREACHABLE`. */
export async function listenHttp(server: FastifyInstance, local: Address): Promise<string[]> {
  try {
    await server.listen({ host: local.ip, port: local.port });
  } catch (error) {
    const isInUse = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
    throw isInUse
      ? new RtmfpError("ADDRESS_IN_USE", `TCP port ${local.port} is in use`, { cause: error })
      : new RtmfpError("UNREACHABLE", `cannot listen on TCP ${formatAddress(local)}`, {
          cause: error,
        });
  }
  return [server.addresses()]
    .flat()
    .map((address) =>
      typeof address === "string"
        ? address
        : formatAddress({ ip: address.address, port: address.port }),
    );
}

function sendPage(
  status: ServerStatus,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const page = renderPage(status, rtmfpHostFor(status, request.hostname));
  return reply.type("text/html; charset=utf-8").send(page);
}

/** A server that listens on all its addresses is at least where the browser has found it. */
function rtmfpHostFor({ rtmfp }: ServerStatus, hostname: string): string {
  const [first = ""] = rtmfp;
  const port = first.slice(first.lastIndexOf(":") + 1);
  const isWildcard = first.startsWith("0.0.0.0:") || first.startsWith("[::]:");
  if (!isWildcard) return first;
  const host = /^[\w.:[\]-]+$/.test(hostname) ? hostname : "localhost";
  return `${host}:${port}`;
}

/** A request is some hundred bytes. */
const REQUEST_MS = 10_000;
/** The page asks anew before; idle connections take the place of others. */
const KEEP_ALIVE_MS = 10_000;
