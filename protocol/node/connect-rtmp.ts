import { once } from "node:events";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { RtmfpError } from "../errors.ts";
import { rtmpeClientHandshake } from "../rtmp/digest-handshake.ts";
import { HANDSHAKE_RANDOM_BYTES, type Handshake, PlainHandshake } from "../rtmp/handshake.ts";
import type { SwfFacts } from "../rtmp/swf-verification.ts";
import { parseRtmpUrl, type RtmpScheme, type RtmpUrl } from "../rtmp/url.ts";
import type { OnFault } from "../tc/containment.ts";
import { nodeIo } from "./io.ts";
import { nodePrimitives } from "./primitives.ts";
import { type AcceptRtmp, RtmpSocket, type RtmpSocketLimits } from "./rtmp-socket.ts";
import { RtmptClientStream } from "./rtmpt-client-stream.ts";
import type { ClientTlsOptions } from "./tls-options.ts";

export interface ConnectRtmpOptions extends RtmpSocketLimits {
  /** For rtmps and rtmpts. */
  readonly tls?: ClientTlsOptions | undefined;
  /** Where to connect from; not for RTMPT, which has several connections. */
  readonly localPort?: number | undefined;
  /**
   * Which Flash program to be, for servers that ask.
   * @default undefined: none
   */
  readonly swf?: SwfFacts | undefined;
  /** Told of errors in the handling of what came: they have ended the connection, as `FAULT`. */
  readonly onFault?: OnFault | undefined;
  /** Gives up; the promise rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A connection to an RTMP server. */
export interface RtmpWay {
  /** Resolves when it is gone, with what broke it. */
  readonly closed: Promise<RtmfpError | undefined>;
  /** Delivers what was sent, then ends it. */
  close(): void;
}

/** What `connectRtmp` does, or what stands for it: a simulation brings its own. */
export type ConnectRtmp = (
  url: string,
  accept: AcceptRtmp,
  options: Omit<ConnectRtmpOptions, "tls" | "swf">,
) => Promise<RtmpWay>;

/**
 * Connects to the RTMP server that `url` names, by any of the six schemes; `accept` is called before
 * the promise resolves, when messages can be sent, and answers who hears of what the server sends.
 * Rejects with RangeError for what is no RTMP URL, with `UNREACHABLE`, `TIMEOUT` (all together took
 * longer than `handshakeTimeoutMs`), `PROTOCOL` or the signal's reason.
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
    signal.throwIfAborted();
    const stream = await dial(server, options, signal);
    return await shakeHands(stream, handshakeOf(server.scheme), accept, options, signal);
  } catch (cause) {
    options.signal?.throwIfAborted();
    if (timeout.aborted) throw new RtmfpError("TIMEOUT", `no answer from ${url}`, { cause });
    throw cause;
  }
}

/** The way to the server as a stream of bytes. */
async function dial(
  server: RtmpUrl,
  { tls = {}, localPort }: ConnectRtmpOptions,
  signal: AbortSignal,
): Promise<Duplex> {
  const { scheme, host, port } = server;
  const isSecure = scheme === "rtmps" || scheme === "rtmpts";
  const secure = isSecure ? { ...nameOf(host), ...tls } : undefined;
  if (scheme.startsWith("rtmpt")) return new RtmptClientStream({ host, port, tls: secure });
  // Node's TLS passes on what it does not know to its TCP, but its types do not say so.
  const target = { host, port, localPort };
  const socket: Socket = secure ? connectTls({ ...secure, ...target }) : connectTcp(target);
  socket.setNoDelay();
  try {
    await once(socket, secure ? "secureConnect" : "connect", { signal });
    return socket;
  } catch (cause) {
    socket.destroy();
    throw new RtmfpError("UNREACHABLE", `cannot connect to ${host}:${port}`, { cause });
  }
}

/** RFC 6066 §3: an address is no name of a server. */
function nameOf(host: string): ClientTlsOptions {
  return isIP(host) ? {} : { servername: host };
}

function handshakeOf(scheme: RtmpScheme): Handshake {
  return scheme === "rtmpe" || scheme === "rtmpte"
    ? rtmpeClientHandshake(nodePrimitives)
    : PlainHandshake.client(nodePrimitives.random(HANDSHAKE_RANDOM_BYTES));
}

async function shakeHands(
  stream: Duplex,
  handshake: Handshake,
  accept: AcceptRtmp,
  options: ConnectRtmpOptions,
  signal: AbortSignal,
): Promise<RtmpSocket> {
  const give = (): void => void stream.destroy();
  signal.addEventListener("abort", give);
  try {
    return await new Promise<RtmpSocket>((resolve, reject) => {
      const client = new RtmpSocket(stream, nodeIo, {
        handshake,
        isClient: true,
        limits: options,
        swf: options.swf && [options.swf],
        onFault: options.onFault,
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
