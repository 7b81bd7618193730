import { Duplex } from "node:stream";
import type { ConnectRtmp, ConnectTcp } from "../../peer/platform.ts";
import { RtmfpError } from "../../protocol/errors.ts";
import type { Io } from "../../protocol/io.ts";
import { RtmpSocket } from "../../protocol/node/rtmp-socket.ts";
import { HANDSHAKE_RANDOM_BYTES, PlainHandshake } from "../../protocol/rtmp/handshake.ts";
import { parseRtmpUrl } from "../../protocol/rtmp/url.ts";
import type { ListenRtmp } from "../../rendezvous/options.ts";
import type { Host } from "../lab/index.ts";

type LabSocket = Awaited<ReturnType<Host["connectTcp"]>>;

/** A TCP connection of the lab as a stream of Node.js. */
class LabStream extends Duplex {
  readonly #socket: LabSocket;
  #taken: (() => void) | undefined;

  constructor(socket: LabSocket) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    socket.onData = (bytes) => void this.push(Buffer.from(bytes));
    socket.onDrain = () => {
      const taken = this.#taken;
      this.#taken = undefined;
      taken?.();
    };
    socket.onClose = (error) => {
      if (error) this.destroy(error);
      else this.push(null);
    };
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#socket.send(chunk);
    if (this.#socket.bufferedBytes < SEND_BUFFER_BYTES) done();
    else this.#taken = done;
  }

  override _final(done: () => void): void {
    this.#socket.close();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}

/** `connectRtmp` of a host in the lab. */
export function labConnectRtmp(host: Host): ConnectRtmp {
  return async (url, accept, options) => {
    const { scheme, host: ip, port } = parseRtmpUrl(url);
    if (scheme !== "rtmp") throw new RtmfpError("UNREACHABLE", `no ${scheme} in the lab`);
    const stream = await dial(host, { ip, port }, options);
    const handshake = PlainHandshake.client(host.io.random(HANDSHAKE_RANDOM_BYTES));
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        stream.destroy();
        reject(options.signal?.reason);
      };
      options.signal?.addEventListener("abort", giveUp);
      const client = new RtmpSocket(stream, host.io, {
        handshake,
        limits: { handshakeTimeoutMs: options.handshakeTimeoutMs },
        accept: (transport) => {
          options.signal?.removeEventListener("abort", giveUp);
          resolve(client);
          return accept(transport);
        },
      });
      const hungUp = new RtmfpError("UNREACHABLE", "hung up");
      client.closed.then((error) => reject(error ?? hungUp), reject);
    });
  };
}

async function dial(
  host: Host,
  to: { readonly ip: string; readonly port: number },
  options: Parameters<ConnectRtmp>[2],
): Promise<LabStream> {
  const late = new AbortController();
  const alarm = host.io.alarm(() => late.abort(new RtmfpError("TIMEOUT", "no answer")));
  alarm.set(host.io.now() + (options.handshakeTimeoutMs ?? 5_000));
  const signal = options.signal ? AbortSignal.any([options.signal, late.signal]) : late.signal;
  try {
    return new LabStream(await host.connectTcp(to, { signal, localPort: options.localPort }));
  } finally {
    alarm.set(Number.POSITIVE_INFINITY);
  }
}

/** `connectTcp` of a host in the lab. */
export function labConnectTcp(host: Host): ConnectTcp {
  return async ({ host: ip, port, localPort }, { signal }) => {
    const socket = await host.connectTcp({ ip, port }, { localPort, signal });
    return {
      get unsentBytes() {
        return Math.max(0, socket.bufferedBytes - SEND_BUFFER_BYTES);
      },
      listen({ onBytes, onClosed }) {
        socket.onData = onBytes;
        socket.onClose = onClosed;
      },
      send: (bytes) => socket.send(bytes),
      close() {
        socket.onData = () => undefined;
        socket.onClose = () => undefined;
        socket.destroy();
      },
    };
  };
}

/** `listenRtmp` of a host in the lab. */
export function labListenRtmp(host: Host, sockets: Set<RtmpSocket> = new Set()): ListenRtmp {
  return async (local, accept) => {
    const listener = host.listenTcp(local.port, (socket) => {
      const address = socket.remoteAddress;
      const served: RtmpSocket = new RtmpSocket(new LabStream(socket), host.io, {
        handshake: PlainHandshake.server(host.io.random(HANDSHAKE_RANDOM_BYTES)),
        accept: (transport) => accept(transport, { scheme: "rtmp", address }),
      });
      sockets.add(served);
      const forget = (): void => void sockets.delete(served);
      served.closed.then(forget, forget);
    });
    return {
      address: { ip: local.ip, port: listener.port },
      async close() {
        listener.close();
        const all = [...sockets];
        for (const socket of all) socket.close();
        await Promise.all(all.map((socket) => socket.closed));
      },
    };
  };
}

/** A world in which no datagram gets out, and none in. */
export function withoutUdp(io: Io): Io {
  return {
    ...io,
    async bind(local, _receive) {
      const link = await io.bind(local, () => undefined);
      return {
        get address() {
          return link.address;
        },
        send: () => undefined,
        close: () => link.close(),
      };
    },
  };
}

const SEND_BUFFER_BYTES = 16_384;
