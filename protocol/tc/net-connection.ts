import type { AmfValue } from "../amf/value.ts";
import { type Rate, TokenBucket } from "../bytes/token-bucket.ts";
import { MalformedError } from "../errors.ts";
import type { OutgoingMessage, SendOptions } from "../flow/outgoing-message.ts";
import type { Message } from "../rtmp/message.ts";
import { Calls, CLOSED, type OnReply } from "./calls.ts";
import {
  type Command,
  decodeCommand,
  echoOf,
  encodeCommand,
  type ObjectEncoding,
} from "./command.ts";
import { failure, type Status, statusObject } from "./status.ts";
import { isLimit, type Transport, type TransportHandler } from "./transport.ts";

/** What one end of a NetConnection does with what the other end wants. */
export interface NetConnectionHandler {
  /** A command other than an answer. On stream 0 it is meant for the connection itself. */
  onCommand(command: Command, streamId: number, now: number): void;
  /** Audio, video, data and all else. Throws MalformedError. */
  onMessage(message: Message, afterGap: boolean, now: number): void;
  /** A message was skipped, for it cannot be read. */
  onMalformed?(): void;
  onEnd(now: number): void;
}

/** Commands and their answers over any transport, RTMP 1.0 §7.2.1: what both ends have in common. */
export class NetConnection implements TransportHandler {
  /** How objects in commands are written, once `connect` has agreed on it. Either is understood. */
  objectEncoding: ObjectEncoding = 0;
  readonly #transport: Transport;
  readonly #handler: NetConnectionHandler;
  readonly #calls = new Calls();
  /** How many more messages the far end may send that cannot be read. */
  #patience: TokenBucket | undefined;
  #isEnded = false;

  constructor(transport: Transport, handler: NetConnectionHandler) {
    this.#transport = transport;
    this.#handler = handler;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /**
   * Calls a procedure of the far end. `onReply` is called once, also if the connection ends, and at
   * once if it has ended. Answers a function that cancels the wait. Throws `LIMIT` if too many calls
   * wait, TypeError or RangeError if AMF cannot carry the values.
   */
  call(
    name: string,
    args: readonly AmfValue[],
    onReply: OnReply,
    now: number,
    object: AmfValue = null,
  ): () => void {
    if (this.#isEnded) {
      onReply({ isResult: false, status: CLOSED, values: [] }, now);
      return () => {};
    }
    const transactionId = this.#calls.add(onReply);
    const cancel = (): void => this.#calls.forget(transactionId);
    try {
      this.command({ name, transactionId, object, args }, 0, now);
    } catch (error) {
      cancel();
      throw error;
    }
    return cancel;
  }

  /** Sends a command as it is. A far end that takes none is cut off, as by `deliver`. */
  command(
    command: Command,
    streamId: number,
    now: number,
    objectEncoding: ObjectEncoding = this.objectEncoding,
  ): void {
    this.deliver(encodeCommand(command, streamId, objectEncoding), {}, now);
  }

  /**
   * Sends what the far end must not miss. One that lets so much pile up that no more can be queued is
   * cut off: it would otherwise be answered for ever, or never again.
   */
  deliver(message: Message, options: SendOptions, now: number): void {
    this.#orClose(() => this.send(message, options, now), now);
  }

  /** Answers a command; one with transaction ID 0 wants no answer, unless it makes no sense without. */
  result(command: Command, object: AmfValue, values: readonly AmfValue[], now: number): void {
    this.#answer("_result", command, object, values, now);
  }

  error(command: Command, status: Status, now: number): void {
    this.#answer("_error", command, null, [statusObject(status)], now);
  }

  /** The answer to a command that this end does not know. */
  unknown(command: Command, now: number): void {
    const description = `there is no method ${echoOf(command.name)}`;
    this.error(command, failure("NetConnection.Call.Failed", description), now);
  }

  /** Throws `LIMIT` as the transport does. */
  send(message: Message, options: SendOptions, now: number): OutgoingMessage | undefined {
    return this.#isEnded ? undefined : this.#transport.send(message, options, now);
  }

  /** As the transport does; a far end for whom that cannot be queued is cut off, as by `deliver`. */
  synchronize(streamIds: readonly number[], now: number): void {
    if (!this.#isEnded) this.#orClose(() => this.#transport.synchronize(streamIds, now), now);
  }

  /** Bytes that the connection below has not taken yet; 0 where one cannot tell. */
  get unsentBytes(): number {
    return this.#transport.unsentBytes ?? 0;
  }

  /** For how long the oldest of them has waited, ms. */
  lateMs(now: number): number {
    return this.#transport.lateMs?.(now) ?? 0;
  }

  /** From now on somebody wants to know when the connection below has taken something. */
  watchWritable(): void {
    this.#transport.watchWritable?.();
  }

  closeStream(streamId: number): void {
    this.#transport.closeStream(streamId);
  }

  /** Delivers what was sent, then ends. */
  close(now: number): void {
    this.#transport.close();
    this.onEnd(now);
  }

  /**
   * What cannot be read is skipped, whatever the transport: the next message stands for itself. A far end
   * that sends hardly anything else is cut off.
   */
  onMessage(message: Message, afterGap: boolean, now: number): void {
    // One that this end closed may still have received something.
    if (this.#isEnded) return;
    try {
      this.#receive(message, afterGap, now);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.#handler.onMalformed?.();
      this.#patience ??= new TokenBucket(MAX_UNREADABLE, now);
      if (!this.#patience.take(now)) this.close(now);
    }
  }

  onEnd(now: number): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#calls.failAll(now);
    this.#handler.onEnd(now);
  }

  #receive(message: Message, afterGap: boolean, now: number): void {
    const command = decodeCommand(message);
    if (!command) this.#handler.onMessage(message, afterGap, now);
    else if (isAnswer(command)) this.#calls.settle(command, now);
    else this.#handler.onCommand(command, message.streamId, now);
  }

  #orClose(send: () => void, now: number): void {
    try {
      send();
    } catch (error) {
      if (!isLimit(error)) throw error;
      this.close(now);
    }
  }

  #answer(
    name: string,
    command: Command,
    object: AmfValue,
    args: readonly AmfValue[],
    now: number,
  ): void {
    const { transactionId } = command;
    if (transactionId === 0 && !ALWAYS_ANSWERED.has(command.name)) return;
    this.command({ name, transactionId, object, args }, 0, now);
  }
}

/**
 * An encoder may say something with each picture that nobody understands. But a message may have one byte,
 * and to find out that it cannot be read takes longer than to read it.
 */
const MAX_UNREADABLE: Rate = { perSecond: 100, burst: 1_000 };

function isAnswer({ name }: Command): boolean {
  return name === "_result" || name === "_error";
}

/** librtmfp gives every command the transaction ID 0, and yet waits for the answers to these. */
const ALWAYS_ANSWERED: ReadonlySet<string> = new Set(["connect", "createStream"]);
