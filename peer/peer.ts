import { EventEmitter } from "node:events";
import { createFlashCrypto } from "../protocol/crypto/flash.ts";
import type { Identity } from "../protocol/crypto/identity.ts";
import { type StoredIdentity, storeIdentity } from "../protocol/crypto/stored-identity.ts";
import { invariant, RtmfpError } from "../protocol/errors.ts";
import type { Address } from "../protocol/wire/address.ts";
import { Network } from "./network.ts";
import { networkEvents } from "./network-events.ts";
import {
  CONNECT_TIMEOUT_MS,
  checkPeerOptions,
  type PeerOptions,
  type WaitOptions,
} from "./options.ts";
import { identityFor } from "./peer-identity.ts";
import { nodePlatform, type PeerPlatform } from "./platform.ts";
import { type Joined, type JoinHost, joinServer } from "./server/join-server.ts";
import type { ServerLink } from "./server/server-link.ts";
import type { Procedure } from "./sessions/calls.ts";
import type { PairOptions } from "./sessions/pairing.ts";
import type { PeerSession } from "./sessions/peer-session.ts";
import { PeerSessions } from "./sessions/peer-sessions.ts";
import { LocalStreams } from "./streams/local-streams.ts";
import { Publication } from "./streams/publication.ts";
import type { NatReport } from "./traversal/nat-report.ts";
import { parseRendezvousUrl, type RendezvousUrl } from "./url.ts";
import { within } from "./wait.ts";

export interface PeerEvents {
  /** A session with another peer is open, whoever opened it. */
  session: [session: PeerSession];
  /** The server says that the partner of the pair left. */
  unpaired: [peerId: string, reason: string];
  /** The connection to the server is gone, and is made again. Sessions with other peers go on. */
  disconnected: [error: RtmfpError | undefined];
  /**
   * The server at `url`, which was gone, is there again. It knows nothing of what was before: whoever
   * stood in line stands in none, and what was published, played or shared there has to be so again.
   */
  reconnected: [url: string];
  /**
   * The server goes away, and this peer has connected to the one at `url` that it named. Who stood in
   * line stands in none; what was published or played on the server, or shared there, has to be so
   * again, and ends on the old one as soon as it ends here.
   */
  moved: [url: string];
  /** More is known of the NAT in front of this peer. */
  nat: [nat: NatReport];
  /**
   * What was decided about paths, a line each, and errors that ended a session, for people who look into
   * it: nothing to be parsed.
   */
  debug: [what: string];
}

/** A peer: found through a rendezvous server, it talks to other peers directly over UDP. */
export class Peer extends EventEmitter<PeerEvents> {
  /** What this peer publishes and others may play. */
  readonly streams: LocalStreams = new LocalStreams();
  readonly #options: PeerOptions;
  readonly #platform: PeerPlatform;
  readonly #identity: Identity;
  readonly #network: Network;
  readonly #sessions: PeerSessions;
  #joined: Joined | undefined;
  #isDisconnected = false;

  private constructor(options: PeerOptions) {
    super();
    this.#options = options;
    this.#platform = options.platform ?? nodePlatform;
    const { primitives } = this.#platform;
    this.#identity = identityFor(primitives, options);
    const { compat, congestion, keepaliveMs, maxDatagramBytes, protection } = options;
    const crypto = createFlashCrypto(primitives, this.#identity, { ...protection, compat });
    const network = { crypto, keepaliveMs, lullMs: LULL_MS, congestion, maxDatagramBytes };
    this.#network = new Network(
      this.#platform,
      network,
      networkEvents({
        sessions: () => this.#sessions,
        joined: () => this.#joined,
        onDisconnected: (error) => this.#onDisconnected(error),
        onFault: (error) =>
          this.emit("debug", `a session was ended by a fault: ${inspected(error)}`),
      }),
    );
    this.#sessions = new PeerSessions({
      turn: this.#network.turn,
      io: this.#platform.io,
      places: {
        tcpAddress: (session) => this.#network.tcpAddress(session),
        localAddress: (session) => this.#network.localAddress(session),
        directWay: (session) => this.#joined?.paths.directWay(session) ?? "direct",
      },
      find: (name) => this.streams.find(name),
      deadlines: options.deadlines,
      onSession: (session) => this.emit("session", session),
      onEnd: (session) => this.#joined?.paths.ended(session),
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
    const peer = new Peer(options);
    try {
      await peer.#start(where);
      return peer;
    } catch (error) {
      await peer.close();
      throw error;
    }
  }

  /** The peer ID: 64 hexadecimal digits. */
  get id(): string {
    return this.#identity.certificate.peerId;
  }

  /** This peer's identity, to be kept secret; the same identity is the same peer ID. */
  get identity(): StoredIdentity {
    return storeIdentity(this.#identity);
  }

  /** The server: its procedures and streams. */
  get server(): ServerLink {
    return this.#whole.server;
  }

  /** What is known of the NAT in front of this peer, in the words of RFC 4787. */
  get nat(): NatReport {
    return this.#whole.paths.nat;
  }

  /** The session with the current partner, see `pair`. */
  get partner(): PeerSession | undefined {
    return this.#joined?.pairing.partner;
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
    return this.#whole.meetings.open(peerId, options);
  }

  /**
   * Stands in line for a stranger and resolves with the session; leaves the partner, if there is one.
   * Rejects with `CALL_FAILED` if the server refuses, `TIMEOUT` if the stranger cannot be reached,
   * `CLOSED` after `leave` or without a server, `LIMIT` if this peer stands in line already, or the
   * signal's reason; then it has left the line.
   */
  pair(options: PairOptions = {}): Promise<PeerSession> {
    return this.#whole.pairing.join(options);
  }

  /** Leaves the partner and resolves with the next one's session, on the terms of `pair`. */
  next(options: WaitOptions = {}): Promise<PeerSession> {
    return this.#whole.pairing.next(options);
  }

  /** Leaves the line, and the partner. Who waits in `pair` or `next` waits in vain. */
  leave(options: WaitOptions = {}): Promise<void> {
    return this.#whole.pairing.leave(options);
  }

  /** Delivers what was sent, ends all sessions, closes the sockets. Idempotent. */
  async close(): Promise<void> {
    this.#joined?.home.close();
    this.#joined?.meetings.close();
    const lent = this.#joined?.paths.close();
    await this.#network.close();
    this.#joined?.server.close();
    await lent;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #whole(): Joined {
    invariant(this.#joined !== undefined, "a peer that was handed out is connected");
    return this.#joined;
  }

  /** All of it within the timeout: a server may answer, and then say nothing more. */
  async #start(url: RendezvousUrl): Promise<void> {
    const late = (): RtmfpError => new RtmfpError("TIMEOUT", `${url.href} does not answer`);
    const { connectTimeoutMs = CONNECT_TIMEOUT_MS } = this.#options;
    const { io } = this.#platform;
    const join = (wait: WaitOptions): Promise<Joined> => joinServer(this.#joinHost, url, wait);
    this.#joined = await within(connectTimeoutMs, late, io, this.#options, join);
  }

  get #joinHost(): JoinHost {
    return {
      platform: this.#platform,
      network: this.#network,
      sessions: this.#sessions,
      identity: this.#identity,
      options: this.#options,
      onNat: (nat) => this.emit("nat", nat),
      onPartnerLeft: (peerId, reason) => this.emit("unpaired", peerId, reason),
      onDisconnected: (error) => this.#onDisconnected(error),
      onServerMoved: (url) => this.#onConnected("moved", url),
      onReconnected: (url) => this.#onConnected("reconnected", url),
      trace: (what) => this.emit("debug", what),
    };
  }

  /** The connection ended, and perhaps the session with it. A peer that was never handed out tells nobody. */
  #onDisconnected(error: RtmfpError | undefined): void {
    if (this.#isDisconnected || !this.#joined) return;
    this.#isDisconnected = true;
    this.#joined.pairing.end();
    void this.#joined.home.reconnect();
    this.emit("disconnected", error);
  }

  #onConnected(event: "moved" | "reconnected", url: string): void {
    this.#isDisconnected = false;
    this.emit(event, url);
  }
}

/** Media pauses for shorter than this; longer, and perhaps our own NAT lets nothing in any more. */
const LULL_MS = 250;

function inspected(error: unknown): string {
  return error instanceof Error && error.stack ? error.stack : String(error);
}
