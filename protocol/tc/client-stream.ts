import type { OutgoingMessage, SendOptions } from "../flow/outgoing-message.ts";
import type { Message } from "../rtmp/message.ts";
import { type Command, notice } from "./command.ts";
import { readStatus, type Status } from "./status.ts";

/** What the user of a client's stream wants to know. */
export interface ClientStreamHandler {
  onStatus(status: Status, now: number): void;
  onMessage(message: Message, afterGap: boolean, now: number): void;
  /** The connection is gone. */
  onEnd(now: number): void;
}

/** What a stream needs of what it runs over. */
export interface StreamCarrier {
  command(command: Command, streamId: number, now: number): void;
  send(message: Message, options: SendOptions, now: number): OutgoingMessage | undefined;
  closeStream(streamId: number): void;
}

/** The client's end of a NetStream: publishes or plays on a server, or plays from a peer. */
export class ClientStream {
  readonly id: number;
  readonly #carrier: StreamCarrier;
  readonly #handler: ClientStreamHandler;
  readonly #onClose: (now: number) => void;
  #isClosed = false;

  constructor(
    carrier: StreamCarrier,
    id: number,
    handler: ClientStreamHandler,
    onClose: (now: number) => void,
  ) {
    this.#carrier = carrier;
    this.id = id;
    this.#handler = handler;
    this.#onClose = onClose;
  }

  /** `onStatus` tells what came of it. */
  publish(name: string, now: number): void {
    this.#command("publish", [name, "live"], now);
  }

  /** Plays what is live, or waits for it. */
  play(name: string, now: number): void {
    this.#command("play", [name, LIVE_OR_RECORDED], now);
  }

  /** After `close`, sends nothing. Throws `LIMIT` as the transport does. */
  send(message: Message, options: SendOptions, now: number): OutgoingMessage | undefined {
    if (this.#isClosed) return undefined;
    return this.#carrier.send({ ...message, streamId: this.id }, options, now);
  }

  /** Ends it at both ends. Idempotent: its number may belong to another stream by now. */
  close(now: number): void {
    if (this.#isClosed) return;
    this.#command("closeStream", [], now);
    this.#isClosed = true;
    this.#carrier.command(notice("deleteStream", [this.id]), 0, now);
    this.#carrier.closeStream(this.id);
    this.#onClose(now);
  }

  onCommand(command: Command, now: number): void {
    const status = command.name === "onStatus" ? readStatus(command.args) : undefined;
    if (status) this.#handler.onStatus(status, now);
  }

  onMessage(message: Message, afterGap: boolean, now: number): void {
    this.#handler.onMessage(message, afterGap, now);
  }

  onEnd(now: number): void {
    this.#handler.onEnd(now);
  }

  #command(name: string, args: Command["args"], now: number): void {
    if (!this.#isClosed) this.#carrier.command(notice(name, args), this.id, now);
  }
}

/** First argument of `play` after the name: a live stream, else a recorded one. */
const LIVE_OR_RECORDED = -2;
