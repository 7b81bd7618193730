import { EventEmitter } from "node:events";
import { fromHex, toHex } from "../protocol/bytes/hex.ts";
import {
  peerDiscriminator,
  serverDiscriminator,
} from "../protocol/crypto/endpoint-discriminator.ts";
import { createFlashCrypto } from "../protocol/crypto/flash.ts";
import { createIdentity, type Identity } from "../protocol/crypto/identity.ts";
import {
  restoreIdentity,
  type StoredIdentity,
  storeIdentity,
} from "../protocol/crypto/stored-identity.ts";
import { invariant, RtmfpError } from "../protocol/errors.ts";
import type { Session } from "../protocol/session/session.ts";
import type { Address } from "../protocol/wire/address.ts";
import type { Procedure } from "./calls.ts";
import { LocalStreams } from "./local-streams.ts";
import { Network } from "./network.ts";
import {
  CONNECT_TIMEOUT_MS,
  checkPeerOptions,
  type PeerOptions,
  type WaitOptions,
} from "./options.ts";
import { Pairing, type PairOptions } from "./pairing.ts";
import type { PeerSession } from "./peer-session.ts";
import { PeerSessions } from "./peer-sessions.ts";
import { nodePlatform, type PeerPlatform } from "./platform.ts";
import { Publication } from "./publication.ts";
import { ServerLink } from "./server-link.ts";
import { parseRendezvousUrl, type RendezvousUrl } from "./url.ts";

export interface PeerEvents {
  /** A session with another peer is open, whoever opened it. */
  session: [session: PeerSession];
  /** The server says that the partner of the pair left. */
  unpaired: [peerId: string, reason: string];
  /** The connection to the server is gone. Sessions with other peers go on. */
  disconnected: [error: RtmfpError | undefined];
}

/** A peer: found through a rendezvous server, it talks to other peers directly over UDP. */
export class Peer extends EventEmitter<PeerEvents> {
  /** What this peer publishes and others may play. */
  readonly streams: LocalStreams = new LocalStreams();
  readonly #options: PeerOptions;
  readonly #platform: PeerPlatform;
  readonly #identity: Identity;
  readonly #discriminator: Uint8Array;
  readonly #network: Network;
  readonly #sessions: PeerSessions;
  #server: ServerLink | undefined;
  #pairing: Pairing | undefined;

  private constructor(url: RendezvousUrl, options: PeerOptions) {
    super();
    this.#options = options;
    this.#platform = options.platform ?? nodePlatform;
    const { primitives } = this.#platform;
    this.#identity =
      options.identity === undefined
        ? createIdentity(primitives, { kind: "static" })
        : restoreIdentity(primitives, options.identity);
    this.#discriminator = serverDiscriminator(url.href);
    const crypto = createFlashCrypto(primitives, this.#identity, options.protection);
    const { keepaliveMs, congestion } = options;
    this.#network = new Network(
      this.#platform,
      { crypto, keepaliveMs, congestion },
      {
        onSession: (router) =>
          this.#isServer(router.session) ? () => false : this.#sessions.add(router),
        onClosed: (session, error) => this.#sessions.delete(session, error),
        onBitrate: (session, bitsPerSecond) => {
          this.#sessions.of(session)?.emit("bitrate", bitsPerSecond);
        },
        mayIntroduce: (session) => this.#isServer(session),
      },
    );
    this.#sessions = new PeerSessions({
      turn: this.#network.turn,
      find: (name) => this.streams.find(name),
      deadlines: options.deadlines,
      onSession: (session) => this.emit("session", session),
    });
  }

  /**
   * Connects to the server of an `rtmfp://host[:port]/app` URL. Rejects with `NOT_FOUND` (no such
   * host), `TIMEOUT` (nobody answers), `REJECTED` (the server does not let us in), `CRYPTO`,
   * `ADDRESS_IN_USE`, or the signal's reason. Throws TypeError or RangeError for bad arguments.
   */
  static async connect(url: string, options: PeerOptions = {}): Promise<Peer> {
    checkPeerOptions(options);
    const where = parseRendezvousUrl(url);
    options.signal?.throwIfAborted();
    const peer = new Peer(where, options);
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
    return toHex(this.#identity.certificate.fingerprint);
  }

  /** This peer's identity, to be kept secret; the same identity is the same peer ID. */
  get identity(): StoredIdentity {
    return storeIdentity(this.#identity);
  }

  /** The server: its procedures and streams. */
  get server(): ServerLink {
    invariant(this.#server !== undefined, "a peer that was handed out is connected");
    return this.#server;
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

  /** Publishes a stream that every other peer may play. Throws `BAD_NAME` or `LIMIT`. */
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
   * there or cannot be reached, `CRYPTO`, or the signal's reason.
   */
  async session(peerId: string, options: WaitOptions = {}): Promise<PeerSession> {
    if (!/^[0-9a-f]{64}$/.test(peerId)) throw new TypeError(`not a peer ID: ${peerId}`);
    const known = this.#sessions.with(peerId);
    if (known) return known;
    const server = this.server.session;
    const router = await this.#network.open(
      peerDiscriminator(fromHex(peerId)),
      [server.destination],
      this.#connectTimeoutMs,
      options,
    );
    const session = this.#sessions.of(router.session);
    if (!session) throw new RtmfpError("CLOSED", "the session ended at once");
    return session;
  }

  /**
   * Stands in line for a stranger and resolves with the session. Rejects with `CALL_FAILED` if the
   * server refuses, `TIMEOUT` if the stranger cannot be reached, or the signal's reason.
   */
  pair(options: PairOptions = {}): Promise<PeerSession> {
    return this.#line.join(options);
  }

  /** Leaves the partner and resolves with the next one's session, on the terms of `pair`. */
  next(options: WaitOptions = {}): Promise<PeerSession> {
    return this.#line.next(options);
  }

  /** Leaves the line, and the partner. */
  leave(options: WaitOptions = {}): Promise<void> {
    return this.#line.leave(options);
  }

  /** Delivers what was sent, ends all sessions, closes the sockets. Idempotent. */
  close(): Promise<void> {
    return this.#network.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #line(): Pairing {
    invariant(this.#pairing !== undefined, "a peer that was handed out is connected");
    return this.#pairing;
  }

  get #connectTimeoutMs(): number {
    return this.#options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS;
  }

  async #start(url: RendezvousUrl): Promise<void> {
    const { signal, token, port } = this.#options;
    const ips = await this.#platform.resolve(url.host);
    await this.#network.bind(port ?? 0);
    const candidates = ips.map((ip) => ({ ip, port: url.port }));
    const router = await this.#network.open(
      this.#discriminator,
      candidates,
      this.#connectTimeoutMs,
      { signal },
    );
    const server = new ServerLink(router, this.#network.turn, {
      onCall: (command) => this.#pairing?.onCall(command) ?? false,
      onEnd: () => this.emit("disconnected", undefined),
    });
    await server.connect(url, token, { signal });
    server.setPeerInfo(this.#reachableAddresses(router.session));
    this.#server = server;
    this.#pairing = new Pairing(server, {
      open: (peerId, options) => this.session(peerId, options),
      expect: (peerId, options) =>
        this.#sessions.expect(peerId, this.#connectTimeoutMs, this.#platform.io, options),
      onPartnerLeft: (peerId, reason) => this.emit("unpaired", peerId, reason),
    });
  }

  /** RFC 7425 §5.3.3: no loopback addresses, except for a server that is on this machine itself. */
  #reachableAddresses(server: Session): Address[] {
    const { ip: serverIp } = server.destination;
    const near = LOOPBACK.has(serverIp) ? [serverIp] : [];
    return [...near, ...this.#platform.interfaces()].flatMap((ip) => {
      const isV6 = ip.includes(":");
      const socket = this.addresses.find((address) => address.ip.includes(":") === isV6);
      return socket ? [{ ip, port: socket.port }] : [];
    });
  }

  #isServer(session: Session): boolean {
    return session.terms.farCertificate.isSelectedBy(this.#discriminator);
  }
}

const LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "::1"]);
