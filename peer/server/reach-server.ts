import type { AmfObject, AmfValue } from "../../protocol/amf/value.ts";
import { isAmfObject } from "../../protocol/amf/value.ts";
import { fromHex, toHex } from "../../protocol/bytes/hex.ts";
import type { Identity } from "../../protocol/crypto/identity.ts";
import { proveIdentity } from "../../protocol/crypto/identity-proof.ts";
import { RtmfpError } from "../../protocol/errors.ts";
import type { ConnectRtmp } from "../../protocol/node/connect-rtmp.ts";
import type { ClientApplication } from "../../protocol/tc/client-connection.ts";
import type { Command } from "../../protocol/tc/command.ts";
import type { Transport } from "../../protocol/tc/transport.ts";
import type { Network } from "../network.ts";
import type { PeerOptions, WaitOptions } from "../options.ts";
import type { PeerPlatform } from "../platform.ts";
import type { RendezvousUrl } from "../url.ts";
import { anyOf, orAborted, pause } from "../wait.ts";
import { ServerLink } from "./server-link.ts";

/** What is needed to reach a server. */
export interface ServerReach {
  readonly platform: PeerPlatform;
  readonly network: Network;
  readonly identity: Identity;
  readonly discriminator: Uint8Array;
  readonly options: PeerOptions;
  /** A command of the server. */
  onCall(command: Command): boolean;
  /** The connection that was answered here is gone. */
  onEnd(server: ServerLink, error: RtmfpError | undefined): void;
  /** The server asks us to connect anew: to `tcUrl`, or where it is. */
  onReconnectRequest(server: ServerLink, tcUrl: string | undefined): void;
  /** The server's advice for sessions with peers, unless the user knows better. */
  onKeepalive(peerMs: number): void;
}

/** Connects to the server over UDP, over TCP, or over whichever works first. Rejects as they do. */
export async function reachServer(
  reach: ServerReach,
  url: RendezvousUrl,
  options: WaitOptions,
): Promise<ServerLink> {
  const { platform, options: peerOptions } = reach;
  const { transport = "auto" } = peerOptions;
  const { connectRtmp } = platform;
  const udp = (wait: WaitOptions): Promise<ServerLink> => overUdp(reach, url, wait);
  const tcp = (wait: WaitOptions): Promise<ServerLink> => {
    if (!connectRtmp) throw new RtmfpError("UNREACHABLE", "there is no TCP here");
    return overTcp(reach, connectRtmp, url, wait);
  };
  if (transport === "tcp") return tcp(options);
  if (transport === "udp" || !connectRtmp) return udp(options);
  return firstUsable(udp, tcp, platform, options);
}

/** TCP is tried as well when UDP was not answered soon, or cannot work at all. */
async function firstUsable(
  udp: (options: WaitOptions) => Promise<ServerLink>,
  tcp: (options: WaitOptions) => Promise<ServerLink>,
  { io }: PeerPlatform,
  options: WaitOptions,
): Promise<ServerLink> {
  const ended = new AbortController();
  const both = { signal: anyOf(options.signal, ended.signal) };
  const first = udp(both);
  const second = Promise.race([pause(io, TCP_AFTER_MS, both), unusable(first)]).then(() =>
    orUnreachable(tcp(both)),
  );
  let winner: ServerLink | undefined;
  const closeLoser = (server: ServerLink): void => {
    if (winner && server !== winner) server.close();
  };
  try {
    // What does not work here is made up for by the other; if neither does, UDP's error says why.
    const viaUdp = first.catch(async (error: unknown) => {
      if (isFinal(error)) throw error;
      return second.catch((tcpError: unknown) => {
        throw isFinal(tcpError) ? tcpError : error;
      });
    });
    const viaTcp = second.catch((error: unknown) => {
      if (isFinal(error)) throw error;
      return first;
    });
    winner = await Promise.race([viaUdp, viaTcp]);
    return winner;
  } finally {
    ended.abort(new RtmfpError("CLOSED", "reached over another transport"));
    first.then(closeLoser, () => undefined);
    second.then(closeLoser, () => undefined);
  }
}

/** Whatever is wrong with TCP here: as long as the server does not say no, UDP may still work. */
async function orUnreachable(attempt: Promise<ServerLink>): Promise<ServerLink> {
  try {
    return await attempt;
  } catch (cause) {
    if (isRefusal(cause)) throw cause;
    throw new RtmfpError("UNREACHABLE", "the server is not reached over TCP", { cause });
  }
}

/** Resolves when UDP does not work here; rejects when the server, or something else, says no. */
async function unusable(attempt: Promise<ServerLink>): Promise<void> {
  try {
    await attempt;
  } catch (error) {
    if (isFinal(error)) throw error;
    return;
  }
  return new Promise(() => undefined);
}

/** Another transport would not help. */
function isFinal(error: unknown): boolean {
  return !(error instanceof RtmfpError) || !NETWORK_ERRORS.has(error.code);
}

async function overUdp(
  reach: ServerReach,
  url: RendezvousUrl,
  options: WaitOptions,
): Promise<ServerLink> {
  const { network, platform, discriminator } = reach;
  const { port = 0, token, deadlines, keepaliveMs } = reach.options;
  const ips = await orAborted(platform.resolve(url.host), options);
  if (network.addresses.length === 0) await network.bind(port);
  const candidates = ips.map((ip) => ({ ip, port: url.port }));
  const noLimit = Number.POSITIVE_INFINITY;
  const router = await network.open(discriminator, candidates, noLimit, options);
  const { session } = router;
  session.setLimits({ elsewhereMs: SERVER_ANSWER_MS });
  const application: ClientApplication = {
    onCall: (command) => reach.onCall(command),
    onKeepalive: (serverMs, peerMs) => {
      if (keepaliveMs !== undefined) return;
      session.setLimits({ keepaliveMs: serverMs });
      reach.onKeepalive(peerMs);
    },
    onReconnectRequest: (tcUrl) => reach.onReconnectRequest(server, tcUrl),
    // When the session ends, its own end follows, and knows why.
    onEnd: () => {
      if (session.isOpen) reach.onEnd(server, undefined);
    },
  };
  const transport = router.start();
  const way = { transport, session, close: (now: number) => session.close(now) };
  const server: ServerLink = new ServerLink(way, network.turn, application, deadlines);
  transport.handler = server.handler;
  return connected(server, server.connect(url, token, options));
}

/** RTMP, then RTMPS, then RTMPT, until one works. */
async function overTcp(
  reach: ServerReach,
  connectRtmp: ConnectRtmp,
  url: RendezvousUrl,
  options: WaitOptions,
): Promise<ServerLink> {
  let failure: unknown;
  for (const href of rtmpUrls(url)) {
    try {
      return await overRtmp(reach, connectRtmp, { app: url.app, href }, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (isRefusal(error)) throw error;
      failure ??= error;
    }
  }
  throw failure;
}

async function overRtmp(
  reach: ServerReach,
  connectRtmp: ConnectRtmp,
  url: Pick<RendezvousUrl, "app" | "href">,
  options: WaitOptions,
): Promise<ServerLink> {
  const { token, deadlines } = reach.options;
  const { onFault } = reach.network;
  let error: RtmfpError | undefined;
  let server: ServerLink | undefined;
  const application: ClientApplication = {
    onCall: (command) => reach.onCall(command),
    onReconnectRequest: (tcUrl) => {
      if (server) reach.onReconnectRequest(server, tcUrl);
    },
    onEnd: () => {
      if (server) reach.onEnd(server, error);
    },
  };
  const accept = (transport: Transport): ServerLink["handler"] => {
    const way = { transport, session: undefined, close: () => transport.close() };
    server = new ServerLink(way, reach.network.turn, application, deadlines);
    return server.handler;
  };
  const limits = { handshakeTimeoutMs: ANSWER_MS };
  const way = await connectRtmp(url.href, accept, { ...options, ...limits, onFault });
  void way.closed.then((reason) => {
    error = reason;
  });
  if (!server) throw new RtmfpError("CLOSED", "the server closed the connection");
  // Both are under way at once: a server reads them in order.
  const entered = server.connect(url, token, options);
  return connected(server, Promise.all([entered, prove(reach, server, url, options)]));
}

/** Shows the server who we are, as a session of RTMFP would have, docs/relay.md. */
async function prove(
  { platform: { primitives }, identity }: ServerReach,
  server: ServerLink,
  { app, href }: Pick<RendezvousUrl, "app" | "href">,
  options: WaitOptions,
): Promise<void> {
  const { bytes } = identity.certificate;
  const challenge = await server.call("identify", [toHex(bytes)], options);
  const proof = proveIdentity(primitives, identity, readChallenge(challenge), { app, url: href });
  await server.call("prove", [toHex(proof)], options);
}

function readChallenge(value: AmfValue): {
  group: number;
  publicKey: Uint8Array;
  nonce: Uint8Array;
} {
  const { group, publicKey, nonce }: AmfObject = isAmfObject(value) ? value : {};
  if (typeof group !== "number" || typeof publicKey !== "string" || typeof nonce !== "string") {
    throw new RtmfpError("PROTOCOL", "the server's challenge makes no sense");
  }
  return { group, publicKey: fromHex(publicKey), nonce: fromHex(nonce) };
}

/** `server` when `entered` resolves; otherwise it is closed. */
async function connected(server: ServerLink, entered: Promise<unknown>): Promise<ServerLink> {
  try {
    await entered;
    return server;
  } catch (error) {
    server.close();
    throw error;
  }
}

/** The port of the URL is the server's own for RTMP as well; the others have theirs. */
function rtmpUrls({ host, port, app }: RendezvousUrl): string[] {
  const name = host.includes(":") ? `[${host}]` : host;
  return [
    `rtmp://${name}:${port}/${app}`,
    `rtmps://${name}/${app}`,
    `rtmpt://${name}/${app}`,
    `rtmpt://${name}:${port}/${app}`,
  ];
}

function isRefusal(error: unknown): boolean {
  return error instanceof RtmfpError && error.code === "REJECTED";
}

const NETWORK_ERRORS: ReadonlySet<string> = new Set(["TIMEOUT", "UNREACHABLE"]);
/** The second repetition of a hello that nobody answered goes out then. */
const TCP_AFTER_MS = 1_500;
const ANSWER_MS = 5_000;
/** A server that owes an answer for so long is asked whether it knows us still. */
const SERVER_ANSWER_MS = 2_000;
