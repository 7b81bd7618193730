import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { RtmfpError } from "../errors.ts";
import { rtmpeClientHandshake } from "../rtmp/digest-handshake.ts";
import { HANDSHAKE_RANDOM_BYTES, PlainHandshake } from "../rtmp/handshake.ts";
import { parseRtmpUrl, type RtmpScheme, type RtmpUrl } from "../rtmp/url.ts";
import { nodeIo } from "./io.ts";
import { nodePrimitives } from "./primitives.ts";
import { type AcceptRtmp, RtmpSocket, type RtmpSocketLimits } from "./rtmp-socket.ts";

export interface ConnectRtmpOptions extends RtmpSocketLimits {
  /** Gives up; the promise rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Connects to the RTMP server that `url` names; `accept` is called before the promise resolves, when
 * messages can be sent, and answers who hears of what the server sends. Throws RangeError for what is
 * no RTMP URL; rejects with `UNREACHABLE`, `TIMEOUT`, `PROTOCOL` or the signal's reason.
 */
export async function connectRtmp(
  url: string,
  accept: AcceptRtmp,
  options: ConnectRtmpOptions = {},
): Promise<RtmpSocket> {
  const server = parseRtmpUrl(url);
  const timeout = AbortSignal.timeout(options.handshakeTimeoutMs ?? 5_000);
  const signal = options.signal ? AbortSignal.any([options.signal, timeout]) : timeout;
  try {
    const socket = await dial(server, signal);
    return await shakeHands(socket, server.scheme, accept, options, signal);
  } catch (cause) {
    options.signal?.throwIfAborted();
    if (timeout.aborted) throw new RtmfpError("TIMEOUT", `no answer from ${url}`, { cause });
    throw cause;
  }
}

/** The way to the server as a stream of bytes. */
async function dial({ scheme, host, port }: RtmpUrl, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  if (scheme !== "rtmp" && scheme !== "rtmpe") throw new RangeError(`${scheme} is not supported`);
  const socket = connect({ host, port, noDelay: true });
  try {
    await once(socket, "connect", { signal });
    return socket;
  } catch (cause) {
    socket.destroy();
    throw new RtmfpError("UNREACHABLE", `cannot connect to ${host}:${port}`, { cause });
  }
}

async function shakeHands(
  socket: Socket,
  scheme: RtmpScheme,
  accept: AcceptRtmp,
  limits: RtmpSocketLimits,
  signal: AbortSignal,
): Promise<RtmpSocket> {
  const handshake =
    scheme === "rtmpe"
      ? rtmpeClientHandshake(nodePrimitives)
      : PlainHandshake.client(nodePrimitives.random(HANDSHAKE_RANDOM_BYTES));
  const give = (): void => void socket.destroy();
  signal.addEventListener("abort", give);
  try {
    return await new Promise<RtmpSocket>((resolve, reject) => {
      const client = new RtmpSocket(socket, nodeIo, {
        handshake,
        limits,
        accept: (transport) => {
          resolve(client);
          return accept(transport);
        },
      });
      const refused = new RtmfpError("UNREACHABLE", "the server hung up");
      client.closed.then((error) => reject(error ?? refused), reject);
    });
  } finally {
    signal.removeEventListener("abort", give);
  }
}
