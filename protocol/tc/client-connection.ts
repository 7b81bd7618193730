import { type AmfObject, type AmfValue, isAmfObject } from "../amf/value.ts";
import { RtmfpError } from "../errors.ts";
import { type Message, MessageType } from "../rtmp/message.ts";
import { isSharedObject } from "../rtmp/shared-object.ts";
import { decodeUserControl } from "../rtmp/user-control.ts";
import type { OnReply, Reply } from "./calls.ts";
import { ClientStream, type ClientStreamHandler } from "./client-stream.ts";
import { type Command, notice, type ObjectEncoding } from "./command.ts";
import {
  CapsEx,
  type EnhancedCapabilities,
  readEnhancedCapabilities,
} from "./enhanced-capabilities.ts";
import { NetConnection, type NetConnectionHandler } from "./net-connection.ts";
import { RemoteSharedObjects } from "./remote-shared-objects.ts";
import type { Transport } from "./transport.ts";

/** What a client does with what its server wants. */
export interface ClientApplication {
  /** Answers false if there is no such method. */
  onCall(command: Command, now: number): boolean;
  /**
   * The server advises how often to ask whether it is there (the session with it) and whether peers
   * are (all other sessions): `keepaliveMs` of theirs, from 5 000 ms to an hour.
   */
  onKeepalive?(serverMs: number, peerMs: number, now: number): void;
  /**
   * Enhanced RTMP v2: the server is about to close. Connect anew, to `tcUrl` (which may be relative to
   * the present one) or to the same place, then leave. Servers ask only those that have this method.
   */
  onReconnectRequest?(tcUrl: string | undefined, now: number): void;
  onEnd(now: number): void;
}

export interface ConnectOptions {
  readonly app: string;
  readonly tcUrl: string;
  /**
   * 3: objects in commands travel in AMF3 if the server agrees, which carries bytes, dictionaries and
   * vectors too. What arrives is understood in either.
   * @default 0
   */
  readonly objectEncoding?: ObjectEncoding | undefined;
  /** More properties of the command object. */
  readonly properties?: AmfObject | undefined;
  /** What follows the command object. */
  readonly args?: readonly AmfValue[] | undefined;
}

/** The client's end of a NetConnection. */
export class ClientConnection implements NetConnectionHandler {
  readonly net: NetConnection;
  readonly sharedObjects: RemoteSharedObjects;
  readonly #application: ClientApplication;
  /** BOUNDED: by what the user opens. */
  readonly #streams = new Map<number, ClientStream>();
  #onIdle: ((now: number) => void) | undefined;
  #serverCapabilities: EnhancedCapabilities = readEnhancedCapabilities({});

  constructor(transport: Transport, application: ClientApplication) {
    this.net = new NetConnection(transport, this);
    this.sharedObjects = new RemoteSharedObjects(this.net, (now) => this.#checkIdle(now));
    this.#application = application;
  }

  /** What the server said of Enhanced RTMP in its answer. */
  get serverCapabilities(): EnhancedCapabilities {
    return this.#serverCapabilities;
  }

  /** The first call on a connection, RTMP 1.0 §7.2.1.1. */
  connect(options: ConnectOptions, onReply: OnReply, now: number): void {
    const { app, tcUrl, objectEncoding = 0, properties = {}, args = [] } = options;
    const known = { ...CLIENT_PROPERTIES, ...this.#enhanced() };
    const object = { ...known, app, tcUrl, ...properties, objectEncoding };
    const onAnswer = (reply: Reply, at: number): void => {
      this.#serverCapabilities = capabilitiesIn(reply);
      if (objectEncoding === 3 && acceptsAmf3(reply)) this.net.objectEncoding = 3;
      onReply(reply, at);
    };
    this.net.call("connect", args, onAnswer, now, object);
  }

  /**
   * The addresses where others may reach this client, RFC 7425 §5.3.3. Always in AMF0: some servers
   * that agreed to AMF3 read nothing else here.
   */
  setPeerInfo(addresses: readonly string[], now: number): void {
    this.net.command(notice("setPeerInfo", addresses), 0, now, 0);
  }

  /** Asks for a stream; `onStream` is called once, with it or with why not. */
  createStream(
    handler: ClientStreamHandler,
    onStream: (stream: ClientStream | RtmfpError, now: number) => void,
    now: number,
  ): void {
    const onReply = (reply: Reply, at: number): void => {
      const id = reply.isResult ? reply.values[0] : undefined;
      if (!isStreamId(id)) {
        onStream(new RtmfpError("CALL_FAILED", "the server gave no stream"), at);
        return;
      }
      const stream = new ClientStream(this.net, id, handler, (closedAt) => {
        this.#streams.delete(id);
        this.#checkIdle(closedAt);
      });
      this.#streams.set(id, stream);
      onStream(stream, at);
    };
    this.net.call("createStream", [], onReply, now);
  }

  /** Calls `act` when no stream and no shared object uses the connection any more, perhaps at once. */
  whenIdle(act: (now: number) => void, now: number): void {
    this.#onIdle = act;
    this.#checkIdle(now);
  }

  onCommand(command: Command, streamId: number, now: number): void {
    const stream = this.#streams.get(streamId);
    if (stream) stream.onCommand(command, now);
    else if (streamId !== 0) this.net.unknown(command, now);
    else if (this.#onReconnectRequest(command, now)) return;
    else if (!this.#application.onCall(command, now)) this.net.unknown(command, now);
  }

  #checkIdle(now: number): void {
    if (this.#streams.size > 0 || this.sharedObjects.size > 0) return;
    const onIdle = this.#onIdle;
    this.#onIdle = undefined;
    onIdle?.(now);
  }

  /** What it can do with media is its user's to say. */
  #enhanced(): AmfObject {
    return this.#application.onReconnectRequest ? { capsEx: CapsEx.reconnect } : {};
  }

  /** Answers false if it is nothing of the kind. */
  #onReconnectRequest(command: Command, now: number): boolean {
    const info = command.args.find((value) => isAmfObject(value));
    if (command.name !== "onStatus" || info?.code !== RECONNECT_REQUEST) return false;
    if (!this.#application.onReconnectRequest) return false;
    const { tcUrl } = info;
    this.#application.onReconnectRequest(typeof tcUrl === "string" ? tcUrl : undefined, now);
    return true;
  }

  /** Throws MalformedError. */
  onMessage(message: Message, afterGap: boolean, now: number): void {
    if (message.streamId === 0 && message.type === MessageType.userControl) {
      this.#onUserControl(message, now);
      return;
    }
    if (isSharedObject(message.type)) this.sharedObjects.receive(message, now);
    else this.#streams.get(message.streamId)?.onMessage(message, afterGap, now);
  }

  onEnd(now: number): void {
    for (const stream of this.#streams.values()) stream.onEnd(now);
    this.#streams.clear();
    this.sharedObjects.end(now);
    this.#application.onEnd(now);
  }

  /** RFC 7425 §5.3.4 */
  #onUserControl({ payload }: Message, now: number): void {
    const control = decodeUserControl(payload);
    if (control.event !== "setKeepalive") return;
    const { serverMs, peerMs } = control;
    this.#application.onKeepalive?.(saneKeepalive(serverMs), saneKeepalive(peerMs), now);
  }
}

/** They stand in the first object of `_result`; some servers put all they say into the second. */
function capabilitiesIn(reply: Reply): EnhancedCapabilities {
  const objects: readonly AmfValue[] = reply.isResult ? [reply.object, ...reply.values] : [];
  const said = objects.map((value) => readEnhancedCapabilities(isAmfObject(value) ? value : {}));
  return said.find(({ isEnhanced }) => isEnhanced) ?? readEnhancedCapabilities({});
}

/** The encoding stands in one of the two objects of `_result`, RTMP 1.0 §7.2.1.1. */
function acceptsAmf3(reply: Reply): boolean {
  if (!reply.isResult) return false;
  const agrees = (value: AmfValue): boolean => isAmfObject(value) && value.objectEncoding === 3;
  return agrees(reply.object) || reply.values.some(agrees);
}

/** RTMP 1.0 §7.2.1.3: a number; 0 is the connection itself. */
function isStreamId(value: AmfValue): value is number {
  return typeof value === "number" && value > 0 && value <= 0xffff_ffff && Number.isInteger(value);
}

const RECONNECT_REQUEST = "NetConnection.Connect.ReconnectRequest";
/** What Flash-era servers expect to read before they let a client in. */
const CLIENT_PROPERTIES: AmfObject = {
  flashVer: "WIN 20,0,0,286",
  fpad: false,
  capabilities: 239,
  audioCodecs: 3575,
  videoCodecs: 252,
  videoFunction: 1,
};
function saneKeepalive(ms: number): number {
  return Math.min(Math.max(ms, MIN_KEEPALIVE_MS), MAX_KEEPALIVE_MS);
}

/** RFC 7425 §5.3.4: a server that asks for more would have its clients flood it, or their peers. */
const MIN_KEEPALIVE_MS = 5_000;
/** Sessions of far ends that are long gone would otherwise be kept for weeks. */
const MAX_KEEPALIVE_MS = 3_600_000;
