import { RtmfpError } from "../../../protocol/errors.ts";
import type { ConnectRtmp } from "../../../protocol/node/connect-rtmp.ts";
import { RtmpSocket } from "../../../protocol/node/rtmp-socket.ts";
import { HANDSHAKE_RANDOM_BYTES, PlainHandshake } from "../../../protocol/rtmp/handshake.ts";
import { parseRtmpUrl } from "../../../protocol/rtmp/url.ts";
import type { ListenRtmp } from "../../../rendezvous/options.ts";
import type { Host } from "../host.ts";
import { LabStream } from "./stream.ts";

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
        isClient: true,
        limits: { handshakeTimeoutMs: options.handshakeTimeoutMs },
        onFault: options.onFault,
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

/** `listenRtmp` of a host in the lab. */
export function labListenRtmp(host: Host, sockets: Set<RtmpSocket> = new Set()): ListenRtmp {
  return async (local, accept, { onFault }) => {
    const listener = host.listenTcp(local.port, (socket) => {
      const address = socket.remoteAddress;
      const served: RtmpSocket = new RtmpSocket(new LabStream(socket), host.io, {
        handshake: PlainHandshake.server(host.io.random(HANDSHAKE_RANDOM_BYTES)),
        accept: (transport) => accept(transport, { scheme: "rtmp", address }),
        onFault,
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
