import { type AmfObject, isAmfObject } from "../../protocol/amf/value.ts";
import { toHex } from "../../protocol/bytes/hex.ts";
import type { Path } from "../../protocol/session/events.ts";
import type { Session } from "../../protocol/session/session.ts";
import type { Command } from "../../protocol/tc/command.ts";
import type { Address } from "../../protocol/wire/address.ts";
import type { Redirect } from "../../protocol/wire/chunks/redirect.ts";
import { relayAddress } from "../../protocol/wire/relay-address.ts";
import type { Network } from "../network.ts";
import type { PeerOptions, WaitOptions } from "../options.ts";
import type { PeerPlatform } from "../platform.ts";
import { attachRelay } from "../relay/attach-relay.ts";
import type { RelayLink } from "../relay/relay-link.ts";
import type { ServerLink } from "../server/server-link.ts";
import { type Acquaintance, readAcquaintance } from "../sessions/acquaintance.ts";
import type { Preparation } from "../sessions/pairing.ts";
import type { PeerSession } from "../sessions/peer-session.ts";
import type { PeerSessions } from "../sessions/peer-sessions.ts";
import { TcpUpgrades } from "../tcp/tcp-upgrades.ts";
import type { NatReport } from "../traversal/nat-report.ts";
import type { DirectWay } from "../traversal/strategy.ts";
import type { RendezvousUrl } from "../url.ts";
import { TraversalHost } from "./traversal-host.ts";
import { Whereabouts } from "./whereabouts.ts";

export interface PathsHost {
  readonly platform: PeerPlatform;
  readonly network: Network;
  readonly sessions: PeerSessions;
  readonly server: ServerLink;
  /** Of this peer. */
  readonly fingerprint: Uint8Array;
  readonly options: PeerOptions;
  /** More is known of our NAT. */
  onNat(nat: NatReport): void;
  /** What was decided, for people who look into it. */
  trace(what: string): void;
}

/**
 * How the sessions' datagrams travel: at first over the relay, directly as soon as there is a way
 * through the NATs, over TCP where there is none, and over the relay again when all of that dies.
 */
export class Paths {
  readonly #host: PathsHost;
  readonly #id: string;
  readonly #traversal: TraversalHost;
  readonly #whereabouts: Whereabouts;
  #relay: RelayLink | undefined;
  #tcp: TcpUpgrades | undefined;
  /** Who knows us as we were: asked for when a session needs it. BOUNDED: by the sessions. */
  readonly #outdated = new Set<string>();

  private constructor(host: PathsHost) {
    this.#host = host;
    this.#id = toHex(host.fingerprint);
    const { network, platform, server, options } = host;
    const { hostAddresses: hostPolicy = "all", portMapping = true } = options;
    const trace = (what: string): void => host.trace(what);
    this.#traversal = new TraversalHost({
      driver: network.driver,
      io: platform.io,
      mainLinks: () => network.links,
      interfaces: () => platform.interfaces(),
      hostPolicy,
      signal: (peerId, payload) => this.#signal(peerId, payload),
      helloFor: (peerId) => network.helloFor(peerId),
      onNat: (nat) => host.onNat(nat),
      onElsewhere: () => this.#relay?.renew(),
      onContact: () => this.#whereabouts.update(),
      trace,
    });
    this.#whereabouts = new Whereabouts({
      ...{ platform, network, server, hostPolicy, trace },
      traversal: this.#traversal,
      hasPortMapping: portMapping && options.compat === undefined,
      onNews: () => this.#tellNews(),
    });
  }

  /** Of a peer that has just reached its server, at `url`. Rejects never. */
  static async open(host: PathsHost, url: RendezvousUrl): Promise<Paths> {
    const { platform, network, server, options } = host;
    const paths = new Paths(host);
    // Far ends that speak like Flash know nothing of all this.
    if (!paths.#isTraversing) return paths;
    void paths.#explore(url);
    const { relay = true, transport } = options;
    const isWanted = relay && transport !== "udp";
    paths.#relay = isWanted ? await paths.#attachRelay() : undefined;
    if (!paths.#relay) paths.#whereabouts.setRelay(false);
    paths.#tcp = TcpUpgrades.over(paths.#relay, network, server, platform, host.trace);
    return paths;
  }

  /** Undefined: there is none here. */
  get relay(): RelayLink | undefined {
    return this.#relay;
  }

  /** What is known of the NAT of this host. */
  get nat(): NatReport {
    return this.#traversal.nat;
  }

  /** How the direct path that a session goes over was found. */
  directWay(session: Session): DirectWay {
    return this.#traversal.directWay(session);
  }

  /** Makes ready for meeting strangers. */
  prepare(): Preparation {
    const relay = this.#relay;
    const release = relay?.hold() ?? (() => undefined);
    const parts = [relay?.settled(PREPARE_MS), this.#traversal.explored(PREPARE_MS)];
    return { ready: Promise.all(parts).then(() => undefined), release };
  }

  /** Gets to know a peer, and the peer us. Rejects as `ServerLink.call`. */
  async introduce(peerId: string, options: WaitOptions): Promise<Acquaintance> {
    const known = readAcquaintance(await this.#host.server.call("introduce", [peerId], options));
    this.meet(peerId, known);
    return known;
  }

  /** The server has introduced a peer to us, and us to it: a way there is looked for. */
  meet(peerId: string, { contact, witness }: Acquaintance): void {
    if (!this.#isTraversing) return;
    // Both may have asked for the other: who does what must not depend on it.
    const role = this.#id < peerId ? "initiator" : "responder";
    this.#traversal.meet(peerId, role, contact, witness);
    const session = this.#host.sessions.beneath(peerId);
    if (session) this.#traversal.attach(session);
  }

  /** A session with a peer is open. */
  added(session: Session, opened: PeerSession): void {
    if (!this.#isTraversing) return;
    session.setLimits({ elsewhereMs: ELSEWHERE_MS });
    if (this.#relay) {
      session.otherAddresses.add(relayAddress(session.terms.farCertificate.fingerprint));
      this.#relay.update();
    }
    this.#tcp?.watch(opened, session);
    this.#traversal.attach(session);
    this.#tracePath(opened);
  }

  /** A session with a peer goes on over another path. */
  moved(session: Session, opened: PeerSession): void {
    this.#tracePath(opened);
    this.#traversal.onMoved(session);
    this.#introduceAgain(opened);
  }

  /** The far end of a session with a peer does not answer. */
  unanswered(session: Session): void {
    this.#traversal.onUnanswered(session, this.#relay !== undefined);
  }

  /** A session with a peer is over. */
  ended(session: Session): void {
    this.#relay?.update();
    this.#traversal.onClosed(session);
  }

  /** The server is another one, or there again: it knows nothing of us. */
  serverChanged(url: RendezvousUrl): void {
    this.#whereabouts.serverChanged();
    if (!this.#isTraversing) return;
    void this.#explore(url);
    this.#relay?.renew();
    // What has happened meanwhile nobody could be told.
    this.#tellNews();
  }

  /** Someone asks for us there. */
  asked(path: Path): void {
    this.#traversal.onAsked(path);
  }

  /** Asks a server where it sees us; `onAnswer` is called if it answers. */
  askServer(server: Address, onAnswer: () => void): void {
    this.#traversal.askServer(server, onAnswer);
  }

  /** A Redirect that belongs to no opening session. */
  redirected(redirect: Redirect, path: Path): void {
    this.#traversal.onRedirect(redirect, path);
  }

  /** A command of the server. Answers false if it is none of ours. */
  onCall(command: Command): boolean {
    const { name, args } = command;
    if (name !== "onSignal") return false;
    const [info] = args;
    if (this.#tcp?.onCall(command) || !isAmfObject(info)) return true;
    if (typeof info.peerId === "string") this.#traversal.onSignal(info.peerId, info.payload);
    return true;
  }

  /** Begins nothing more, and gives back what is lent; the paths in use stay until the network closes. */
  async close(): Promise<void> {
    this.#tcp?.stop();
    this.#traversal.stop();
    await this.#whereabouts.close();
  }

  get #isTraversing(): boolean {
    return this.#host.options.compat === undefined;
  }

  #attachRelay(): Promise<RelayLink | undefined> {
    const { platform, network, server, fingerprint, sessions } = this.#host;
    return attachRelay({
      ...{ platform, network, server, fingerprint },
      isNeeded: () => sessions.open.length > 0,
      describe: (hasRelay) => this.#whereabouts.setRelay(hasRelay),
      onOpen: () => this.#askOverRelay(),
    });
  }

  /** Whoever reached the server over TCP may have no UDP at all. */
  async #explore({ host, port }: RendezvousUrl): Promise<void> {
    const { server, platform, network } = this.#host;
    const near = server.session?.destination;
    if (!near) this.#traversal.noteSilence();
    if (network.links.length === 0) return;
    const ips = near && isV4(near.ip) ? [near.ip] : await platform.resolve(host).catch(() => []);
    const ip = ips.find(isV4);
    if (ip !== undefined) this.#traversal.explore({ ip, port: near?.port ?? port });
  }

  #tellNews(): void {
    for (const session of this.#host.sessions.open) {
      this.#outdated.add(session.peerId);
      this.#introduceAgain(session);
    }
  }

  /** Who has a direct path need not know of others until it is lost, or seems to be. */
  #introduceAgain({ peerId, path, isOpen }: PeerSession): void {
    const { server, sessions } = this.#host;
    if (!isOpen) this.#outdated.delete(peerId);
    const isWell = path.kind === "direct" && !sessions.beneath(peerId)?.isUnanswered;
    if (!this.#isTraversing || !server.isOpen || isWell) return;
    if (this.#outdated.delete(peerId)) this.introduce(peerId, {}).catch(() => undefined);
  }

  /** Who waits for an answer need not wait for the time to ask again. */
  #askOverRelay(): void {
    const { sessions, network } = this.#host;
    for (const { peerId } of sessions.open) {
      const session = sessions.beneath(peerId);
      if (session?.isUnanswered && this.#relay) network.probe(session, this.#relay);
    }
  }

  /** Lost is lost: punching repeats what matters. */
  #signal(peerId: string, payload: AmfObject): void {
    const { server } = this.#host;
    if (server.isOpen) server.call("signal", [peerId, payload]).catch(() => undefined);
  }

  #tracePath({ peerId, path }: PeerSession): void {
    this.#host.trace(`${peerId.slice(0, 12)}: ${path.kind}, ${path.address}`);
  }
}

function isV4(ip: string): boolean {
  return !ip.includes(":");
}

/** Strangers wait no longer for a relay, or for what is known of a NAT, that takes so long. */
const PREPARE_MS = 2_000;
/** After so much silence of the far end, at traffic, the relay is asked for it. */
const ELSEWHERE_MS = 500;
