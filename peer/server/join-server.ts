import { serverDiscriminator } from "../../protocol/crypto/endpoint-discriminator.ts";
import type { Identity } from "../../protocol/crypto/identity.ts";
import type { RtmfpError } from "../../protocol/errors.ts";
import { CONNECT_TIMEOUT_MS, type WaitOptions } from "../options.ts";
import { Paths, type PathsHost } from "../paths/paths.ts";
import { Meetings } from "../sessions/meetings.ts";
import { Pairing } from "../sessions/pairing.ts";
import type { RendezvousUrl } from "../url.ts";
import { HomeServer } from "./home-server.ts";
import { reachServer, type ServerReach } from "./reach-server.ts";
import type { ServerLink } from "./server-link.ts";
import { ServerWatch } from "./server-watch.ts";

/** What a peer has at its server. */
export interface Joined {
  readonly home: HomeServer;
  readonly server: ServerLink;
  readonly paths: Paths;
  readonly meetings: Meetings;
  readonly pairing: Pairing;
  readonly watch: ServerWatch;
}

export interface JoinHost
  extends Pick<ServerReach, "platform" | "network" | "identity" | "options">,
    Omit<PathsHost, "server" | "fingerprint"> {
  readonly identity: Identity;
  /** The connection is gone. */
  onDisconnected(error: RtmfpError | undefined): void;
  /** The server has sent us to another one, and we are there. */
  onServerMoved(url: string): void;
  /** The server was gone, and we are there again. */
  onReconnected(url: string): void;
  /** The server says that the partner left. */
  onPartnerLeft(peerId: string, reason: string): void;
}

/** Connects to the server, and makes all that is found by it. Rejects as `reachServer`. */
export async function joinServer(
  host: JoinHost,
  url: RendezvousUrl,
  options: WaitOptions,
): Promise<Joined> {
  const { network, sessions, platform, identity } = host;
  let joined: Joined | undefined;
  const { options: peerOptions } = host;
  const timeoutMs = peerOptions.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
  const { io } = platform;
  const reach: Omit<ServerReach, "discriminator"> = {
    ...host,
    onCall(command) {
      if (!joined) return false;
      const { pairing, paths, meetings } = joined;
      return pairing.onCall(command) || paths.onCall(command) || meetings.onCall(command);
    },
    onEnd: (ended, error) => home.ended(ended, error),
    onReconnectRequest: (from, tcUrl) => void home.follow(from, tcUrl),
    onKeepalive: (peerMs) => sessions.setKeepalive(peerMs),
  };
  const changed = (where: RendezvousUrl): void => {
    joined?.pairing.end();
    joined?.paths.serverChanged(where);
  };
  const home: HomeServer = new HomeServer(url, {
    io,
    timeoutMs,
    reach: (where, wait) =>
      reachServer({ ...reach, discriminator: serverDiscriminator(where.href) }, where, wait),
    onEnd: (error) => host.onDisconnected(error),
    onMoved(where) {
      changed(where);
      host.onServerMoved(where.href);
    },
    onReconnected(where) {
      changed(where);
      host.onReconnected(where.href);
    },
  });
  const server = await home.connect(options);
  const { fingerprint } = identity.certificate;
  const paths = await Paths.open({ ...host, server, fingerprint }, url);
  const meetings = new Meetings({ io, network, sessions, paths, server, timeoutMs });
  const pairing = new Pairing(server, {
    open: (peerId, wait, known) => meetings.open(peerId, wait, known),
    expect: (peerId, wait) => meetings.expect(peerId, wait),
    meet: (peerId, known) => paths.meet(peerId, known),
    prepare: () => paths.prepare(),
    onPartnerLeft: (peerId, reason) => host.onPartnerLeft(peerId, reason),
  });
  const watch = new ServerWatch({
    turn: network.turn,
    askServer: (where, onAnswer) => paths.askServer(where, onAnswer),
  });
  joined = { home, server, paths, meetings, pairing, watch };
  return joined;
}
