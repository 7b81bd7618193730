import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { Tally } from "../bytes/tally.ts";
import type { Alarm } from "../io.ts";
import { RtmptServer } from "../rtmp/rtmpt-server.ts";
import type { RtmptResponse } from "../rtmp/rtmpt-session.ts";
import { sourceOf } from "../wire/source.ts";
import { nodeIo } from "./io.ts";
import { plain } from "./plain.ts";
import { RtmptStream } from "./rtmpt-stream.ts";

/** Called for each tunnel; `socket` is the one over which it was opened. */
export type AcceptTunnel = (stream: Duplex, socket: Socket) => void;

export interface RtmptServiceOptions {
  readonly maxTunnels: number;
  /** How long a client may take over its first request, ms. */
  readonly firstRequestMs: number;
  /**
   * Answer nothing that a page in a browser asks: one that was found under a name that points to this
   * machine by now (DNS rebinding) could read what is for this machine alone.
   */
  readonly refusesPages: boolean;
}

/** Tunnels through HTTP, over sockets that somebody else accepts. */
export class RtmptService {
  readonly #http: Server;
  readonly #firstRequestMs: number;
  readonly #refusesPages: boolean;
  readonly #tunnels: RtmptServer<Socket>;
  readonly #alarm: Alarm;
  /** Bytes of requests that are not complete, by source. BOUNDED: by who accepts their sockets. */
  readonly #partial = new Tally();
  /** Sockets whose next request is not complete. BOUNDED: by who accepts them. */
  readonly #asking = new Map<Socket, NodeJS.Timeout>();

  constructor(accept: AcceptTunnel, options: RtmptServiceOptions) {
    const { maxTunnels, firstRequestMs } = options;
    this.#firstRequestMs = firstRequestMs;
    this.#refusesPages = options.refusesPages;
    this.#http = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) =>
      this.#receive(request, response),
    );
    this.#http.timeout = KEEP_ALIVE_MS;
    this.#tunnels = new RtmptServer({
      random: nodeIo.random,
      maxSessions: maxTunnels,
      accept: (session, socket) => {
        const stream = new RtmptStream(session);
        accept(stream, socket);
        return stream;
      },
    });
    this.#alarm = nodeIo.alarm(() => this.#turn((now) => this.#tunnels.advance(now)));
  }

  /** Takes over a socket that speaks HTTP, paused before its first byte. */
  serve(socket: Socket): void {
    this.#awaitRequest(socket, this.#firstRequestMs);
    socket.on("close", () => {
      this.#stopAwaiting(socket);
      this.#turn((now) => this.#tunnels.hungUp(socket, now));
    });
    this.#http.emit("connection", socket);
    process.nextTick(() => socket.resume());
  }

  /** Ends all tunnels at once. */
  close(): void {
    this.#turn(() => this.#tunnels.close());
    this.#http.close();
  }

  /** Node's own limits of that kind are for servers that listen; the others are of silence. */
  #awaitRequest(socket: Socket, ms: number): void {
    this.#stopAwaiting(socket);
    if (!socket.destroyed)
      this.#asking.set(
        socket,
        setTimeout(() => socket.destroy(), ms),
      );
  }

  #stopAwaiting(socket: Socket): void {
    clearTimeout(this.#asking.get(socket));
    this.#asking.delete(socket);
  }

  #turn(change: (now: number) => void): void {
    change(nodeIo.now());
    this.#alarm.set(this.#tunnels.timeout);
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const source = sourceOf({ ip: socket.remoteAddress ?? "::", port: 0 });
    const chunks: Buffer[] = [];
    let length = 0;
    const forget = (): void => {
      this.#partial.remove(source, length);
      length = 0;
    };
    request.on("error", () => undefined); // The client has hung up; "close" follows.
    request.on("close", forget);
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      this.#partial.add(source, chunk.length);
      const isFull = this.#partial.of(source) > MAX_PARTIAL_BYTES;
      if (isFull || length > MAX_BODY_BYTES) request.destroy();
      else chunks.push(chunk);
    });
    response.on("finish", () => this.#awaitRequest(socket, KEEP_ALIVE_MS));
    request.on("end", () => {
      forget();
      this.#stopAwaiting(socket);
      const body = new Uint8Array(plain(Buffer.concat(chunks)));
      const respond = (answer: RtmptResponse): void => write(response, answer);
      const { url = "/", method, headers } = request;
      const isPage = headers.origin !== undefined;
      if (isPage && this.#refusesPages) write(response, { status: 403, body: new Uint8Array() });
      else if (method !== "POST") respond({ status: 404, body: new Uint8Array() });
      else this.#turn((now) => this.#tunnels.request(url, body, socket, respond, now));
    });
  }
}

/** Is the socket inside TLS? */
export function isSecure(socket: Socket): boolean {
  return socket instanceof TLSSocket;
}

/** In one piece and with its length: librtmp reads nothing else. */
function write(response: ServerResponse, { status, body }: HttpAnswer): void {
  response.writeHead(status, {
    "Content-Type": "application/x-fcs",
    "Content-Length": body.length,
    "Cache-Control": "no-store",
  });
  response.end(body);
}

type HttpAnswer = Pick<RtmptResponse, "body"> & { readonly status: number };

/** Clients keep one connection for all of their requests. */
const KEEP_ALIVE_MS = 60_000;
/** Far more than a second of the best picture. */
const MAX_BODY_BYTES = 4_194_304;
/** Of one source, which is never busy with so many large ones; it may have hundreds of connections. */
const MAX_PARTIAL_BYTES = 33_554_432;
