import { RtmfpError } from "../errors.ts";
import type { OutgoingMessage, SendOptions } from "../flow/outgoing-message.ts";
import type { Message } from "../rtmp/message.ts";

/**
 * How the messages of one NetConnection travel: in flows of an RTMFP session, or in the chunk stream
 * of an RTMP connection. Both deliver what is sent without a deadline, in order within a stream and
 * kind of message.
 */
export interface Transport {
  /** Bytes that the connection below has not taken yet, where one can tell. */
  readonly unsentBytes?: number;
  /** For how long the oldest of those bytes has waited, ms, where one can tell. */
  lateMs?(now: number): number;
  /** From now on the handler's `onWritable` is called, where one can tell when to. */
  watchWritable?(): void;
  /** The client is let in: the time that it had for that counts no more, where there is one. */
  confirm?(): void;
  /**
   * Answers a receipt where the transport can abandon messages. After its end, sends nothing. Throws
   * `LIMIT` if the far end is so far behind that no more can be queued.
   */
  send(message: Message, options: SendOptions, now: number): OutgoingMessage | undefined;
  /**
   * What is sent from now on in these streams arrives after everything that was sent in them before,
   * whatever its kind.
   */
  synchronize(streamIds: readonly number[], now: number): void;
  /** No more messages of this stream will be sent, and those that still arrive are dropped. */
  closeStream(streamId: number): void;
  /** Delivers what was sent, then ends the connection. */
  close(): void;
}

/** Who receives what comes out of a transport. Called when the machine below is at rest. */
export interface TransportHandler {
  /**
   * Never an aggregate or a ping. `afterGap`: messages of the same kind before it were abandoned by the
   * sender.
   */
  onMessage(message: Message, afterGap: boolean, now: number): void;
  /** The far end closed the connection, or it broke. Nothing comes after it. */
  onEnd(now: number): void;
  /** The connection below has taken something of what was sent; see `watchWritable`. */
  onWritable?(now: number): void;
}

/** Is this what `send` throws if the far end is too far behind? */
export function isLimit(error: unknown): boolean {
  return error instanceof RtmfpError && error.code === "LIMIT";
}
