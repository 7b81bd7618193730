import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { serverHandshake } from "../rtmp/digest-handshake.ts";
import type { RtmpScheme } from "../rtmp/url.ts";
import type { Transport, TransportHandler } from "../tc/transport.ts";
import type { Address } from "../wire/address.ts";
import { bindError, nodeIo } from "./io.ts";
import { nodePrimitives } from "./primitives.ts";
import { RtmpSocket, type RtmpSocketLimits } from "./rtmp-socket.ts";

export interface RtmpListenerOptions extends RtmpSocketLimits {
  /**
   * Connections at the same time; more are refused.
   * @default 1 024
   */
  readonly maxConnections?: number | undefined;
}

/** How a client came. */
export interface RtmpOrigin {
  readonly scheme: RtmpScheme;
  readonly address: Address;
}

/** Called for each client that has finished its handshake: answers who hears of what it sends. */
export type AcceptRtmpClient = (transport: Transport, origin: RtmpOrigin) => TransportHandler;

/** A TCP port where RTMP clients are served. */
export class RtmpListener {
  readonly address: Address;
  readonly #server: Server;
  readonly #accept: AcceptRtmpClient;
  readonly #limits: RtmpSocketLimits;
  /** BOUNDED: maxConnections. */
  readonly #sockets = new Set<RtmpSocket>();
  #closing: Promise<void> | undefined;

  private constructor(server: Server, accept: AcceptRtmpClient, limits: RtmpSocketLimits) {
    const bound = server.address();
    if (bound === null || typeof bound === "string") throw new TypeError("not a TCP server");
    this.address = { ip: bound.address, port: bound.port };
    this.#server = server;
    this.#accept = accept;
    this.#limits = limits;
    server.on("connection", (socket) => this.#serve(socket));
    // No room for one more socket, for instance: that client is refused, the others go on.
    server.on("error", () => undefined);
  }

  /**
   * Listens at `local`; port 0 lets the system choose. Rejects with `ADDRESS_IN_USE` or
   * `UNREACHABLE`.
   */
  static async listen(
    local: Address,
    accept: AcceptRtmpClient,
    options: RtmpListenerOptions = {},
  ): Promise<RtmpListener> {
    const server = createServer({ noDelay: true });
    server.maxConnections = options.maxConnections ?? 1_024;
    try {
      const ipv6Only = local.ip.includes(":");
      server.listen({ host: local.ip, port: local.port, ipv6Only });
      await once(server, "listening");
    } catch (error) {
      throw bindError(error, "TCP", local);
    }
    return new RtmpListener(server, accept, options);
  }

  /** Ends all connections after what was sent to them, and the port. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#sockets) socket.close();
    await Promise.all([closed, ...[...this.#sockets].map((socket) => socket.closed)]);
  }

  #serve(socket: Socket): void {
    const { remoteAddress, remotePort } = socket;
    if (remoteAddress === undefined || remotePort === undefined) {
      socket.destroy(); // It has left already.
      return;
    }
    const address: Address = { ip: remoteAddress, port: remotePort };
    const handshake = serverHandshake(nodePrimitives);
    const client = new RtmpSocket(socket, nodeIo, {
      handshake,
      accept: (transport) => {
        const scheme = handshake.ciphers ? "rtmpe" : "rtmp";
        return this.#accept(transport, { scheme, address });
      },
      limits: this.#limits,
    });
    this.#sockets.add(client);
    const forget = (): void => {
      this.#sockets.delete(client);
    };
    client.closed.then(forget, forget);
  }
}
