import { createHash } from "node:crypto";
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from "fastify";
import { RtmfpError } from "../../protocol/errors.ts";
import { type Address, formatAddress } from "../../protocol/wire/address.ts";
import type { ServerStatus } from "../status.ts";
import { type FlvStreams, flvRoutes } from "./flv/routes.ts";
import { renderPage } from "./page.ts";
import { pageStyle } from "./page-style.ts";

/**
 * The HTTP face: `/` for people, `/api/status` for programs, `/healthz` for those who watch over it,
 * and `/app/name.flv` for players.
 */
export function createHttpServer(
  status: () => ServerStatus,
  streams?: FlvStreams,
): FastifyInstance {
  const server = fastify({ logger: false, forceCloseConnections: true });
  server.addHook("onSend", async (_request, reply) => {
    reply.headers(HEADERS);
  });
  server.get("/", (request, reply) => sendPage(status(), request, reply));
  server.get("/api/status", () => status());
  server.get("/healthz", () => ({ status: "ok" }));
  // Loaded before it listens.
  if (streams) void server.register((scope: FastifyInstance) => flvRoutes(scope, streams));
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

const styleHash = createHash("sha256").update(pageStyle).digest("base64");

const HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};
