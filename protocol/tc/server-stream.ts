import { MalformedError } from "../errors.ts";
import { type Message, MessageType } from "../rtmp/message.ts";
import type { Publisher } from "./live-stream.ts";
import type { NetConnection } from "./net-connection.ts";
import type { ServerApplication } from "./server-connection.ts";
import { onStatus, type Status, success } from "./status.ts";
import { type MediaDeadlines, StreamSender } from "./stream-sender.ts";

/** A client's NetStream, as the server sees it: idle, publishing or playing. */
export class ServerStream {
  readonly #net: NetConnection;
  readonly #id: number;
  readonly #application: ServerApplication;
  readonly #deadlines: MediaDeadlines | undefined;
  #publisher: Publisher | undefined;
  #stopPlaying: (() => void) | undefined;

  constructor(
    net: NetConnection,
    id: number,
    application: ServerApplication,
    deadlines: MediaDeadlines | undefined,
  ) {
    this.#net = net;
    this.#id = id;
    this.#application = application;
    this.#deadlines = deadlines;
  }

  publish(name: string, now: number): void {
    this.stop(now);
    let publisher: Publisher | undefined;
    const fail = (status: Status, at: number): void => {
      if (publisher === undefined || this.#publisher !== publisher) return;
      this.stop(at);
      this.#status(status, name, at);
    };
    const answer = this.#application.onPublish(name, now, fail);
    if ("code" in answer) {
      this.#status(answer, name, now);
      return;
    }
    publisher = answer;
    this.#publisher = publisher;
    this.#status(success("NetStream.Publish.Start", `${name} is now published.`), name, now);
  }

  play(name: string, now: number): void {
    this.stop(now);
    const answer = this.#application.onPlay(name, now);
    if ("code" in answer) {
      this.#status(answer, name, now);
      return;
    }
    const { objectEncoding } = this.#net;
    const sender = new StreamSender(name, this.#id, 0, this.#net, this.#deadlines, objectEncoding);
    sender.start(now);
    this.#stopPlaying = answer.play(sender, now);
  }

  /** Media of a publisher. What makes no sense is dropped. */
  receive(message: Message, afterGap: boolean, now: number): void {
    if (!this.#publisher) return;
    if (afterGap && message.type === MessageType.video) this.#publisher.noteGap();
    try {
      this.#publisher.write(message, now);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
    }
  }

  /** Ends publishing or playing; the stream can be used again. */
  stop(now: number): void {
    const publisher = this.#publisher;
    this.#publisher = undefined;
    this.#stopPlaying?.();
    this.#stopPlaying = undefined;
    publisher?.end(now);
  }

  #status(status: Status, name: string, now: number): void {
    this.#net.command(onStatus(status, { details: name }), this.#id, now);
  }
}
