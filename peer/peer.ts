import { EventEmitter } from "node:events";
import { toHex } from "../protocol/bytes/hex.ts";
import { serverDiscriminator } from "../protocol/crypto/endpoint-discriminator.ts";
import { createFlashCrypto } from "../protocol/crypto/flash.ts";
import type { Identity } from "../protocol/crypto/identity.ts";
import { type StoredIdentity, storeIdentity } from "../protocol/crypto/stored-identity.ts";
import { invariant, type RtmfpError } from "../protocol/errors.ts";
import type { Session } from "../protocol/session/session.ts";
import type { Command } from "../protocol/tc/command.ts";
import type { AcceptTransport, FlowRouter } from "../protocol/tc/flow-router.ts";
import type { Address } from "../protocol/wire/address.ts";
import type { Procedure } from "./calls.ts";
import { HomeServer } from "./home-server.ts";
import { LocalStreams } from "./local-streams.ts";
import { Meetings } from "./meetings.ts";
import { Network } from "./network.ts";
import {
  CONNECT_TIMEOUT_MS,
  checkPeerOptions,
  type PeerOptions,
  type WaitOptions,
} from "./options.ts";
import { Pairing, type PairOptions } from "./pairing.ts";
import type { PeerEvents } from "./peer-events.ts";
import { peerIdentity } from "./peer-identity.ts";
import type { PeerSession } from "./peer-session.ts";
import { PeerSessions } from "./peer-sessions.ts";
import { nodePlatform, type PeerPlatform } from "./platform.ts";
import { Publication } from "./publication.ts";
import { reachServer } from "./reach-server.ts";
import { reachableAddresses } from "./reachable-addresses.ts";
import { attachRelay } from "./relay/attach-relay.ts";
import type { RelayLink } from "./relay/relay-link.ts";
import type { ServerLink } from "./server-link.ts";
import { parseRendezvousUrl, type RendezvousUrl } from "./url.ts";

/** A peer: found through a rendezvous server, it talks to other peers directly over UDP. */
export class Peer extends EventEmitter<PeerEvents> {
  /** What this peer publishes and others may play. */
  readonly streams: LocalStreams = new LocalStreams();
  readonly #options: PeerOptions;
  readonly #platform: PeerPlatform;
  readonly #identity: Identity;
  readonly #network: Network;
  readonly #sessions: PeerSessions;
  readonly #home: HomeServer;
  #meetings: Meetings | undefined;
  #relay: RelayLink | undefined;
  #pairing: Pairing | undefined;
  #isDisconnected = false;

  private constructor(url: RendezvousUrl, options: PeerOptions) {
    super();
    this.#options = options;
    this.#platform = options.platform ?? nodePlatform;
    const { primitives } = this.#platform;
    this.#identity = peerIdentity(primitives, options);
    this.#home = new HomeServer(url, {
      io: this.#platform.io,
      timeoutMs: this.#connectTimeoutMs,
      reach: (where, wait) => this.#reach(where, wait),
      onEnd: (error) => this.#onDisconnected(error),
      onMoved: (where) => this.#onMoved(where),
    });
    const { compat, congestion, keepaliveMs, protection } = options;
    const crypto = createFlashCrypto(primitives, this.#identity, { ...protection, compat });
    this.#network = new Network(
      this.#platform,
      { crypto, keepaliveMs, congestion },
      {
        onSession: (router) => this.#onSession(router),
        onClosed: (session, error) => this.#onClosed(session, error),
        onBitrate: (session, bitsPerSecond) => {
          this.#sessions.of(session)?.emit("bitrate", bitsPerSecond);
        },
        onMoved: (session) => this.#sessions.of(session)?.noteMoved(),
        mayIntroduce: (session) => session === this.#home.link?.session,
      },
    );
    this.#sessions = new PeerSessions({
      turn: this.#network.turn,
      io: this.#platform.io,
      find: (name) => this.streams.find(name),
      deadlines: options.deadlines,
      onSession: (session) => this.emit("session", session),
      onEnd: () => this.#relay?.update(),
    });
  }

  /**
   * Connects to the server of an `rtmfp://host[:port]/app` URL. Rejects with `NOT_FOUND` (no such
   * host), `TIMEOUT` (nobody answers), `REJECTED` (the server does not let us in), `CLOSED` (it closed
   * the session), `CRYPTO` (also: the identity is not usable), `ADDRESS_IN_USE`, `UNREACHABLE`, the
   * signal's reason, and TypeError or RangeError for bad arguments.
   */
  static async connect(url: string, options: PeerOptions = {}): Promise<Peer> {
    checkPeerOptions(options);
    const where = parseRendezvousUrl(url);
    options.signal?.throwIfAborted();
    const peer = new Peer(where, options);
    try {
      // All of it within the timeout: a server may answer, and then say nothing more.
      await peer.#home.inTime(where, options, (wait) => peer.#connect(wait));
      return peer;
    } catch (error) {
      await peer.close();
      throw error;
    }
  }

  /** The peer ID: 64 hexadecimal digits. */
  get id(): string {
    return toHex(this.#identity.certificate.fingerprint);
  }

  /** This peer's identity, to be kept secret; the same identity is the same peer ID. */
  get identity(): StoredIdentity {
    return storeIdentity(this.#identity);
  }

  /** The server: its procedures and streams. */
  get server(): ServerLink {
    const { link } = this.#home;
    invariant(link !== undefined, "a peer that was handed out is connected");
    return link;
  }

  /** The session with the current partner, see `pair`. */
  get partner(): PeerSession | undefined {
    return this.#pairing?.partner;
  }

  /** The open sessions with other peers. */
  get sessions(): PeerSession[] {
    return this.#sessions.open;
  }

  /**
   * Runs `change`, with the monotonic time in ms, and sends what it leads to. Whoever works with the
   * protocol beneath a peer, as the gateway does, changes it only in here.
   */
  turn<Value>(change: (now: number) => Value): Value {
    return this.#network.turn(change);
  }

  /** Addresses of this peer's sockets. */
  get addresses(): readonly Address[] {
    return this.#network.addresses;
  }

  /** What other peers may call; an answer becomes their result, an error their rejection. */
  handle(name: string, procedure: Procedure<PeerSession>): void {
    this.#sessions.procedures.set(name, procedure);
  }

  /** Publishes a stream that every other peer may play. Throws `BAD_NAME` if it is published already. */
  publish(name: string): Publication {
    const { turn } = this.#network;
    return new Publication(
      name,
      turn((now) => this.streams.publish(name, now)),
      turn,
    );
  }

  /**
   * The session with another peer, opened if there is none. Rejects with `TIMEOUT` if the peer is not
   * there or cannot be reached, `CRYPTO`, `CLOSED`, the signal's reason, or TypeError for what is not
   * the ID of another peer.
   */
  async session(peerId: string, options: WaitOptions = {}): Promise<PeerSession> {
    if (!/^[0-9a-f]{64}$/.test(peerId)) throw new TypeError(`not a peer ID: ${peerId}`);
    if (peerId === this.id) throw new TypeError("a peer has no session with itself");
    options.signal?.throwIfAborted();
    invariant(this.#meetings !== undefined, "a peer that was handed out is connected");
    return this.#meetings.open(peerId, options);
  }

  /**
   * Stands in line for a stranger and resolves with the session; leaves the partner, if there is one.
   * Rejects with `CALL_FAILED` if the server refuses, `TIMEOUT` if the stranger cannot be reached,
   * `CLOSED` after `leave` or without a server, `LIMIT` if this peer stands in line already, or the
   * signal's reason; then it has left the line.
   */
  pair(options: PairOptions = {}): Promise<PeerSession> {
    return this.#line.join(options);
  }

  /** Leaves the partner and resolves with the next one's session, on the terms of `pair`. */
  next(options: WaitOptions = {}): Promise<PeerSession> {
    return this.#line.next(options);
  }

  /** Leaves the line, and the partner. Who waits in `pair` or `next` waits in vain. */
  leave(options: WaitOptions = {}): Promise<void> {
    return this.#line.leave(options);
  }

  /** Delivers what was sent, ends all sessions, closes the sockets. Idempotent. */
  async close(): Promise<void> {
    this.#meetings?.close();
    await this.#network.close();
    this.#home.link?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #line(): Pairing {
    invariant(this.#pairing !== undefined, "a peer that was handed out is connected");
    return this.#pairing;
  }

  /** Far ends that speak like Flash know nothing of it. */
  get #mayRelay(): boolean {
    const { relay = true, transport, compat } = this.#options;
    return relay && transport !== "udp" && compat === undefined;
  }

  get #connectTimeoutMs(): number {
    return this.#options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
  }

  #reach(url: RendezvousUrl, options: WaitOptions): Promise<ServerLink> {
    const reach = {
      platform: this.#platform,
      network: this.#network,
      identity: this.#identity,
      discriminator: serverDiscriminator(url.href),
      options: this.#options,
      onCall: (command: Command) =>
        (this.#pairing?.onCall(command) || this.#meetings?.onCall(command)) ?? false,
      onEnd: (ended: ServerLink, error: RtmfpError | undefined) => this.#home.ended(ended, error),
      onReconnectRequest: (from: ServerLink, tcUrl: string | undefined) =>
        void this.#home.follow(from, tcUrl),
      onKeepalive: (peerMs: number) => this.#sessions.setKeepalive(peerMs),
    };
    return reachServer(reach, url, options);
  }

  #tellAddresses(server: ServerLink): void {
    const near = this.#platform.interfaces();
    server.setPeerInfo(reachableAddresses(near, this.addresses, server.session));
  }

  #onMoved({ href }: RendezvousUrl): void {
    this.#pairing?.end();
    this.#tellAddresses(this.server);
    if (this.#relay) this.#describe(this.server, true);
    this.emit("moved", href);
  }

  /** A server that does not know the word introduces nobody that way. */
  #describe(server: ServerLink, relay: boolean): void {
    server.call("describe", [{ relay }]).catch(() => undefined);
  }

  async #connect(options: WaitOptions): Promise<void> {
    const server = await this.#home.connect(options);
    this.#tellAddresses(server);
    this.#relay = this.#mayRelay
      ? await attachRelay({
          platform: this.#platform,
          network: this.#network,
          server,
          fingerprint: this.#identity.certificate.fingerprint,
          isNeeded: () => this.#sessions.open.length > 0,
          describe: (relay) => this.#describe(server, relay),
        })
      : undefined;
    const meetings = new Meetings({
      io: this.#platform.io,
      network: this.#network,
      sessions: this.#sessions,
      relay: this.#relay,
      server,
      timeoutMs: this.#connectTimeoutMs,
    });
    this.#meetings = meetings;
    this.#pairing = new Pairing(server, {
      open: (peerId, wait, known) => meetings.open(peerId, wait, known),
      expect: (peerId, wait, known) => meetings.expect(peerId, wait, known),
      prepare: () => meetings.prepare(),
      onPartnerLeft: (peerId, reason) => this.emit("unpaired", peerId, reason),
    });
  }

  /** Nothing but the session with the server is opened from here before that is there. */
  #onSession(router: FlowRouter): AcceptTransport {
    const { session } = router;
    if (this.#home.isToBe(session)) return () => false;
    const accept = this.#sessions.add(router);
    this.#meetings?.added(session);
    return accept;
  }

  #onClosed(session: Session, error: RtmfpError | undefined): void {
    if (session === this.#home.link?.session) this.#onDisconnected(error);
    else this.#sessions.delete(session, error);
  }

  /** The connection ended, and perhaps the session with it. A peer that was never handed out tells nobody. */
  #onDisconnected(error: RtmfpError | undefined): void {
    if (this.#isDisconnected || !this.#home.link) return;
    this.#isDisconnected = true;
    this.#pairing?.end();
    this.emit("disconnected", error);
  }
}
