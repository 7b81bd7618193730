import { type AmfObject, type AmfValue, createAmfObject, isAmfObject } from "../amf/value.ts";
import { type Message, MessageType } from "../rtmp/message.ts";
import { isSharedObject } from "../rtmp/shared-object.ts";
import { decodeUserControl, encodeUserControl } from "../rtmp/user-control.ts";
import { type Command, echoOf, notice, textOf } from "./command.ts";
import {
  CapsEx,
  type EnhancedCapabilities,
  readEnhancedCapabilities,
  relayCapabilities,
} from "./enhanced-capabilities.ts";
import { NetConnection, type NetConnectionHandler } from "./net-connection.ts";
import type { ConnectRequest, ServerApplication } from "./server-application.ts";
import { ServerStream } from "./server-stream.ts";
import { failure, onStatus, statusObject, success } from "./status.ts";
import { nextStreamId } from "./stream-ids.ts";
import type { MediaDeadlines } from "./stream-sender.ts";
import type { Transport } from "./transport.ts";

export interface ServerConnectionOptions {
  /** Sent before the answer to `connect`: an RTMP server announces its chunk size there. */
  readonly greeting?: readonly Message[] | undefined;
  readonly deadlines?: MediaDeadlines | undefined;
  /**
   * Advice for clients over RTMFP.
   * @default undefined: not sent
   */
  readonly keepalive?: KeepaliveAdvice | undefined;
}

/**
 * How long clients should let their session with the server, and those with peers, be silent before
 * they ask whether it is still there, ms, RFC 7425 §5.3.4. Less than 5 000 ms is not heeded.
 */
export interface KeepaliveAdvice {
  readonly serverMs: number;
  readonly peerMs: number;
}

/** The server's end of a NetConnection: what OBS, ffmpeg, players and RTMFP clients talk to. */
export class ServerConnection implements NetConnectionHandler {
  readonly net: NetConnection;
  readonly #transport: Transport;
  readonly #application: ServerApplication;
  readonly #options: ServerConnectionOptions;
  /** BOUNDED: MAX_STREAMS. */
  readonly #streams = new Map<number, ServerStream>();
  #lastStreamId = 0;
  #isConnected = false;
  #capabilities: EnhancedCapabilities = readEnhancedCapabilities({});

  constructor(
    transport: Transport,
    application: ServerApplication,
    options: ServerConnectionOptions = {},
  ) {
    this.net = new NetConnection(transport, this);
    this.#transport = transport;
    this.#application = application;
    this.#options = options;
  }

  /** What the client said of Enhanced RTMP. */
  get capabilities(): EnhancedCapabilities {
    return this.#capabilities;
  }

  /**
   * Enhanced RTMP v2: asks the client to connect anew, to `tcUrl` or to where it is, and serves it
   * until it has. Answers false, and asks nothing, if the client does not know what that means.
   */
  requestReconnect(tcUrl: string | undefined, now: number): boolean {
    if (!this.#isConnected || (this.#capabilities.capsEx & CapsEx.reconnect) === 0) return false;
    const more = tcUrl === undefined ? {} : { tcUrl };
    this.net.command(onStatus(RECONNECT, more), 0, now);
    return true;
  }

  onCommand(command: Command, streamId: number, now: number): void {
    if (!this.#isConnected) this.#onFirstCommand(command, now);
    else if (command.name === "connect") this.net.error(command, CONNECTED_ALREADY, now);
    else if (streamId === 0) this.#onConnectionCommand(command, now);
    else this.#onStreamCommand(command, streamId, now);
  }

  /** Throws MalformedError. */
  onMessage(message: Message, afterGap: boolean, now: number): void {
    const { type } = message;
    if (type === MessageType.userControl) {
      this.#onUserControl(message, now);
      return;
    }
    if (isSharedObject(type)) {
      if (this.#isConnected) this.#application.onSharedObject?.(message, type, now);
      return;
    }
    const stream = this.#streams.get(message.streamId) ?? this.#onlyPublisher(message.streamId);
    stream?.receive(message, afterGap, now);
  }

  onMalformed(): void {
    this.#application.onMalformed?.();
  }

  /** The connection below has taken something of what was sent. */
  onWritable(now: number): void {
    for (const stream of this.#streams.values()) stream.onWritable(now);
  }

  onEnd(now: number): void {
    try {
      for (const stream of this.#streams.values()) stream.stop(now);
    } finally {
      this.#streams.clear();
      this.#application.onEnd(now);
    }
  }

  /** RTMP 1.0 §7.2.1.1: whoever does not start with `connect` has no business here. */
  #onFirstCommand(command: Command, now: number): void {
    if (command.name === "connect") {
      this.#connect(command, now);
      return;
    }
    this.net.error(command, NOT_CONNECTED, now);
    this.net.close(now);
  }

  #connect(command: Command, now: number): void {
    const properties = isAmfObject(command.object) ? command.object : createAmfObject();
    const request: ConnectRequest = {
      app: textOf(properties.app),
      tcUrl: textOf(properties.tcUrl),
      properties,
      args: command.args,
    };
    const refusal = this.#application.onConnect(request, now);
    for (const message of this.#options.greeting ?? []) this.net.send(message, {}, now);
    if (refusal) {
      this.net.error(command, refusal, now);
      this.net.close(now);
      return;
    }
    this.#isConnected = true;
    this.#transport.confirm?.();
    const objectEncoding = properties.objectEncoding === 3 ? 3 : 0;
    const info = statusObject(CONNECTED, { objectEncoding });
    this.#capabilities = readEnhancedCapabilities(properties);
    const enhanced = this.#capabilities.isEnhanced ? relayCapabilities : {};
    this.net.result(command, { ...SERVER_PROPERTIES, ...enhanced }, [info], now);
    // The answer itself is what tells the client that AMF3 may follow.
    this.net.objectEncoding = objectEncoding;
    const { keepalive } = this.#options;
    if (keepalive) {
      this.net.send(encodeUserControl({ event: "setKeepalive", ...keepalive }), {}, now);
    }
  }

  #onConnectionCommand(command: Command, now: number): void {
    switch (command.name) {
      case "createStream":
        this.#createStream(command, now);
        break;
      case "deleteStream":
        this.#deleteStream(command.args[0], now);
        break;
      default:
        if (SIDE_COMMANDS.has(command.name)) this.#onSideCommand(command, now);
        else if (!this.#application.onCall(command, now)) this.#onUnknown(command, now);
    }
  }

  /** Players ask for the length of everything that they play; what is live has none. */
  #onUnknown(command: Command, now: number): void {
    if (command.name === "getStreamLength") this.net.result(command, null, [0], now);
    else this.net.unknown(command, now);
  }

  /** What encoders and players of Flash's time ask for on the side. */
  #onSideCommand(command: Command, now: number): void {
    const { name, args } = command;
    this.net.result(command, null, [undefined], now);
    if (name === "FCUnpublish") this.#unpublish(textOf(args[0]), now);
    const code = SIDE_COMMANDS.get(name);
    if (code === undefined) return;
    const info = statusObject(success(code, echoOf(textOf(args[0]))));
    this.net.command(notice(`on${name}`, [info]), 0, now);
  }

  #unpublish(name: string, now: number): void {
    for (const stream of this.#streams.values()) {
      if (stream.isPublishing(name)) stream.close(now);
    }
  }

  #onStreamCommand(command: Command, streamId: number, now: number): void {
    const stream = this.#streams.get(streamId);
    if (!stream) this.net.unknown(command, now);
    else if (command.name === "deleteStream") this.#deleteStream(streamId, now);
    else if (!stream.command(command, now)) this.net.unknown(command, now);
  }

  #createStream(command: Command, now: number): void {
    if (this.#streams.size >= MAX_STREAMS) {
      const status = failure("NetConnection.Call.Failed", `more than ${MAX_STREAMS} streams`);
      this.net.error(command, status, now);
      return;
    }
    const id = nextStreamId(this.#lastStreamId, this.#streams);
    this.#lastStreamId = id;
    this.#streams.set(
      id,
      new ServerStream(this.net, id, this.#application, this.#options.deadlines),
    );
    this.net.result(command, null, [id], now);
  }

  #deleteStream(id: AmfValue, now: number): void {
    const stream = typeof id === "number" ? this.#streams.get(id) : undefined;
    if (!stream || typeof id !== "number") return;
    stream.stop(now);
    this.#streams.delete(id);
    this.net.closeStream(id);
  }

  #onUserControl({ payload }: Message, now: number): void {
    const control = decodeUserControl(payload);
    if (control.event !== "setBufferLength") return;
    this.#streams.get(control.streamId)?.setBufferLength(control.bufferMs, now);
  }

  /** Media on stream 0 comes from encoders that lost count: it can only be for the one they have. */
  #onlyPublisher(streamId: number): ServerStream | undefined {
    return streamId === 0 && this.#streams.size === 1 ? [...this.#streams.values()][0] : undefined;
  }
}

const CONNECTED = success("NetConnection.Connect.Success", "Connection succeeded.");
const RECONNECT = success(
  "NetConnection.Connect.ReconnectRequest",
  "The server is about to close: connect anew.",
);
const NOT_CONNECTED = failure("NetConnection.Call.Failed", "connect first");
const CONNECTED_ALREADY = failure("NetConnection.Call.Failed", "connected already");
/** Clients look at the version to guess what a server can do: this one knows H.264 and RTMFP. */
const SERVER_PROPERTIES: AmfObject = { fmsVer: "FMS/3,5,7,7009", capabilities: 31, mode: 1 };
const MAX_STREAMS = 64;

/** All get a result that says nothing; some clients wait for a notice `on<name>` with this code. */
const SIDE_COMMANDS: ReadonlyMap<string, string | undefined> = new Map([
  ["releaseStream", undefined],
  ["FCPublish", "NetStream.Publish.Start"],
  ["FCUnpublish", "NetStream.Unpublish.Success"],
  ["FCSubscribe", "NetStream.Play.Start"],
  ["FCUnsubscribe", undefined],
  ["_checkbw", undefined],
  ["checkBandwidth", undefined],
]);
