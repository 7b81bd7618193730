import type { AmfObject } from "../../protocol/amf/value.ts";
import { RtmfpError, unlessMalformed } from "../../protocol/errors.ts";
import { encodeControl } from "../../protocol/rtmp/control.ts";
import { type Message, MessageType } from "../../protocol/rtmp/message.ts";
import { decodeUserControl } from "../../protocol/rtmp/user-control.ts";
import { ClientConnection } from "../../protocol/tc/client-connection.ts";
import type { ClientStream, ClientStreamHandler } from "../../protocol/tc/client-stream.ts";
import { notice } from "../../protocol/tc/command.ts";
import type { Status } from "../../protocol/tc/status.ts";
import type { Transport, TransportHandler } from "../../protocol/tc/transport.ts";
import type { RemoteLocation } from "./remote-location.ts";
import type { ForwardKind } from "./route.ts";

/** Who uses a stream on another server. */
export interface LinkUser {
  /** What is sent in the stream is published, or what is published comes. */
  onReady(stream: ClientStream, transport: Transport, now: number): void;
  onMessage(message: Message, now: number): void;
  /** Whoever publishes at the far end has stopped. */
  onUnpublish(now: number): void;
  /** The far end is about to go away, see `ClientApplication`. */
  onReconnectRequest(tcUrl: string | undefined, now: number): void;
  /** The far end has refused `connect`. Nothing comes after it. */
  onRefused(status: Status, now: number): void;
  /** The far end does not want, or is gone. Nothing comes after it. */
  onFail(error: RtmfpError, now: number): void;
}

/** A connection to another server for one stream: what OBS or a player says there. */
export class ForwardLink implements ClientStreamHandler {
  /** Takes what comes out of the transport. */
  readonly handler: TransportHandler;
  readonly #kind: ForwardKind;
  readonly #remote: RemoteLocation;
  readonly #transport: Transport;
  readonly #user: LinkUser;
  readonly #connection: ClientConnection;
  #stream: ClientStream | undefined;
  #isConnected = false;
  #isOver = false;
  #via = "";
  #toldVia = "";

  constructor(kind: ForwardKind, remote: RemoteLocation, transport: Transport, user: LinkUser) {
    this.#kind = kind;
    this.#remote = remote;
    this.#transport = transport;
    this.#user = user;
    this.#connection = new ClientConnection(transport, {
      onCall: () => false,
      onReconnectRequest: (tcUrl, now) => {
        if (!this.#isOver) this.#user.onReconnectRequest(tcUrl, now);
      },
      onEnd: (now) => this.#fail(new RtmfpError("CLOSED", "the far end hung up"), now),
    });
    const { net } = this.#connection;
    this.handler = {
      onMessage: (message, afterGap, now) => {
        if (this.#isOver) return;
        if (isEnd(message)) this.#user.onUnpublish(now);
        net.onMessage(message, afterGap, now);
      },
      onEnd: (now) => net.onEnd(now),
    };
  }

  /** `via`: for whom it is, see `via.ts`. */
  start(via: string, now: number): void {
    this.#via = via;
    this.#toldVia = via;
    const { url, app } = this.#remote;
    const { net } = this.#connection;
    net.send(CHUNK_SIZE, {}, now);
    const properties = { ...(this.#kind === "push" ? ENCODER : {}), via };
    this.#connection.connect(
      { app, tcUrl: url, properties },
      (reply, at) => {
        if (this.#isOver) return;
        if (reply.isResult) this.#connected(at);
        else this.#end(() => this.#user.onRefused(reply.status, at));
      },
      now,
    );
  }

  /** It is for others than before. Servers that are not of this kind do not know the command. */
  setVia(via: string, now: number): void {
    if (this.#isOver) return;
    this.#via = via;
    this.#tellVia(now);
  }

  /** Ends what was published in an orderly way. The user hears nothing more. */
  close(now: number): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#kind === "push") this.#side("FCUnpublish", now);
    this.#stream?.close(now);
    this.#connection.net.close(now);
  }

  onStatus(status: Status, now: number): void {
    if (this.#isOver) return;
    if (status.level === "error") this.#refused(status, now);
    else if (status.code === "NetStream.Publish.Start") this.#ready(now);
    else if (ENDS.has(status.code)) this.#user.onUnpublish(now);
  }

  onMessage(message: Message, _afterGap: boolean, now: number): void {
    if (!this.#isOver) this.#user.onMessage(message, now);
  }

  onEnd(): void {} // The connection's end is told, and its stream ends with it.

  #connected(now: number): void {
    this.#isConnected = true;
    this.#tellVia(now);
    this.#createStream(now);
  }

  #tellVia(now: number): void {
    if (!this.#isConnected || this.#via === this.#toldVia) return;
    this.#toldVia = this.#via;
    this.#connection.net.command(notice("setVia", [this.#via]), 0, now);
  }

  /** Encoders of Flash's time say first what they are about to do; some servers count on it. */
  #createStream(now: number): void {
    if (this.#kind === "push") {
      this.#side("releaseStream", now);
      this.#side("FCPublish", now);
    }
    this.#connection.createStream(
      this,
      (stream, at) => {
        if (this.#isOver) return;
        if (stream instanceof RtmfpError) {
          this.#fail(stream, at);
          return;
        }
        this.#stream = stream;
        if (this.#kind === "push") stream.publish(this.#remote.name, at);
        else this.#play(stream, at);
      },
      now,
    );
  }

  /** Servers let players wait for what is not published yet, and say nothing. */
  #play(stream: ClientStream, now: number): void {
    stream.play(this.#remote.name, now);
    this.#ready(now);
  }

  #ready(now: number): void {
    if (this.#stream) this.#user.onReady(this.#stream, this.#transport, now);
  }

  /** Nobody waits for the answers. */
  #side(name: string, now: number): void {
    this.#connection.net.command(notice(name, [this.#remote.name]), 0, now);
  }

  #refused({ code, description }: Status, now: number): void {
    this.#fail(new RtmfpError("REJECTED", `${this.#kind}: ${code} ${description}`.trim()), now);
  }

  #fail(error: RtmfpError, now: number): void {
    this.#end(() => this.#user.onFail(error, now));
  }

  #end(tell: () => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    tell();
    this.#transport.close();
  }
}

/** RTMP 1.0 §7.1.7: Stream EOF. */
function isEnd({ type, payload }: Message): boolean {
  if (type !== MessageType.userControl) return false;
  return unlessMalformed(() => decodeUserControl(payload))?.event === "streamEof";
}

const CHUNK_SIZE = encodeControl({ type: "setChunkSize", chunkBytes: 65_536 });
/** Some servers let nobody publish who does not look like an encoder. */
const ENCODER: AmfObject = { type: "nonprivate", flashVer: "FMLE/3.0 (compatible; rtmfp)" };
const ENDS: ReadonlySet<string> = new Set([
  "NetStream.Play.UnpublishNotify",
  "NetStream.Play.Stop",
  "NetStream.Play.Complete",
]);
