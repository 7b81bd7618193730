import type { AmfObject, AmfValue } from "../protocol/amf/value.ts";
import type { Message } from "../protocol/rtmp/message.ts";
import type { SharedObjectType } from "../protocol/rtmp/shared-object.ts";
import { type Command, notice } from "../protocol/tc/command.ts";
import { CapsEx, readEnhancedCapabilities } from "../protocol/tc/enhanced-capabilities.ts";
import type { Playable, Publisher } from "../protocol/tc/live-stream.ts";
import type { PlayRequest, Recorded } from "../protocol/tc/playback.ts";
import type {
  ConnectRequest,
  FailPublish,
  ServerApplication,
} from "../protocol/tc/server-application.ts";
import { type KeepaliveAdvice, ServerConnection } from "../protocol/tc/server-connection.ts";
import { failure, type Status, statusObject } from "../protocol/tc/status.ts";
import type { Transport, TransportHandler } from "../protocol/tc/transport.ts";
import type { Address } from "../protocol/wire/address.ts";
import type { Drain, Movable } from "./drain.ts";
import { type GuestServer, readPaths } from "./forward/via.ts";
import type { Admission, Guest } from "./media/admission.ts";
import type { StreamDirectory } from "./media/stream-directory.ts";
import type { StreamRight } from "./media/stream-tokens.ts";
import { type CommandHost, type CommandServices, PeerCommands } from "./peer-commands.ts";
import { sourceOf } from "./rate-limit.ts";
import { Refusal } from "./refusal.ts";
import type { ConnectedPeer, Notify } from "./registry/connected-peer.ts";
import { SharedObjectAccess } from "./shared-objects/shared-object-access.ts";
import type { SharedObjects } from "./shared-objects/shared-objects.ts";
import type { MediaLibrary } from "./vod/library.ts";

/** What a client can use of the server. */
export interface ClientServices extends CommandServices {
  readonly streams: StreamDirectory;
  /** Undefined: there are no recordings. */
  readonly library: MediaLibrary | undefined;
  readonly admission: Admission;
  readonly keepalive: KeepaliveAdvice | undefined;
  /** Undefined: there are none. */
  readonly sharedObjects: SharedObjects | undefined;
  readonly drain: Drain;
}

/** Whose connection it is. */
export interface ClientOwner {
  /** Where the client is seen. */
  readonly address: Address;
  /** The client is let in; answers who it is, if that is known. Throws Refusal. */
  connected(client: Client, request: ConnectRequest, now: number): ConnectedPeer | undefined;
  /** The client shows a certificate; answers the challenge. Throws Refusal. */
  identify(certificate: AmfValue): AmfObject;
  /** The client answers the challenge; answers who it is. Throws Refusal. */
  prove(client: Client, proof: AmfValue, now: number): ConnectedPeer;
  /** The peer has sent `setPeerInfo`. */
  peerInfoChanged(peer: ConnectedPeer): void;
  ended(client: Client, now: number): void;
}

/** One NetConnection of a client: an RTMFP session may have several. Any application will do. */
export class Client implements ServerApplication, CommandHost, Movable {
  /** Takes what comes out of the transport. */
  readonly handler: TransportHandler;
  readonly #services: ClientServices;
  readonly #owner: ClientOwner;
  readonly #connection: ServerConnection;
  readonly #commands: PeerCommands;
  #guest: Guest | undefined;
  /** It is another server. */
  #server: GuestServer | undefined;
  #claimedApp = "";
  #url = "";
  #isConnected = false;
  #peer: ConnectedPeer | undefined;
  #sharedObjects: SharedObjectAccess | undefined;

  /** `greeting` is sent before the answer to `connect`. */
  constructor(
    transport: Transport,
    services: ClientServices,
    owner: ClientOwner,
    greeting: readonly Message[] = [],
  ) {
    this.#services = services;
    this.#owner = owner;
    this.#connection = new ServerConnection(transport, this, {
      greeting,
      keepalive: services.keepalive,
    });
    this.#commands = new PeerCommands(services, this);
    this.handler = {
      onMessage: (...message) => this.#connection.net.onMessage(...message),
      onEnd: (now) => this.#connection.net.onEnd(now),
      onWritable: (now) => this.#connection.onWritable(now),
    };
  }

  get address(): Address {
    return this.#owner.address;
  }

  get app(): string {
    return this.#guest?.app ?? "";
  }

  /** The application as the client calls it: with a query, if it added one. */
  get claimedApp(): string {
    return this.#claimedApp;
  }

  /** The server's URL as the client knows it. */
  get url(): string {
    return this.#url;
  }

  get peer(): ConnectedPeer | undefined {
    return this.#peer;
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Asks it to connect anew, see `Rendezvous.drain`; answers whether it understands. */
  requestReconnect(tcUrl: string | undefined, now: number): boolean {
    return this.#connection.requestReconnect(tcUrl, now);
  }

  onConnect(request: ConnectRequest, now: number): Status | undefined {
    const { app, tcUrl } = request;
    if (this.#isConnected) return failure(REJECTED, "this connection is connected already");
    if (this.#services.drain.isStarted) return failure(REJECTED, "the server is going away");
    const guest = this.#services.admission.enter(request, this.address);
    if ("code" in guest) return guest;
    if (Buffer.byteLength(guest.app) > MAX_APP_BYTES) {
      return failure(REJECTED, `an application's name has at most ${MAX_APP_BYTES} bytes`);
    }
    this.#guest = guest;
    const { via } = request.properties;
    if (typeof via === "string") this.#server = { paths: readPaths(via) };
    this.#claimedApp = app.slice(0, MAX_URL_LENGTH);
    this.#url = tcUrl.slice(0, MAX_URL_LENGTH);
    try {
      this.#peer = this.#owner.connected(this, request, now);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return failure(REJECTED, error.message);
    }
    this.#isConnected = true;
    if (mayReconnect(request)) this.#services.drain.add(this);
    return undefined;
  }

  onPublish(name: string, now: number, fail: FailPublish, type: string): Publisher | Status {
    const allowed = this.#ask("publish", name);
    if (typeof allowed !== "string") return allowed;
    return this.#services.streams.publish(this.app, allowed, now, fail, type);
  }

  onPlay(name: string, _now: number, { from }: PlayRequest): Playable | Recorded | Status {
    const allowed = this.#ask("play", name);
    if (typeof allowed !== "string") return allowed;
    const { streams, library } = this.#services;
    const live = streams.play(this.app, allowed, this.#server);
    const isLive = from === "live" || (from === "any" && streams.isLive(this.app, allowed));
    if (!library || isLive || "code" in live) return live;
    return library.recorded(this.app, allowed, from === "any" ? live : undefined);
  }

  onCall(command: Command, now: number): boolean {
    if (command.name === "getStreamLength") return this.#tellLength(command);
    if (command.name === "setVia" && this.#server) {
      this.#server.paths = readPaths(command.args[0]);
      this.#services.streams.noteGuest(this.#server);
      return true;
    }
    const method = this.#commands.find(command.name);
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

  onSharedObject(message: Message, type: SharedObjectType, now: number): void {
    this.#sharing(type)?.receive(message, now);
  }

  onMalformed(): void {
    this.#services.noteMalformed(1);
  }

  onEnd(now: number): void {
    // Who follows to another server has not left his partner.
    if (!this.#services.drain.isStarted) this.#commands.onEnd(now);
    this.#services.drain.delete(this);
    this.#sharedObjects?.end();
    this.#isConnected = false;
    this.#owner.ended(this, now);
  }

  /** Tells the client something that wants no answer. */
  readonly notify: Notify = (name, info, now) => {
    this.#connection.net.command(notice(name, [info]), 0, now);
  };

  peerInfoChanged(peer: ConnectedPeer): void {
    this.#owner.peerInfoChanged(peer);
  }

  identify(certificate: AmfValue): AmfObject {
    return this.#owner.identify(certificate);
  }

  prove(proof: AmfValue, now: number): AmfObject {
    this.#peer = this.#owner.prove(this, proof, now);
    return { peerId: this.#peer.id };
  }

  /** Answers the name without its query, or why not. */
  #ask(right: StreamRight, name: string): string | Status {
    return this.#guest?.ask(right, name) ?? failure(REJECTED, "connect first");
  }

  /** In seconds; 0 of what is no recording, or none that could be read. */
  #tellLength(command: Command): boolean {
    const { library } = this.#services;
    const [name] = command.args;
    if (!library || typeof name !== "string") return false;
    const allowed = this.#ask("play", name);
    library.tellLength(this.app, typeof allowed === "string" ? allowed : "", (lengthMs, now) => {
      this.#connection.net.result(command, null, [lengthMs / 1_000], now);
    });
    return true;
  }

  /** Hardly anybody has a use for shared objects. */
  #sharing(type: SharedObjectType): SharedObjectAccess | undefined {
    const objects = this.#services.sharedObjects;
    const { net } = this.#connection;
    this.#sharedObjects ??=
      objects &&
      new SharedObjectAccess(
        objects,
        { app: this.app, source: sourceOf(this.address) },
        type,
        (message, at) => net.send(message, {}, at),
      );
    return this.#sharedObjects;
  }

  #refuse(command: Command, { reason, message }: Refusal, now: number): void {
    const { transactionId } = command;
    if (transactionId === 0) return;
    const status = failure("NetConnection.Call.Failed", message);
    const args = [statusObject(status, { reason })];
    this.#connection.net.command({ name: "_error", transactionId, object: null, args }, 0, now);
  }
}

function mayReconnect({ properties }: ConnectRequest): boolean {
  return (readEnhancedCapabilities(properties).capsEx & CapsEx.reconnect) !== 0;
}

const REJECTED = "NetConnection.Connect.Rejected";
/** As long as a path of a URL gets. */
const MAX_APP_BYTES = 256;
/** What is longer is cut off: it is compared with nothing but a proof. */
const MAX_URL_LENGTH = 1_024;
