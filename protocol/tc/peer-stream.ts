import type { Message } from "../rtmp/message.ts";
import type { ClientStreamHandler } from "./client-stream.ts";
import { decodeCommand, encodeCommand } from "./command.ts";
import type { FlowTransport } from "./flow-transport.ts";
import type { Playable } from "./live-stream.ts";
import { failure, onStatus, readStatus, type Status } from "./status.ts";
import { type MediaDeadlines, StreamSender } from "./stream-sender.ts";
import type { TransportHandler } from "./transport.ts";

/** The publisher's end of a direct peer-to-peer stream, RFC 7425 §5.4.2: waits for `play`. */
export class PeerStreamPublisher implements TransportHandler {
  readonly #transport: FlowTransport;
  readonly #streamId: number;
  readonly #find: (name: string) => Playable | Status;
  readonly #deadlines: MediaDeadlines | undefined;
  #stop: (() => void) | undefined;

  /** `find` answers the stream of that name, or why there is none. */
  constructor(
    transport: FlowTransport,
    streamId: number,
    find: (name: string) => Playable | Status,
    deadlines?: MediaDeadlines,
  ) {
    this.#transport = transport;
    this.#streamId = streamId;
    this.#find = find;
    this.#deadlines = deadlines;
  }

  onMessage(message: Message, _afterGap: boolean, now: number): void {
    const command = decodeCommand(message);
    if (command?.name === "play") this.#play(command.args[0], now);
    else if (command?.name === "closeStream") this.#end();
  }

  onEnd(): void {
    this.#end();
  }

  #play(name: unknown, now: number): void {
    this.#end();
    const found = typeof name === "string" ? this.#find(name) : BAD_NAME;
    if ("code" in found) {
      this.#transport.send(encodeCommand(onStatus(found), this.#streamId), {}, now);
      return;
    }
    const sender = new StreamSender(
      String(name),
      this.#streamId,
      this.#streamId,
      this.#transport,
      this.#deadlines,
    );
    sender.start(now);
    this.#stop = found.play(sender, now);
  }

  #end(): void {
    this.#stop?.();
    this.#stop = undefined;
  }
}

/** The subscriber's end of a direct peer-to-peer stream, RFC 7425 §5.4.1. */
export class PeerStreamSubscriber implements TransportHandler {
  readonly #transport: FlowTransport;
  readonly #handler: ClientStreamHandler;

  constructor(transport: FlowTransport, handler: ClientStreamHandler) {
    this.#transport = transport;
    this.#handler = handler;
  }

  /** `streamId` is any number but 0; the return association tells the streams apart. */
  play(name: string, streamId: number, now: number): void {
    const command = { name: "play", transactionId: 0, object: null, args: [name] };
    this.#transport.send(encodeCommand(command, streamId), {}, now);
  }

  /** Closing the control flow ends it, RFC 7425 §5.4.3. */
  close(): void {
    this.#transport.close();
  }

  onMessage(message: Message, afterGap: boolean, now: number): void {
    const command = decodeCommand(message);
    if (!command) {
      this.#handler.onMessage(message, afterGap, now);
      return;
    }
    const status = command.name === "onStatus" ? readStatus(command.args) : undefined;
    if (status) this.#handler.onStatus(status, now);
  }

  onEnd(now: number): void {
    this.#handler.onEnd(now);
  }
}

const BAD_NAME = failure("NetStream.Play.Failed", "play takes the name of a stream");
