import { EventEmitter } from "node:events";
import type { AmfValue } from "../../protocol/amf/value.ts";
import { RtmfpError } from "../../protocol/errors.ts";
import type { Session } from "../../protocol/session/session.ts";
import type { SessionStats } from "../../protocol/session/session-terms.ts";
import type { ClientStreamHandler } from "../../protocol/tc/client-stream.ts";
import type { FlowRouter } from "../../protocol/tc/flow-router.ts";
import { NetConnection } from "../../protocol/tc/net-connection.ts";
import { PeerStreamSubscriber } from "../../protocol/tc/peer-stream.ts";
import { type Address, formatAddress } from "../../protocol/wire/address.ts";
import { isRelayAddress } from "../../protocol/wire/relay-address.ts";
import type { WaitOptions } from "../options.ts";
import { play } from "../streams/play.ts";
import type { PlayedMessage } from "../streams/playback.ts";
import type { StreamSource, Subscription } from "../streams/stream-source.ts";
import type { DirectWay } from "../traversal/strategy.ts";
import type { Turn } from "../turn.ts";
import { wait } from "../wait.ts";
import { callProcedure } from "./calls.ts";

/** Where the datagrams of sessions go. */
export interface PathPlaces {
  /** The far end of the TCP connection that a session goes over; undefined: it goes over none. */
  tcpAddress(session: Session): Address | undefined;
  /** The near end of the link that a session goes over. */
  localAddress(session: Session): Address | undefined;
  /** How the direct path that a session goes over was found. */
  directWay(session: Session): DirectWay;
}

/** How the datagrams of a session travel. */
export interface Path {
  /**
   * Straight to the far end, or through the server's relay, which cannot read them, or over a TCP
   * connection straight to the far end, where UDP does not get through.
   */
  readonly kind: "direct" | "relay" | "tcp";
  /**
   * How it was found. Direct ones: by sending to where the far end is ("direct"), or has a port that its
   * router gave it ("mapped"), by foreseeing ports, trying many, or all of a block, see docs/nat.md.
   */
  readonly way: DirectWay | "relay" | "tcp";
  /** The far end's address, host:port; an address of its own in the relay. */
  readonly address: string;
  /** Smoothed round trip in ms; undefined until it was measured. */
  readonly rttMs: number | undefined;
  /** This end's socket, host:port, or its own address in the relay; undefined over TCP. */
  readonly localAddress: string | undefined;
  /** When the session went over to it, ms on the clock of `performance.now`. */
  readonly sinceMs: number;
}

export interface PeerSessionEvents {
  /** The session goes on over another path; nothing was lost or repeated. */
  path: [path: Path];
  /** The session ended; without an error one of the ends closed it. */
  closed: [error: RtmfpError | undefined];
  /** `estimatedBitrate` changed by more than a tenth; at most four times a second. */
  bitrate: [bitsPerSecond: number];
}

/** A session with another peer. */
export class PeerSession extends EventEmitter<PeerSessionEvents> implements StreamSource {
  /** The far end's peer ID, 64 hexadecimal digits. */
  readonly peerId: string;
  readonly #session: Session;
  readonly #router: FlowRouter;
  readonly #turn: Turn;
  readonly #places: PathPlaces;
  #calls: NetConnection | undefined;
  /** How often this end has played something, modulo `STREAM_IDS`. */
  #plays = 0;
  #pathSince: number;

  /** For `Peer`, which owns the router and feeds it. */
  constructor(router: FlowRouter, turn: Turn, places: PathPlaces) {
    super();
    this.#session = router.session;
    this.#router = router;
    this.#turn = turn;
    this.#places = places;
    this.#pathSince = turn((now) => now);
    this.peerId = this.#session.terms.farCertificate.peerId;
  }

  /** Did this end open the session? */
  get isInitiator(): boolean {
    return this.#session.terms.role === "initiator";
  }

  get isOpen(): boolean {
    return this.#session.isOpen;
  }

  get path(): Path {
    const { destination, roundTripMs: rttMs } = this.#session;
    const tcp = this.#places.tcpAddress(this.#session);
    const otherKind = isRelayAddress(destination) ? "relay" : "direct";
    const kind = tcp ? "tcp" : otherKind;
    const address = formatAddress(tcp ?? destination);
    const local = tcp ? undefined : this.#places.localAddress(this.#session);
    const localAddress = local && formatAddress(local);
    const way = kind === "direct" ? this.#places.directWay(this.#session) : kind;
    return { kind, way, address, localAddress, rttMs, sinceMs: this.#pathSince };
  }

  /** For `Peer`: the session has moved. */
  noteMoved(): void {
    this.#pathSince = this.#turn((now) => now);
    this.emit("path", this.path);
  }

  /**
   * Bits per second that an encoder may send to this peer, from what arrives there; undefined before
   * anything was measured.
   */
  get estimatedBitrate(): number | undefined {
    return this.#session.estimatedBitrate;
  }

  /** What the session has carried so far. */
  get stats(): SessionStats {
    return this.#session.stats;
  }

  /**
   * Calls what the far end has under this name (`peer.handle`). Rejects with `CALL_FAILED` if it
   * throws there or does not exist, `CLOSED`, `LIMIT` if too many calls wait already, TypeError or
   * RangeError if AMF cannot carry the arguments, or the signal's reason.
   */
  async call(
    name: string,
    args: readonly AmfValue[] = [],
    options: WaitOptions = {},
  ): Promise<AmfValue> {
    if (!this.isOpen) throw new RtmfpError("CLOSED", "the session ended");
    return callProcedure(this.#callConnection(), this.#turn, name, args, options);
  }

  /**
   * Sends one Ping over the session's path and resolves with its round trip in ms, RFC 7016 §2.3.9.
   * Rejects with `TIMEOUT` if it is not answered within 5 s, `CLOSED`, `LIMIT` if 64 wait for their
   * answers, or the signal's reason.
   */
  ping(options: WaitOptions = {}): Promise<number> {
    return wait(options, (resolve, reject) => {
      const onOutcome = (roundTripMs: number | undefined): void => {
        if (roundTripMs !== undefined) resolve(roundTripMs);
        else if (this.isOpen) reject(new RtmfpError("TIMEOUT", "a Ping was not answered"));
        else reject(new RtmfpError("CLOSED", "the session ended"));
      };
      this.#turn((now) => this.#session.pings.send(onOutcome, now));
      return () => undefined;
    });
  }

  /** Plays a stream that the far end publishes, see `PlayedMessage`. */
  play(name: string, options: WaitOptions = {}): AsyncGenerator<PlayedMessage, void, undefined> {
    return play(this, name, options);
  }

  subscribe(name: string, handler: ClientStreamHandler): Subscription {
    const transport = this.#router.start();
    const subscriber = new PeerStreamSubscriber(transport, handler);
    transport.handler = subscriber;
    const streamId = FIRST_STREAM_ID + this.#plays;
    this.#plays = (this.#plays + 1) % STREAM_IDS;
    this.#turn((now) => {
      if (this.isOpen) subscriber.play(name, streamId, now);
      else subscriber.onEnd(now);
    });
    return {
      pause: () => this.#turn(() => transport.pause()),
      resume: () => this.#turn(() => transport.resume()),
      close: () =>
        this.#turn(() => {
          subscriber.close();
          // What was held back would otherwise wait at the far end as long as the session lasts.
          transport.resume();
        }),
    };
  }

  /** Ends the session for both, at once: what was not delivered yet is lost. Idempotent. */
  close(): void {
    this.#turn((now) => this.#session.close(now));
  }

  /** Calls go over a connection of their own, opened when the first is made. */
  #callConnection(): NetConnection {
    if (this.#calls && !this.#calls.isEnded) return this.#calls;
    const transport = this.#router.start();
    const net: NetConnection = new NetConnection(transport, {
      onCommand: (command, _streamId, now) => net.unknown(command, now),
      onMessage: () => undefined,
      onEnd: () => undefined,
    });
    transport.handler = net;
    this.#calls = net;
    return net;
  }
}

/**
 * RFC 7425 §5.4.1 leaves the stream ID to whoever plays, and streams are told apart by their flows.
 * librtmfp takes none but those of Flash Player: 2 000 000 and a number of seven bits.
 */
const FIRST_STREAM_ID = 2_000_001;
const STREAM_IDS = 127;
