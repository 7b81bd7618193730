import { EventEmitter } from "node:events";
import type { FastifyInstance } from "fastify";
import { createFlashCrypto } from "../protocol/crypto/flash.ts";
import type { Identity } from "../protocol/crypto/identity.ts";
import type { Primitives } from "../protocol/crypto/primitives.ts";
import { Driver } from "../protocol/driver.ts";
import type { Alarm, Io } from "../protocol/io.ts";
import { type ConnectionLimits, connectionLimits } from "../protocol/node/connection-room.ts";
import { nodeIo } from "../protocol/node/io.ts";
import type { AcceptRtmpClient } from "../protocol/node/rtmp-listener.ts";
import { type Address, formatAddress } from "../protocol/wire/address.ts";
import { isLoopback } from "../protocol/wire/ip.ts";
import { closeInStages } from "./close-in-stages.ts";
import { checkDrain, type DrainOptions } from "./drain.ts";
import { holdingFolder } from "./folder-lock.ts";
import type { Forwards } from "./forward/forwards.ts";
import { createHttpServer, listenHttp } from "./http/server.ts";
import { createLogger, type RendezvousLogger } from "./logger.ts";
import type { Matchmaker, PairEndReason } from "./matchmaker/matchmaker.ts";
import { RandomMatchmaker } from "./matchmaker/random-matchmaker.ts";
import {
  checkMediaFolder,
  flvStreamsOf,
  forwardsOf,
  libraryOf,
  type MediaHost,
  startRecorder,
} from "./media-services.ts";
import { checkOptions, type ListenAddresses, type RendezvousOptions } from "./options.ts";
import { admissionOf, identityOf, primitivesOf, relayOf, soleSockets } from "./parts.ts";
import type { Recorder } from "./recording/recorder.ts";
import { MemoryRegistry } from "./registry/memory-registry.ts";
import { RtmpPorts } from "./rtmp-ports.ts";
import { Service, type ServiceListener } from "./service.ts";
import { type OpenSharedObjects, openSharedObjects } from "./shared-objects/open-shared-objects.ts";
import { type PeerStatus, peerStatus, type ServerStatus, serverStatus } from "./status.ts";

export interface RendezvousEvents {
  /** A peer connected. */
  peer: [peer: PeerStatus];
  "peer-left": [peer: PeerStatus];
  /** Two peers were paired. */
  pair: [initiatorId: string, responderId: string, tags: readonly string[]];
  /** `peerId` left `partnerId`. */
  "pair-end": [peerId: string, partnerId: string, reason: PairEndReason];
  /** `peerId` complains about `aboutId`. */
  report: [peerId: string, aboutId: string, reason: string];
}

/** Where a server listens, `host:port` each. */
export interface RendezvousAddresses {
  readonly rtmfp: readonly string[];
  readonly rtmp: readonly string[];
  readonly rtmps: readonly string[];
  readonly http: readonly string[];
}

/** A server that introduces RTMFP peers, pairs strangers, and passes live streams on. */
export class Rendezvous extends EventEmitter<RendezvousEvents> {
  readonly #io: Io;
  readonly #identity: Identity;
  readonly #matchmaker: Matchmaker;
  readonly #service: Service;
  readonly #driver: Driver;
  readonly #alarm: Alarm;
  readonly #logger: RendezvousLogger;
  readonly #forwards: Forwards;
  readonly #mediaHost: MediaHost;
  readonly #startedAt: number;
  readonly #graceMs: number | undefined;
  readonly #connectionLimits: ConnectionLimits;
  readonly #sharedObjects: OpenSharedObjects;
  readonly #drainOptions: DrainOptions | undefined;
  #rtmfp: readonly string[] = [];
  /** Those of `#rtmfp`, and the second ports. */
  #sockets: readonly string[] = [];
  #rtmp: RtmpPorts | undefined;
  #recorder: Recorder | undefined;
  #httpServer: FastifyInstance | undefined;
  #http: readonly string[] = [];
  #giveBackData: () => void = () => undefined;
  #closing: Promise<void> | undefined;

  /**
   * Starts a server. Throws RangeError for a bad option; rejects with `ADDRESS_IN_USE`,
   * `UNREACHABLE`, or `CRYPTO` if the stored identity cannot be used.
   */
  static async listen(options: RendezvousOptions): Promise<Rendezvous> {
    const addresses = checkOptions(options);
    return holdingFolder("data", options.data, async (giveBack) => {
      const server = await Rendezvous.#listen(options, addresses);
      server.#giveBackData = giveBack;
      return server;
    });
  }

  static async #listen(options: RendezvousOptions, at: ListenAddresses): Promise<Rendezvous> {
    const { rtmfp, http, ...tcp } = at;
    const primitives = primitivesOf(options.io);
    const logger = options.logger ?? createLogger("info");
    const identity = await identityOf(options, primitives);
    const sharedObjects = await openSharedObjects(options, logger);
    const server = new Rendezvous({ ...options, logger }, identity, primitives, sharedObjects);
    try {
      const { streams } = server.#service;
      server.#recorder = await startRecorder(options, streams, server.#mediaHost);
      await checkMediaFolder(options);
      for (const address of rtmfp) await server.#bind(address);
      for (const address of soleSockets(rtmfp)) await server.#bindForQueries(address);
      const { onFault } = server.#service;
      server.#rtmp = await RtmpPorts.listen(tcp, options, server.#acceptRtmp, onFault);
      if (http) await server.#serveHttp(http);
    } catch (error) {
      await server.close();
      throw error;
    }
    logger.info({ ...server.addresses, fingerprint: server.fingerprint }, "listening");
    return server;
  }

  private constructor(
    options: RendezvousOptions & { readonly logger: RendezvousLogger },
    identity: Identity,
    primitives: Primitives,
    sharedObjects: OpenSharedObjects,
  ) {
    super();
    const { io = nodeIo, maxSessions, maxSessionsPerAddress, graceMs } = options;
    this.#io = io;
    this.#identity = identity;
    this.#graceMs = graceMs;
    this.#connectionLimits = connectionLimits(options);
    this.#startedAt = io.now();
    this.#logger = options.logger;
    this.#sharedObjects = sharedObjects;
    this.#drainOptions = options.drain;
    this.#matchmaker =
      options.matchmaker ?? new RandomMatchmaker({ random: (length) => io.random(length) });
    this.#mediaHost = {
      io,
      logger: this.#logger,
      turn: (change) => this.#turn(change),
    };
    const crypto = createFlashCrypto(primitives, identity);
    const driver = new Driver(io, { crypto, maxSessions, maxSessionsPerAddress }, (event) =>
      this.#turn((now) => this.#service.handle(event, now)),
    );
    this.#driver = driver;
    this.#service = new Service({
      host: {
        redirect: (...redirect) => driver.endpoint.startupSender.redirect(...redirect),
        turn: (change) => driver.turn(change),
      },
      registry: options.registry ?? new MemoryRegistry(maxSessions),
      matchmaker: this.#matchmaker,
      listener: this.#listener(),
      logger: this.#logger,
      keepalive: options.keepalive,
      primitives,
      relay: relayOf(options, primitives),
      takeover: options.takeover,
      id: this.fingerprint,
      library: libraryOf(options, this.#mediaHost),
      admission: admissionOf(options, primitives),
      sharedObjects: sharedObjects.objects,
      listening: () => ({ ...this.addresses, rtmfp: this.#sockets }),
    });
    this.#alarm = io.alarm(() => this.#turn((now) => this.#service.advance(now)));
    this.#forwards = forwardsOf(options, this.#service, this.#mediaHost);
  }

  get addresses(): RendezvousAddresses {
    const { rtmp = [], rtmps = [] } = this.#rtmp?.addresses ?? {};
    return { rtmfp: this.#rtmfp, rtmp, rtmps, http: this.#http };
  }

  /** SHA-256 of the certificate, 64 hexadecimal digits: of an ephemeral one no proof, RFC 7425 §7. */
  get fingerprint(): string {
    return this.#identity.certificate.peerId;
  }

  get status(): ServerStatus {
    return serverStatus({
      fingerprint: this.fingerprint,
      addresses: this.addresses,
      startedAt: this.#startedAt,
      now: this.#io.now(),
      endpoint: this.#driver.endpoint.stats,
      matchmaker: this.#matchmaker,
      service: this.#service,
      forwards: this.#forwards.status,
    });
  }

  /**
   * Lets nobody new in, and asks clients to connect anew, to `tcUrl` or where they are (behind a load
   * balancer, say). Resolves with how many were asked, those that understand this (Enhanced RTMP v2),
   * when all of them have left, or after `limitMs`; the others stay until `close`. Rejects with
   * RangeError for bad options.
   */
  async drain(options: DrainOptions = {}): Promise<number> {
    checkDrain(options);
    const { drain } = this.#service;
    let asked = 0;
    this.#turn((now) => {
      asked = drain.start(options.tcUrl, now);
    });
    await drain.emptied(this.#io, options.limitMs);
    return asked;
  }

  /** Ends all sessions in an orderly way, then closes the sockets. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    if (this.#drainOptions) await this.drain(this.#drainOptions);
    await closeInStages([
      [() => this.#forwards.close()],
      [
        () => this.#httpServer?.close(),
        () => this.#rtmp?.close(),
        () => this.#driver.close(this.#graceMs),
      ],
      // What they have until then is kept.
      [() => this.#recorder?.close(), () => this.#sharedObjects.flush()],
      [() => this.#alarm.set(Number.POSITIVE_INFINITY), () => this.#giveBackData()],
    ]);
    this.#logger.info({ relay: this.#service.relay?.stats }, "closed");
  }

  async #bind(address: Address): Promise<void> {
    const local = await this.#bindSocket(address);
    this.#rtmfp = [...this.#rtmfp, formatAddress(local)];
  }

  /** A second port on the same interface shows peers what their NATs do with it. */
  async #bindForQueries({ ip, port }: Address): Promise<void> {
    try {
      await this.#bindSocket({ ip, port: port === 0 ? 0 : port + 1 });
    } catch (error) {
      this.#logger.info({ err: error }, "no second UDP port: peers cannot learn their NAT's kind");
    }
  }

  async #bindSocket(address: Address): Promise<Address> {
    const link = await this.#driver.bind(address);
    const id = this.#driver.idOf(link);
    if (id !== undefined) this.#service.answerer.addSocket({ link: id, local: link.address });
    this.#sockets = [...this.#sockets, formatAddress(link.address)];
    return link.address;
  }

  readonly #acceptRtmp: AcceptRtmpClient = (transport, origin) =>
    this.#service.acceptRtmp(transport, origin, (change) => this.#turn(change));

  async #serveHttp(address: Address): Promise<void> {
    const isLocal = isLoopback(address.ip);
    this.#httpServer = createHttpServer(
      () => this.status,
      flvStreamsOf(this.#service, this.#forwards, this.#mediaHost),
      { isLocal, limits: this.#connectionLimits, graceMs: this.#graceMs },
    );
    this.#http = await listenHttp(this.#httpServer, address);
    if (!isLocal) this.#logger.warn?.({ http: this.#http }, EXPOSED);
  }

  #turn(change: (now: number) => void): void {
    this.#driver.turn(change);
    this.#alarm.set(this.#service.timeout);
  }

  /** Users hear of things when the machine is at rest, and what they throw is theirs. */
  #listener(): ServiceListener {
    const later = (tell: () => void): void => queueMicrotask(tell);
    return {
      onPeer: (peer) => {
        const status = peerStatus(peer, this.#io.now());
        later(() => this.emit("peer", status));
      },
      onPeerLeft: (peer) => {
        const status = peerStatus(peer, this.#io.now());
        later(() => this.emit("peer-left", status));
      },
      onPair: (...pair) => later(() => this.emit("pair", ...pair)),
      onPairEnd: (...end) => later(() => this.emit("pair-end", ...end)),
      onReport: (...report) => later(() => this.emit("report", ...report)),
    };
  }
}

const EXPOSED = "the status page shows addresses of peers to all who reach it";
