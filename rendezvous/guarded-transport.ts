import { RtmfpError } from "../protocol/errors.ts";
import type { OutgoingMessage, SendOptions } from "../protocol/flow/outgoing-message.ts";
import type { Message } from "../protocol/rtmp/message.ts";
import { isLimit, type Transport } from "../protocol/tc/transport.ts";

/**
 * A transport whose far end pays for its own faults: when it takes nothing any more and a limit of
 * what waits for it is reached, its session ends, and whoever sends to it (the publisher of a stream
 * that it plays, say) never notices. Who says how long a message is worth sending can do without it,
 * and hears of the limit instead.
 */
export class GuardedTransport implements Transport {
  readonly #inner: Transport;
  readonly #fail: (error: RtmfpError) => void;

  constructor(inner: Transport, fail: (error: RtmfpError) => void) {
    this.#inner = inner;
    this.#fail = fail;
  }

  get unsentBytes(): number {
    return this.#inner.unsentBytes ?? 0;
  }

  send(message: Message, options: SendOptions, now: number): OutgoingMessage | undefined {
    try {
      return this.#inner.send(message, options, now);
    } catch (error) {
      if (options.deadlineMs !== undefined && isLimit(error)) throw error;
      this.#failWith(error);
      return undefined;
    }
  }

  synchronize(streamIds: readonly number[], now: number): void {
    try {
      this.#inner.synchronize(streamIds, now);
    } catch (error) {
      this.#failWith(error);
    }
  }

  closeStream(streamId: number): void {
    this.#inner.closeStream(streamId);
  }

  close(): void {
    this.#inner.close();
  }

  #failWith(error: unknown): void {
    if (!(error instanceof RtmfpError)) throw error;
    this.#fail(error);
  }
}
