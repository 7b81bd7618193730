import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createServer as createTlsServer, type Server as TlsServer } from "node:tls";
import { SharedBudget } from "../bytes/shared-budget.ts";
import { serverHandshake } from "../rtmp/digest-handshake.ts";
import type { SwfFacts } from "../rtmp/swf-verification.ts";
import type { RtmpScheme } from "../rtmp/url.ts";
import type { OnFault } from "../tc/containment.ts";
import type { Transport, TransportHandler } from "../tc/transport.ts";
import type { Address } from "../wire/address.ts";
import { isLoopback } from "../wire/ip.ts";
import { ConnectionRoom, connectionLimits } from "./connection-room.ts";
import { bindError, nodeIo } from "./io.ts";
import { nodePrimitives } from "./primitives.ts";
import { RtmpSocket, type RtmpSocketLimits } from "./rtmp-socket.ts";
import { isSecure, RtmptService } from "./rtmpt-service.ts";
import { type Speech, sniff } from "./sniff.ts";
import type { ServerTlsOptions } from "./tls-options.ts";

export interface RtmpListenerOptions extends RtmpSocketLimits {
  /**
   * Connections at the same time, and as many tunnels through HTTP; more are refused.
   * @default 1 024
   */
  readonly maxConnections?: number | undefined;
  /**
   * How many of them from one IPv4 address, or one /64 of IPv6; this machine itself has no such limit.
   * @default 256
   */
  readonly maxConnectionsPerAddress?: number | undefined;
  /**
   * Serves clients that speak TLS, too.
   * @default undefined: not
   */
  readonly tls?: ServerTlsOptions | undefined;
  /**
   * Serves nobody else.
   * @default false
   */
  readonly isTlsRequired?: boolean | undefined;
  /**
   * Serves no client but these Flash programs, and what knows them. That is no security.
   * @default undefined: any
   */
  readonly swf?: readonly SwfFacts[] | undefined;
  /** Told of errors in the handling of what came: they have ended that connection, as `FAULT`. */
  readonly onFault?: OnFault | undefined;
  /**
   * What all clients may hold together: of messages that have come in part, and of what they are sent and
   * do not take. Who holds most is hung up on.
   * @default 536 870 912 bytes, for this port alone
   */
  readonly budget?: SharedBudget | undefined;
}

/** How a client came. */
export interface RtmpOrigin {
  readonly scheme: RtmpScheme;
  readonly address: Address;
}

/** Called for each client that has finished its handshake: answers who hears of what it sends. */
export type AcceptRtmpClient = (transport: Transport, origin: RtmpOrigin) => TransportHandler;

/**
 * A TCP port where RTMP clients are served: plain, RTMPE, within HTTP (RTMPT) and within TLS (RTMPS,
 * RTMPTS), told apart by the first byte.
 */
export class RtmpListener {
  readonly address: Address;
  readonly #server: Server;
  readonly #accept: AcceptRtmpClient;
  readonly #options: RtmpListenerOptions;
  readonly #timeoutMs: number;
  readonly #tls: TlsServer | undefined;
  readonly #rtmpt: RtmptService;
  readonly #room: ConnectionRoom;
  readonly #tunnelRoom: ConnectionRoom;
  /** BOUNDED: maxConnections, and what is TLS in them. */
  readonly #connections = new Set<Socket>();
  /** BOUNDED: maxConnections, and as many tunnels. */
  readonly #clients = new Set<RtmpSocket>();
  readonly #budget: SharedBudget;
  #closing: Promise<void> | undefined;

  private constructor(
    server: Server,
    tls: TlsServer | undefined,
    accept: AcceptRtmpClient,
    options: RtmpListenerOptions,
  ) {
    const bound = server.address();
    if (bound === null || typeof bound === "string") throw new TypeError("not a TCP server");
    this.address = { ip: bound.address, port: bound.port };
    this.#server = server;
    this.#accept = accept;
    this.#options = options;
    this.#budget = options.budget ?? new SharedBudget(MAX_CLIENT_BYTES);
    this.#timeoutMs = timeoutMsOf(options);
    this.#tls = tls?.on("secureConnection", (socket) => this.#secured(socket));
    const limits = connectionLimits(options);
    this.#room = new ConnectionRoom(limits);
    this.#tunnelRoom = new ConnectionRoom(limits);
    this.#rtmpt = new RtmptService((tunnel, socket) => this.#serveTunnel(tunnel, socket), {
      maxTunnels: limits.max,
      firstRequestMs: this.#timeoutMs,
      refusesPages: isLoopback(this.address.ip),
    });
    server.on("connection", (socket) => this.#connected(socket));
    // No room for one more socket, for instance: that client is refused, the others go on.
    server.on("error", () => undefined);
  }

  /**
   * Listens at `local`; port 0 lets the system choose. Rejects with `ADDRESS_IN_USE` or
   * `UNREACHABLE`, or the error of OpenSSL if that cannot use `tls`.
   */
  static async listen(
    local: Address,
    accept: AcceptRtmpClient,
    options: RtmpListenerOptions = {},
  ): Promise<RtmpListener> {
    const tls = tlsServer(options);
    const server = createServer({ noDelay: true });
    server.maxConnections = connectionLimits(options).max;
    try {
      const ipv6Only = local.ip.includes(":");
      server.listen({ host: local.ip, port: local.port, ipv6Only });
      await once(server, "listening");
    } catch (error) {
      throw bindError(error, "TCP", local);
    }
    return new RtmpListener(server, tls, accept, options);
  }

  /** Ends all connections after what was sent to them, and the port. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const client of this.#clients) client.close();
    await Promise.all([...this.#clients].map((client) => client.closed));
    this.#rtmpt.close();
    for (const socket of this.#connections) socket.destroySoon();
    // Who does not read what was sent to it holds up nobody.
    const late = setTimeout(() => this.#destroyAll(), LINGER_MS);
    await closed;
    clearTimeout(late);
  }

  #destroyAll(): void {
    for (const socket of this.#connections) socket.destroy();
  }

  #connected(socket: Socket): void {
    socket.on("error", () => undefined); // "close" follows.
    if (!this.#room.admit(socket, socket.remoteAddress)) return;
    this.#keep(socket);
    sniff(socket, this.#timeoutMs, (speech) => this.#heard(socket, speech));
  }

  #keep(socket: Socket): void {
    this.#connections.add(socket);
    socket.on("close", () => this.#connections.delete(socket));
    socket.on("error", () => undefined); // "close" follows.
  }

  #heard(socket: Socket, speech: Speech): void {
    if (speech === "tls") {
      if (this.#tls) this.#tls.emit("connection", socket);
      else socket.destroy();
    } else if (this.#options.isTlsRequired) socket.destroy();
    else this.#route(socket, speech);
  }

  /** The same once more inside TLS, but for TLS itself. */
  #secured(socket: Socket): void {
    this.#keep(socket);
    sniff(socket, this.#timeoutMs, (speech) => this.#route(socket, speech));
  }

  #route(socket: Socket, speech: Speech): void {
    if (speech === "http") this.#rtmpt.serve(socket);
    else if (speech === "tls") socket.destroy();
    else {
      this.#serve(socket, isSecure(socket) ? "rtmps" : "rtmp", socket);
      process.nextTick(() => socket.resume());
    }
  }

  /** One connection may open many. */
  #serveTunnel(tunnel: Duplex, socket: Socket): void {
    if (!this.#tunnelRoom.admit(tunnel, socket.remoteAddress)) return;
    this.#serve(tunnel, isSecure(socket) ? "rtmpts" : "rtmpt", socket);
  }

  #serve(stream: Duplex, scheme: RtmpScheme, { remoteAddress, remotePort }: Socket): void {
    if (remoteAddress === undefined || remotePort === undefined) {
      stream.destroy(); // It has left already.
      return;
    }
    const address: Address = { ip: remoteAddress, port: remotePort };
    const handshake = serverHandshake(nodePrimitives);
    const client = new RtmpSocket(stream, nodeIo, {
      handshake,
      limits: this.#options,
      swf: this.#options.swf,
      onFault: this.#options.onFault,
      budget: this.#budget,
      accept: (transport) => {
        const encrypted = handshake.ciphers ? ENCRYPTED[scheme] : undefined;
        return this.#accept(transport, { scheme: encrypted ?? scheme, address });
      },
    });
    this.#clients.add(client);
    const forget = (): void => {
      this.#clients.delete(client);
    };
    client.closed.then(forget, forget);
  }
}

/**
 * What all clients of a server may hold together. Each alone may have 32 MB on its way in either direction,
 * and what a newcomer is sent at once may be 5 MB; a thousand that do not read would take all there is.
 */
export const MAX_CLIENT_BYTES = 536_870_912;

/** TLS for sockets that somebody else accepts; undefined: none is spoken. */
function tlsServer(options: RtmpListenerOptions): TlsServer | undefined {
  if (!options.tls) return undefined;
  const server = createTlsServer({ ...options.tls, handshakeTimeout: timeoutMsOf(options) });
  return server.on("tlsClientError", (_, socket) => socket.destroy());
}

function timeoutMsOf({ handshakeTimeoutMs = 5_000 }: RtmpListenerOptions): number {
  return handshakeTimeoutMs;
}

/** As an RTMP connection that ends: see `RtmpSocket`. */
const LINGER_MS = 2_000;

/** What a scheme is called if the handshake was that of RTMPE. */
const ENCRYPTED: Readonly<Partial<Record<RtmpScheme, RtmpScheme>>> = {
  rtmp: "rtmpe",
  rtmpt: "rtmpte",
};
