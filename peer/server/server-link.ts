import type { AmfObject, AmfValue } from "../../protocol/amf/value.ts";
import { RtmfpError } from "../../protocol/errors.ts";
import type { OutgoingMessage } from "../../protocol/flow/outgoing-message.ts";
import type { Message } from "../../protocol/rtmp/message.ts";
import type { Session } from "../../protocol/session/session.ts";
import type { Reply } from "../../protocol/tc/calls.ts";
import { type ClientApplication, ClientConnection } from "../../protocol/tc/client-connection.ts";
import type { ClientStream, ClientStreamHandler } from "../../protocol/tc/client-stream.ts";
import { classify } from "../../protocol/tc/media.ts";
import { failure, type Status } from "../../protocol/tc/status.ts";
import {
  type MediaDeadlines,
  type StreamOutlet,
  StreamSender,
} from "../../protocol/tc/stream-sender.ts";
import type { Transport, TransportHandler } from "../../protocol/tc/transport.ts";
import { type Address, formatAddress } from "../../protocol/wire/address.ts";
import type { WaitOptions } from "../options.ts";
import { callProcedure } from "../sessions/calls.ts";
import { play } from "../streams/play.ts";
import type { PlayedMessage } from "../streams/playback.ts";
import { Publication, type PublicationSink } from "../streams/publication.ts";
import type { StreamSource, Subscription } from "../streams/stream-source.ts";
import type { Turn } from "../turn.ts";
import type { RendezvousUrl } from "../url.ts";
import { wait } from "../wait.ts";
import { openSharedObject, type SharedObjectUseOptions } from "./open-shared-object.ts";
import type { SharedObject } from "./shared-object.ts";

/** How the messages between a peer and its server travel. */
export interface ServerWay {
  readonly transport: Transport;
  /** Undefined over TCP. */
  readonly session: Session | undefined;
  close(now: number): void;
}

/** The connection to the rendezvous server: its procedures, and streams on it. */
export class ServerLink implements StreamSource {
  /** Takes what comes out of the transport. */
  readonly handler: TransportHandler;
  #way: ServerWay;
  readonly #turn: Turn;
  #connection: ClientConnection;
  readonly #deadlines: MediaDeadlines | undefined;

  /** For `Peer`, which owns the way. */
  constructor(
    way: ServerWay,
    turn: Turn,
    application: ClientApplication,
    deadlines?: MediaDeadlines,
  ) {
    this.#way = way;
    this.#turn = turn;
    this.#deadlines = deadlines;
    this.#connection = new ClientConnection(way.transport, application);
    this.handler = this.#connection.net;
  }

  /** The session that carries it; undefined over TCP, where there is none. */
  get session(): Session | undefined {
    return this.#way.session;
  }

  get isOpen(): boolean {
    return !this.#connection.net.isEnded;
  }

  /** Ends the connection. Idempotent. */
  close(): void {
    this.#turn((now) => this.#way.close(now));
  }

  /**
   * From now on all goes over the connection of `other`, for `Peer`. What is played, published and
   * shared over the one before stays there, and when that is over, the connection ends.
   */
  moveTo(other: ServerLink): void {
    const way = this.#way;
    const connection = this.#connection;
    this.#way = other.#way;
    this.#connection = other.#connection;
    this.#turn((now) => connection.whenIdle((at) => way.close(at), now));
  }

  /** Rejects with `REJECTED` if the server does not let us in, `CLOSED` if the session ends first. */
  connect(
    url: Pick<RendezvousUrl, "app" | "href">,
    token: string | undefined,
    options: WaitOptions,
  ): Promise<void> {
    const properties: AmfObject = token === undefined ? {} : { token };
    const request = { app: url.app, tcUrl: url.href, properties };
    return wait<void>(options, (resolve, reject) => {
      const onReply = (reply: Reply): void => {
        if (reply.isResult) resolve();
        else if (!this.isOpen) reject(closedError());
        else reject(new RtmfpError("REJECTED", reply.status.description || reply.status.code));
      };
      this.#turn((now) => this.#connection.connect(request, onReply, now));
      return () => undefined;
    });
  }

  /** Where others may reach us, RFC 7425 §5.3.3. The server introduces nobody before. */
  setPeerInfo(addresses: readonly Address[]): void {
    this.#turn((now) => this.#connection.setPeerInfo(addresses.map(formatAddress), now));
  }

  /** Calls a procedure of the server. Rejects with `CALL_FAILED`, `CLOSED` or the signal's reason. */
  call(name: string, args: readonly AmfValue[] = [], options: WaitOptions = {}): Promise<AmfValue> {
    return callProcedure(this.#connection.net, this.#turn, name, args, options);
  }

  /**
   * Publishes a stream on the server, for all its clients, until one of both ends it: `closed` of the
   * publication tells. Rejects with `BAD_NAME`, `CLOSED`,
   * `CALL_FAILED` if the server has no stream for us, or the signal's reason.
   */
  publish(name: string, options: WaitOptions = {}): Promise<Publication> {
    const connection = this.#connection;
    return wait(options, (resolve, reject) => {
      let stream: ClientStream | undefined;
      let publication: Publication | undefined;
      let isWanted = true;
      const fail = (error: RtmfpError): void => {
        publication?.fail(error);
        reject(error);
      };
      const handler: ClientStreamHandler = {
        onStatus: (status, now) => {
          if (status.level === "error") {
            stream?.close(now);
            fail(publishError(status));
          } else if (stream && !publication) {
            const sink = publicationSink(stream, name, this.#deadlines);
            publication = new Publication(name, sink, this.#turn);
            resolve(publication);
          }
        },
        onMessage: () => undefined,
        onEnd: () => fail(closedError()),
      };
      const onStream = (answer: ClientStream | RtmfpError, now: number): void => {
        if (answer instanceof RtmfpError) {
          reject(connection.net.isEnded ? closedError() : answer);
        } else if (!isWanted) {
          answer.close(now);
        } else {
          stream = answer;
          stream.publish(name, now);
        }
      };
      this.#turn((now) => connection.createStream(handler, onStream, now));
      return () => {
        isWanted = false;
        this.#turn((now) => stream?.close(now));
      };
    });
  }

  /** Plays a stream that somebody publishes on the server, see `PlayedMessage`. */
  play(name: string, options: WaitOptions = {}): AsyncGenerator<PlayedMessage, void, undefined> {
    return play(this, name, options);
  }

  /**
   * Uses an object that the server shares among its clients of this application; resolves when its
   * slots are here. Rejects with `BAD_NAME` if it is in use here already, `REJECTED` if the server
   * refuses it, `CLOSED`, or the signal's reason.
   */
  sharedObject(name: string, options: SharedObjectUseOptions = {}): Promise<SharedObject> {
    return openSharedObject(this.#connection.sharedObjects, this.#turn, name, options);
  }

  subscribe(name: string, handler: ClientStreamHandler): Subscription {
    const connection = this.#connection;
    let stream: ClientStream | undefined;
    let isClosed = false;
    const onStream = (answer: ClientStream | RtmfpError, now: number): void => {
      if (answer instanceof RtmfpError) refuse(connection, handler, answer, now);
      else if (isClosed) answer.close(now);
      else {
        stream = answer;
        stream.play(name, now);
      }
    };
    this.#turn((now) => connection.createStream(handler, onStream, now));
    return {
      // All streams of the server share its connection: holding one back would hold back the others.
      pause: () => undefined,
      resume: () => undefined,
      close: () => {
        isClosed = true;
        this.#turn((now) => stream?.close(now));
      },
    };
  }
}

function refuse(
  { net }: ClientConnection,
  handler: ClientStreamHandler,
  error: RtmfpError,
  now: number,
): void {
  if (net.isEnded) handler.onEnd(now);
  else handler.onStatus(failure("NetStream.Play.Failed", error.message), now);
}

function closedError(): RtmfpError {
  return new RtmfpError("CLOSED", "the connection ended");
}

function publishError(status: Status): RtmfpError {
  return new RtmfpError("BAD_NAME", status.description || status.code);
}

/**
 * The server is the only player that is sent to, as others are: what is late is abandoned, and when it
 * takes no more, pictures up to the next keyframe are left out.
 */
function publicationSink(
  stream: ClientStream,
  name: string,
  deadlines: MediaDeadlines | undefined,
): PublicationSink {
  // Only media goes through it, and that keeps its own order.
  const outlet: StreamOutlet = {
    send: (message, options, now) => stream.send(message, options, now),
    synchronize: () => undefined,
  };
  const sender = new StreamSender(name, stream.id, stream.id, outlet, deadlines);
  return {
    write: (message: Message, now: number, deadlineMs?: number): readonly OutgoingMessage[] => {
      const media = classify(message);
      const sent = media && sender.onMedia({ deadlineMs, ...media }, false, now);
      return sent ? [sent] : [];
    },
    end: (now) => stream.close(now),
  };
}
