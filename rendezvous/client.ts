import type { AmfObject, AmfValue } from "../protocol/amf/value.ts";
import { MalformedError } from "../protocol/errors.ts";
import type { Message } from "../protocol/rtmp/message.ts";
import type { Command } from "../protocol/tc/command.ts";
import type { Playable, Publisher } from "../protocol/tc/live-stream.ts";
import {
  type ConnectRequest,
  type KeepaliveAdvice,
  type ServerApplication,
  ServerConnection,
} from "../protocol/tc/server-connection.ts";
import { failure, type Status, statusObject } from "../protocol/tc/status.ts";
import type { Transport, TransportHandler } from "../protocol/tc/transport.ts";
import type { Pairing, PairingClient } from "./matchmaker/pairing.ts";
import type { StreamDirectory } from "./media/stream-directory.ts";
import { Refusal } from "./refusal.ts";
import type { ConnectedPeer } from "./registry/connected-peer.ts";

/** What a client can use of the server. */
export interface ClientServices {
  readonly pairing: Pairing;
  readonly streams: StreamDirectory;
  readonly keepalive: KeepaliveAdvice | undefined;
  /** Messages that made no sense came in. */
  noteMalformed(count: number): void;
}

/** Whose connection it is. */
export interface ClientOwner {
  /** The client is let in; answers who it is, if that is known. Throws Refusal. */
  connected(client: Client, now: number): ConnectedPeer | undefined;
  /** The peer has sent `setPeerInfo`. */
  peerInfoChanged(peer: ConnectedPeer): void;
  ended(client: Client, now: number): void;
}

/** One NetConnection of a client: an RTMFP session may have several. Any application will do. */
export class Client implements ServerApplication {
  /** Takes what comes out of the transport. */
  readonly handler: TransportHandler;
  readonly #services: ClientServices;
  readonly #owner: ClientOwner;
  readonly #connection: ServerConnection;
  #app = "";
  #isConnected = false;
  #peer: ConnectedPeer | undefined;
  /** The same object as long as the connection lasts: it stands for it in line. */
  #pairingClient: PairingClient | undefined;

  constructor(transport: Transport, services: ClientServices, owner: ClientOwner) {
    this.#services = services;
    this.#owner = owner;
    this.#connection = new ServerConnection(transport, this, services);
    this.handler = {
      onMessage: (message, afterGap, now) => this.#receive(message, afterGap, now),
      onEnd: (now) => this.#connection.net.onEnd(now),
    };
  }

  get app(): string {
    return this.#app;
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  onConnect({ app }: ConnectRequest, now: number): Status | undefined {
    if (this.#isConnected) return failure(REJECTED, "this connection is connected already");
    if (Buffer.byteLength(app) > MAX_APP_BYTES) {
      return failure(REJECTED, `an application's name has at most ${MAX_APP_BYTES} bytes`);
    }
    this.#app = app;
    try {
      this.#peer = this.#owner.connected(this, now);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return failure(REJECTED, error.message);
    }
    this.#isConnected = true;
    return undefined;
  }

  onPublish(name: string, now: number): Publisher | Status {
    return this.#services.streams.publish(this.#app, name, now);
  }

  onPlay(name: string): Playable | Status {
    return this.#services.streams.play(this.#app, name);
  }

  onCall(command: Command, now: number): boolean {
    const method = this.#methods.get(command.name);
    if (!method) return false;
    const { net } = this.#connection;
    try {
      net.result(command, null, [method(command.args, now)], now);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#refuse(command, error, now);
    }
    return true;
  }

  onEnd(now: number): void {
    if (this.#pairingClient) this.#services.pairing.end(this.#pairingClient, now);
    this.#isConnected = false;
    this.#owner.ended(this, now);
  }

  readonly #methods: ReadonlyMap<string, Method> = new Map<string, Method>([
    ["setPeerInfo", (args) => this.#setPeerInfo(args)],
    ["pairJoin", (args, now) => this.#services.pairing.join(this.#pairable(), args, now)],
    ["pairNext", (_, now) => this.#services.pairing.next(this.#pairable(), now)],
    ["pairLeave", (_, now) => this.#services.pairing.leave(this.#pairable(), now)],
    ["pairReport", (args, now) => this.#services.pairing.report(this.#pairable(), args, now)],
  ]);

  #receive(message: Message, afterGap: boolean, now: number): void {
    try {
      this.#connection.net.onMessage(message, afterGap, now);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.#services.noteMalformed(1);
    }
  }

  /** RFC 7425 §5.3.3 */
  #setPeerInfo(addresses: readonly AmfValue[]): undefined {
    if (!this.#peer) return;
    this.#services.noteMalformed(this.#peer.setPeerInfo(addresses));
    this.#owner.peerInfoChanged(this.#peer);
  }

  #pairable(): PairingClient {
    const peer = this.#peer;
    if (!peer) throw new Refusal("NO_PEER", "pairing is for peers");
    if (!peer.hasPeerInfo) throw new Refusal("NO_PEER_INFO", "send setPeerInfo first");
    const notify = (name: string, info: AmfObject, now: number): void => {
      const command = { name, transactionId: 0, object: null, args: [info] };
      this.#connection.net.command(command, 0, now);
    };
    this.#pairingClient ??= { peerId: peer.id, app: this.#app, notify };
    return this.#pairingClient;
  }

  #refuse(command: Command, { reason, message }: Refusal, now: number): void {
    const { transactionId } = command;
    if (transactionId === 0) return;
    const status = failure("NetConnection.Call.Failed", message);
    const args = [statusObject(status, { reason })];
    this.#connection.net.command({ name: "_error", transactionId, object: null, args }, 0, now);
  }
}

type Method = (args: readonly AmfValue[], now: number) => AmfValue;

const REJECTED = "NetConnection.Connect.Rejected";
/** As long as a path of a URL gets. */
const MAX_APP_BYTES = 256;
